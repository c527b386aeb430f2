import assert from "node:assert/strict";
import type { Check, Finding } from "./check.ts";
import { examineProject } from "./doctor.ts";
import type { Project } from "./project.ts";

const PROJECT = { watch: () => {} } as unknown as Project;

function checkWith(finding: Finding, more: Partial<Check> = {}): Check {
  return {
    title: finding.code,
    codes: [finding.code],
    needs: [],
    look: () => Promise.resolve([finding]),
    ...more,
  };
}

for (const code of ["version_older", "version_newer"] as const) {
  Deno.test(`a database with ${code}: its objects are not compared, and all else is examined`, async () => {
    const examinations = await examineProject(PROJECT, [
      checkWith({ code, about: "0.0.1" }),
      checkWith({ code: "table_missing", about: "a" }, { isOfThisVersion: true }),
      checkWith({ code: "cron_unscheduled", about: "b" }),
    ]);
    assert.deepEqual(examinations.map(({ findings, skipped }) => [findings.length, skipped]), [
      [1, null],
      [0, "the database has another version"],
      [1, null],
    ]);
  });
}

Deno.test("a database with this version is compared", async () => {
  const check = checkWith({ code: "table_missing", about: "a" }, { isOfThisVersion: true });
  const [examination] = await examineProject(PROJECT, [check]);
  assert.deepEqual([examination?.findings.length, examination?.skipped], [1, null]);
});

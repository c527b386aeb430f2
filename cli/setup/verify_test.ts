import assert from "node:assert/strict";
import type { Code } from "../../diagnosis/codes.ts";
import type { Check } from "../doctor/check.ts";
import { CHECKS } from "../doctor/checks.ts";
import type { Examination } from "../doctor/doctor.ts";
import { examineUntilWell } from "./verify.ts";

/** The findings of one examination after the other. */
function examinationsWith(...codes: (Code | null)[]) {
  let looked = 0;
  const examine = (): Promise<Examination[]> => {
    const code = codes[Math.min(looked++, codes.length - 1)];
    const findings = code === null || code === undefined ? [] : [{ code, about: "it" }];
    return Promise.resolve([{ check: CHECKS[0]!, findings, skipped: null, blocked: null }]);
  };
  return { examine, count: () => looked };
}

const AT_ONCE = { times: 4, pause: 0 };

Deno.test("checks are repeated until the functions have a new secret", async () => {
  const { examine, count } = examinationsWith("secret_differs", "secret_differs", null);
  const [{ findings } = { findings: null }] = await examineUntilWell(examine, AT_ONCE);
  assert.deepEqual([findings, count()], [[], 3]);
});

Deno.test("a check that passes is not repeated", async () => {
  const [well, ill] = [CHECKS[0]!, CHECKS[1]!];
  const asked: string[][] = [];
  const examine = (checks: readonly Check[] = [well, ill]) => {
    asked.push(checks.map(({ title }) => title));
    return Promise.resolve(checks.map((check) => ({
      check,
      findings: check === ill && asked.length === 1
        ? [{ code: "secret_differs" as const, about: "it" }]
        : [],
      skipped: null,
      blocked: null,
    })));
  };
  const examinations = await examineUntilWell(examine, AT_ONCE);
  assert.deepEqual(asked, [[well.title, ill.title], [ill.title]]);
  assert.deepEqual(examinations.map(({ findings }) => findings), [[], []]);
});

Deno.test("an error that stays is reported after the last examination, and a warning at once", async () => {
  const wrong = examinationsWith("secret_differs");
  assert.equal((await examineUntilWell(wrong.examine, AT_ONCE))[0]?.findings.length, 1);
  assert.equal(wrong.count(), 4);
  const warned = examinationsWith("endpoint_duplicate");
  await examineUntilWell(warned.examine, AT_ONCE);
  assert.equal(warned.count(), 1);
});

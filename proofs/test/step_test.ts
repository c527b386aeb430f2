import assert from "node:assert/strict";
import { jobs, runStep } from "./step.ts";

Deno.test("a step keeps its output and its tally", async () => {
  const report = await runStep({
    title: "speaks",
    command: ["eval", "console.log('4 passed, 1 failed'); console.error('because'); Deno.exit(1)"],
  });
  assert.deepEqual([report.passed, report.failed], [4, 1]);
  assert.match(report.output, /because/);
});

Deno.test("three files run at once on two cores, and as many as DENO_JOBS says", () => {
  assert.equal(jobs(2, ""), "3");
  assert.equal(jobs(2, "1"), "1");
});

Deno.test("a step that cannot start its tests has failed", async () => {
  const report = await runStep({ title: "nothing", command: ["test", "no/such/folder"] });
  assert.deepEqual([report.passed, report.failed], [0, 1]);
});

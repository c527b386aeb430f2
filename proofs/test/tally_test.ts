import assert from "node:assert/strict";
import { tallyOf } from "./tally.ts";

Deno.test("a step without a summary counts as one", () => {
  assert.deepEqual(tallyOf("Checked 12 files", true), { passed: 1, failed: 0 });
  assert.deepEqual(tallyOf("error: Found 1 not formatted file", false), { passed: 0, failed: 1 });
});

Deno.test("the summary of deno test is read, steps or not", () => {
  const output = "ok | 3 passed (2 steps) | 0 failed (12ms)\n";
  assert.deepEqual(tallyOf(output, true), { passed: 3, failed: 0 });
  assert.deepEqual(tallyOf("FAILED | 3 passed | 2 failed (1s)\n", false), { passed: 3, failed: 2 });
});

Deno.test("the last summary is the one that counts", () => {
  const output = "1 passed, 7 failed\n20 passed, 0 failed\n";
  assert.deepEqual(tallyOf(output, true), { passed: 20, failed: 0 });
});

Deno.test("a step that exits with an error has failed, whatever it prints", () => {
  assert.deepEqual(tallyOf("20 passed, 0 failed\n", false), { passed: 20, failed: 1 });
});

Deno.test("a step without a test has failed", () => {
  assert.deepEqual(tallyOf("ok | 0 passed | 0 failed | 4 ignored (1ms)\n", true), {
    passed: 0,
    failed: 1,
  });
});

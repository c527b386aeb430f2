import assert from "node:assert/strict";
import { sum, tallyLine } from "./tally.ts";

Deno.test("the last line is the sum of all steps", () => {
  const total = sum([{ passed: 1, failed: 0 }, { passed: 20, failed: 2 }]);
  assert.equal(tallyLine(total), "21 passed, 2 failed");
});

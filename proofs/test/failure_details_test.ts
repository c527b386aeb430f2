import assert from "node:assert/strict";
import { failureDetails } from "./failure_details.ts";

Deno.test("the output of a test run is reduced to its errors", () => {
  const output = "one is one ... ok\none is two ... FAILED\n\n ERRORS \n\none is two => x:1\n";
  assert.equal(failureDetails(output), "\n ERRORS \n\none is two => x:1\n");
});

Deno.test("any other output is kept whole", () => {
  assert.equal(failureDetails("error: TS2304 in x.ts"), "error: TS2304 in x.ts");
});

import assert from "node:assert/strict";
import { failureDetails } from "./failure_details.ts";

Deno.test("of a test run only the errors are kept", () => {
  const output = "one is one ... ok\none is two ... FAILED\n\n ERRORS \n\none is two => x:1\n";
  assert.equal(failureDetails(output), "\n ERRORS \n\none is two => x:1\n");
});

Deno.test("of anything else everything is kept", () => {
  assert.equal(failureDetails("error: TS2304 in x.ts"), "error: TS2304 in x.ts");
});

import assert from "node:assert/strict";
import { inPercent } from "./shares.ts";

Deno.test("a share is 100 % only if it is complete", () => {
  const written = [1, 0.9999, 0.6, 0, null].map((share) => inPercent(share, "en"));
  assert.deepEqual(written, ["100%", "99.9%", "60%", "0%", "–"]);
  assert.equal(inPercent(0.9876, "fr").replaceAll(/\s/g, " "), "98,7 %");
});

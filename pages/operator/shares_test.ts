import assert from "node:assert/strict";
import { inPercent } from "./shares.ts";

Deno.test("a share is a percentage, of all only where it is all", () => {
  const written = [1, 0.9999, 0.6, 0, null].map((share) => inPercent(share, "en"));
  assert.deepEqual(written, ["100%", "99.9%", "60%", "0%", "–"]);
  assert.equal(inPercent(0.9876, "fr").replaceAll(/\s/g, " "), "98,7 %");
});

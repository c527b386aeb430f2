import assert from "node:assert/strict";
import { inSeconds } from "./durations.ts";

Deno.test("seconds have two significant digits in the reader's language", () => {
  assert.equal(inSeconds(0.2412, "en-GB"), "0.24s");
  assert.equal(inSeconds(3, "en-GB"), "3s");
  assert.equal(inSeconds(0.2412, "fr-FR"), "0,24s");
  assert.equal(inSeconds(null, "en-GB"), "–");
});

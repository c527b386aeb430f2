import assert from "node:assert/strict";
import { generateTypes, TYPES } from "./generate_types.ts";

Deno.test("the committed types are those of the migrations (deno task types)", async () => {
  assert.equal(await Deno.readTextFile(TYPES), await generateTypes());
});

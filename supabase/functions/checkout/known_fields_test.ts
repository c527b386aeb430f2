import assert from "node:assert/strict";
import type { Refusal } from "../_shared/problem.ts";
import { refuseUnknownFields } from "./known_fields.ts";

function detailOf(body: Record<string, unknown>): unknown {
  try {
    refuseUnknownFields(body, ["module", "price"]);
  } catch (error) {
    return (error as Refusal).more.members?.detail;
  }
  return null;
}

Deno.test("known fields are taken, and an unknown one is refused by its name", () => {
  assert.equal(detailOf({}), null);
  assert.equal(detailOf({ price: "price_1", module: null }), null);
  const detail = "There is no field promo. The fields are module, price.";
  assert.equal(detailOf({ module: "whisper", promo: undefined }), detail);
});

Deno.test("a name that is no word is refused without being repeated", () => {
  const detail = "A field is not known. The fields are module, price.";
  for (const name of ["", "<script>", "a b", "\u202emodule", "módule", "a".repeat(41)]) {
    assert.equal(detailOf({ [name]: 1 }), detail, name);
  }
  assert.equal(
    detailOf(JSON.parse('{"__proto__": 1}')),
    "There is no field __proto__. The fields are module, price.",
  );
  assert.equal(
    detailOf(JSON.parse('{"constructor": 1}')),
    "There is no field constructor. The fields are module, price.",
  );
});

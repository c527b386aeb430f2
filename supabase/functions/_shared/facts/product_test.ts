import assert from "node:assert/strict";
import { product } from "./product.ts";

const WHISPER = {
  id: "prod_1",
  object: "product",
  active: true,
  description: "Speech to text.",
  images: ["https://files.stripe.com/one.png", "https://files.stripe.com/two.png"],
  name: "Whisper",
};

Deno.test("product.read() reads the name, the description and the first image", () => {
  assert.deepEqual(product.read("prod_1", WHISPER, "product.created", null), {
    kind: "product",
    id: "prod_1",
    name: "Whisper",
    description: "Speech to text.",
    image: "https://files.stripe.com/one.png",
    is_active: true,
    is_deleted: false,
    type_rank: 0,
    changed_from: {},
  });
});

Deno.test("an archived, a deleted and a missing product are not active", () => {
  const archived = product.read("prod_1", { ...WHISPER, active: false }, "product.updated", null);
  assert.deepEqual([archived.is_active, archived.is_deleted], [false, false]);
  const deleted = product.read("prod_1", WHISPER, "product.deleted", null);
  assert.deepEqual([deleted.is_active, deleted.is_deleted], [false, true]);
  const gone = product.read("prod_1", { id: "prod_1", deleted: true }, "product.fetched", null);
  assert.deepEqual([gone.is_active, gone.is_deleted], [false, false]);
});

Deno.test("an image that is no https address is left out", () => {
  for (const images of [["javascript:alert(1)"], ["http://a.example/x.png"], [], [7], null, "x"]) {
    assert.equal(
      product.read("prod_1", { ...WHISPER, images }, "product.updated", null).image,
      null,
    );
  }
});

import assert from "node:assert/strict";
import { price } from "./price.ts";

Deno.test("price() says whether a price recurs, for every format that Stripe has used", () => {
  const recurring = { kind: "price", id: "price_1", is_recurring: true };
  assert.deepEqual(price.read("price_1", { object: "price", type: "recurring" }), recurring);
  assert.deepEqual(price.read("price_1", { object: "price", recurring: {} }), recurring);
  assert.deepEqual(price.read("price_1", { object: "plan" }), recurring);
  assert.deepEqual(price.read("price_1", { interval: "month" }), recurring);
  const once = { ...recurring, is_recurring: false };
  assert.deepEqual(
    price.read("price_1", { object: "price", type: "one_time", recurring: null }),
    once,
  );
});

Deno.test("a price that does not say how it is paid gives no fact", () => {
  assert.equal(price.read("price_1", { object: "price" }), null);
  assert.equal(price.read("price_1", { type: "barter", recurring: null }), null);
});

import assert from "node:assert/strict";
import { readWish } from "./wish.ts";

const site = new URL("https://example.com/modules");

Deno.test("a wish names a module by slug or id, or a price, and the page to come back to", () => {
  assert.deepEqual(readWish({ module: "whisper" }, site), {
    module: "whisper",
    price: null,
    page: site,
  });
  assert.equal(readWish({ module: 7 }, site).module, "7");
  const { price, page } = readWish({
    price: "price_1",
    return_url: "https://example.com/shop",
  }, site);
  assert.deepEqual([price, page.href], ["price_1", "https://example.com/shop"]);
});

Deno.test("a wish for nothing is refused, and one for what cannot be there is for nothing there", () => {
  assert.throws(() => readWish({}, site), { code: "invalid_request" });
  assert.throws(() => readWish({ module: null }, site), { code: "invalid_request" });
  for (const module of ["", "a b", "\0", 1.5, true, ["whisper"], "a".repeat(256)]) {
    assert.throws(() => readWish({ module }, site), { code: "no_such_module" }, String(module));
  }
  for (const price of ["", "price-1", {}, "p".repeat(256)]) {
    assert.throws(() => readWish({ price }, site), { code: "no_such_price" }, String(price));
  }
});

import assert from "node:assert/strict";
import { readPurchaseRequest } from "./purchase_request.ts";

const site = [new URL("https://example.com/modules")] as const;

Deno.test("a request names a module by slug or id, or a price, and the page to return to", () => {
  assert.deepEqual(readPurchaseRequest({ module: "whisper" }, site), {
    module: "whisper",
    price: null,
    page: site[0],
  });
  assert.equal(readPurchaseRequest({ module: 7 }, site).module, "7");
  const { price, page } = readPurchaseRequest({
    price: "price_1",
    return_url: "https://example.com/shop",
  }, site);
  assert.deepEqual([price, page.href], ["price_1", "https://example.com/shop"]);
});

Deno.test("a request without module and price is refused; an impossible name gets no_such_module or no_such_price", () => {
  assert.throws(() => readPurchaseRequest({}, site), { code: "invalid_request" });
  assert.throws(() => readPurchaseRequest({ module: null }, site), { code: "invalid_request" });
  for (const module of ["", "a b", "\0", 1.5, true, ["whisper"], "a".repeat(256)]) {
    assert.throws(
      () => readPurchaseRequest({ module }, site),
      { code: "no_such_module" },
      String(module),
    );
  }
  for (const price of ["", "price-1", {}, "p".repeat(256)]) {
    assert.throws(
      () => readPurchaseRequest({ price }, site),
      { code: "no_such_price" },
      String(price),
    );
  }
});

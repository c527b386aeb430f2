import assert from "node:assert/strict";
import type { Price } from "./price.ts";
import { findPromotionCode, type PromotionCode } from "./promotion_code.ts";

const price = { id: "price_1", product: "prod_1", currency: "eur" } as Price;

/** The result for a shop that has this code. */
function find(code: Partial<PromotionCode> | null): Promise<string> {
  const known = code === null ? null : { id: "promo_1", products: null, currencies: null, ...code };
  return findPromotionCode(() => Promise.resolve(known), {
    code: "LAUNCH20",
    customer: null,
    price,
  });
}

Deno.test("a code for everything, for the product or in the currency is found", async () => {
  for (const code of [{}, { products: ["prod_0", "prod_1"] }, { currencies: ["usd", "eur"] }]) {
    assert.equal(await find(code), "promo_1");
  }
});

Deno.test("a code for other products or another currency is refused", async () => {
  for (const code of [{ products: ["prod_2"] }, { currencies: ["usd"] }]) {
    await assert.rejects(find(code), { code: "code_refused" });
  }
});

Deno.test("an unknown code gets no_such_code", async () => {
  await assert.rejects(find(null), { code: "no_such_code" });
});

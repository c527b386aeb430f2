import assert from "node:assert/strict";
import type { Refusal } from "../_shared/problem.ts";
import { LOCALES } from "./locales.ts";
import { readPurchaseRequest } from "./purchase_request.ts";

const site = [new URL("https://example.com/modules")] as const;

Deno.test("a request names a module by slug or id, or a price, and the page to return to", () => {
  assert.deepEqual(readPurchaseRequest({ module: "whisper" }, site), {
    module: "whisper",
    price: null,
    page: site[0],
    promotionCode: null,
    quantity: 1,
    locale: null,
    uiMode: "hosted",
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

/** The rest of a request for a module, read. */
function read(fields: Record<string, unknown>) {
  return readPurchaseRequest({ module: "whisper", ...fields }, site);
}

/** The code of the refusal, and what its detail says. */
function refusal(fields: Record<string, unknown>): string {
  try {
    read(fields);
  } catch (error) {
    const { code, more } = error as Refusal;
    return `${code} ${more.members?.detail ?? ""}`.trim();
  }
  return "taken";
}

Deno.test("a request may name a code, a quantity, a language and how the page is shown", () => {
  const { promotionCode, quantity, locale, uiMode } = read({
    promotion_code: " launch-20 ",
    quantity: 3,
    locale: "fr-CA",
    ui_mode: "embedded",
  });
  assert.deepEqual([promotionCode, quantity, locale, uiMode], [
    "launch-20",
    3,
    "fr-CA",
    "embedded",
  ]);
  const nothing = { promotion_code: null, quantity: null, locale: null, ui_mode: null };
  assert.deepEqual(read(nothing), read({}));
});

Deno.test("an unknown field is refused by its name, so a misspelt code is noticed", () => {
  assert.match(
    refusal({ promo_code: "LAUNCH20" }),
    /^invalid_request There is no field promo_code\./,
  );
  for (const email of ["eve@example.com", null]) {
    assert.match(refusal({ email }), /^invalid_request There is no field email\./);
  }
});

Deno.test('quantity as 1.5, -1, 0, "2", 1e9 times more than an integer, true or a list is refused', () => {
  for (const quantity of [1.5, -1, 0, "2", 2_147_483_648, 1e300, true, [2], {}, NaN]) {
    assert.match(
      refusal({ quantity }),
      /^invalid_request quantity must be a whole number/,
      String(quantity),
    );
  }
});

Deno.test("every language of the list is taken, and no other", () => {
  for (const locale of LOCALES) assert.equal(read({ locale }).locale, locale);
  for (const locale of ["", "FR", "fr_CA", "xx", "toString", 1, ["fr"], {}]) {
    assert.match(
      refusal({ locale }),
      /^invalid_request locale must be one of auto, bg,/,
      String(locale),
    );
  }
});

Deno.test("ui_mode is hosted or embedded; Stripe's own words for it are refused", () => {
  for (const ui_mode of ["embedded_page", "elements", "custom", "", true]) {
    assert.equal(refusal({ ui_mode }), "invalid_request ui_mode must be one of hosted, embedded.");
  }
});

Deno.test("a code that no code can be is no_such_code, and any other type names the field", () => {
  for (const promotion_code of ["", "  ", "50 %", "ÉTÉ", "a".repeat(501), "\0", "A&code=B"]) {
    assert.equal(refusal({ promotion_code }), "no_such_code", promotion_code);
  }
  for (const promotion_code of [20, true, ["LAUNCH20"], {}]) {
    assert.match(refusal({ promotion_code }), /^invalid_request promotion_code must be a string/);
  }
});

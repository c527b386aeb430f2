import assert from "node:assert/strict";
import { formatAmount } from "./amount.ts";

/** `Intl` puts a narrow or a hard space between the currency and the number. */
const words = (amount: number, currency: string, language = "en") =>
  formatAmount(amount, currency, language).replace(/\s/g, " ");

Deno.test("an amount has the decimals of its currency", () => {
  assert.equal(words(900, "eur"), "€9.00");
  assert.equal(words(900, "EUR", "fr"), "9,00 €");
  assert.equal(words(900, "jpy"), "¥900");
  assert.equal(words(900, "kwd"), "KWD 0.900");
  assert.equal(words(0, "usd"), "$0.00");
});

/** Engines differ in whether they show 499 or 499.00 forint. */
const value = (amount: number, currency: string) => words(amount, currency).replace(/\.00$/, "");

Deno.test("an amount counts as at Stripe, where Intl counts otherwise", () => {
  assert.equal(value(49_900, "huf"), "HUF 499");
  assert.equal(value(5_000_000, "idr"), "IDR 50,000");
  assert.equal(value(1_990_000, "cop"), "COP 19,900");
  assert.equal(value(50_000, "isk"), "ISK 500");
  assert.equal(value(50_000, "ugx"), "UGX 500");
  assert.equal(value(500, "mga"), "MGA 500");
  assert.equal(value(1_050, "huf"), "HUF 10.50");
});

import assert from "node:assert/strict";
import { costInWords, type ListedPrice } from "./prices.ts";
import { en } from "./words/en.ts";
import { fr } from "./words/fr.ts";

function listed(known: Partial<ListedPrice>): ListedPrice {
  return {
    ...{ amount: 900, currency: "eur", interval: "month", interval_count: 1, tax: null },
    modules: [{ slug: "whisper" }],
    ...known,
  };
}

function costs(...prices: Partial<ListedPrice>[]): string[] {
  return [en, fr].map((words) => costInWords(prices.map(listed), words).replace(/\s/g, " "));
}

Deno.test("one price is shown as it is, with its tax", () => {
  assert.deepEqual(costs({}), ["€9.00 per month", "9,00 € par mois"]);
  assert.deepEqual(costs({ interval: null, interval_count: null, tax: "included" }), [
    "€9.00, tax included",
    "9,00 € TTC",
  ]);
  assert.deepEqual(costs({ tax: "excluded" }), ["€9.00 per month plus tax", "9,00 € par mois HT"]);
});

Deno.test("of several prices the lowest is shown", () => {
  assert.deepEqual(costs({ amount: 2900 }, { amount: 300 }), ["From €3.00", "À partir de 3,00 €"]);
  assert.deepEqual(costs({ amount: null }, { amount: 300 }), ["From €3.00", "À partir de 3,00 €"]);
});

Deno.test("no price is shown where none is fixed, or none can be compared", () => {
  assert.deepEqual(costs(), ["", ""]);
  assert.deepEqual(costs({ amount: null }), ["", ""]);
  assert.deepEqual(costs({}, { currency: "usd" }), ["", ""]);
});

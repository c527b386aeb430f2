import assert from "node:assert/strict";
import { accessOf, item, price, session, subscription } from "./small_facts.ts";

function bought(price_ids: string[] | null, module_ref: string | null) {
  return accessOf([[0, session({ price_ids, module_ref })]]);
}

Deno.test("5.6 metadata names the module while no list is known", () => {
  assert.deepEqual(bought(null, "beta"), { beta: "purchase" });
  assert.deepEqual(bought([], "beta"), { beta: "purchase" });
});

Deno.test("5.6 mapped prices decide, and metadata adds nothing to them", () => {
  assert.deepEqual(bought(["price_alpha"], "beta"), { alpha: "purchase" });
});

Deno.test("5.6 metadata names the module of an unmapped line beside a mapped line", () => {
  const both = bought(["price_alpha", "price_unmapped"], "beta");
  assert.deepEqual(both, { alpha: "purchase", beta: "purchase" });
});

Deno.test("5.6, 5.12 for a price that opens nothing on purpose, metadata does not count", () => {
  assert.deepEqual(bought(["price_alpha", "price_fee"], "beta"), { alpha: "purchase" });
  assert.deepEqual(bought(["price_fee"], "beta"), {});
});

Deno.test("5.6 metadata does not turn the pass of a mapped price into unlimited access", () => {
  assert.deepEqual(bought(["price_week", "price_unmapped"], "alpha"), {
    alpha: "purchase until 7",
  });
});

Deno.test("5.5 a recurring price never opens without end, also in a payment-mode session", () => {
  const sale = session({ price_ids: ["price_alpha", "price_beta"] });
  assert.deepEqual(accessOf([[0, sale], [9, price("price_alpha", true)]]), { beta: "purchase" });
});

Deno.test("5.5 a price recurs if any event ever said so", () => {
  const sale = session({ price_ids: ["price_alpha"] });
  const words = [price("price_alpha", false), price("price_alpha", true)];
  assert.deepEqual(
    accessOf([[0, sale], ...words.map((word) => [9, word] as [number, typeof word])]),
    {},
  );
});

Deno.test("5.6 metadata of a subscription names the module of an unmapped item, for its period", () => {
  const extra = item(0, 30, { id: "si_2", price_id: "price_unmapped" });
  const it = subscription({ module_ref: "beta", items: [item(0, 365), extra] });
  const both = { alpha: "subscription until 368", beta: "subscription until 33" };
  assert.deepEqual(accessOf([[0, it]]), both);
  const sale = session({ mode: "subscription", subscription_id: "sub_1", module_ref: "beta" });
  assert.deepEqual(accessOf([[0, { ...it, module_ref: null }], [0, sale]]), both);
});

Deno.test("5.6 an item of quantity 0 opens no module", () => {
  const none = item(0, 30, { id: "si_2", price_id: "price_unmapped", quantity: 0 });
  const it = subscription({ module_ref: "beta", items: [item(), none] });
  assert.deepEqual(accessOf([[0, it]]), { alpha: "subscription until 33" });
});

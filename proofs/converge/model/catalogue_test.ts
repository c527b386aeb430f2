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

Deno.test("5.6 metadata names what an unmapped line sells, beside a mapped one", () => {
  const both = bought(["price_alpha", "price_unmapped"], "beta");
  assert.deepEqual(both, { alpha: "purchase", beta: "purchase" });
});

Deno.test("5.6, 5.12 a price that opens nothing on purpose leaves nothing to metadata", () => {
  assert.deepEqual(bought(["price_alpha", "price_fee"], "beta"), { alpha: "purchase" });
  assert.deepEqual(bought(["price_fee"], "beta"), {});
});

Deno.test("5.6 metadata does not make a pass eternal that a mapped price sells", () => {
  assert.deepEqual(bought(["price_week", "price_unmapped"], "alpha"), {
    alpha: "purchase until 7",
  });
});

Deno.test("5.5 a recurring price opens nothing for ever, in a session in payment mode either", () => {
  const sale = session({ price_ids: ["price_alpha", "price_beta"] });
  assert.deepEqual(accessOf([[0, sale], [9, price("price_alpha", true)]]), { beta: "purchase" });
});

Deno.test("5.5 a price recurs once anything ever said so", () => {
  const sale = session({ price_ids: ["price_alpha"] });
  const words = [price("price_alpha", false), price("price_alpha", true)];
  assert.deepEqual(
    accessOf([[0, sale], ...words.map((word) => [9, word] as [number, typeof word])]),
    {},
  );
});

Deno.test("5.6 of a subscription metadata names the item whose price is unmapped, for its period", () => {
  const extra = item(0, 30, { id: "si_2", price_id: "price_unmapped" });
  const it = subscription({ module_ref: "beta", items: [item(0, 365), extra] });
  const both = { alpha: "subscription until 368", beta: "subscription until 33" };
  assert.deepEqual(accessOf([[0, it]]), both);
  const sale = session({ mode: "subscription", subscription_id: "sub_1", module_ref: "beta" });
  assert.deepEqual(accessOf([[0, { ...it, module_ref: null }], [0, sale]]), both);
});

Deno.test("5.6 an item of quantity 0 is not sold, and names no module", () => {
  const none = item(0, 30, { id: "si_2", price_id: "price_unmapped", quantity: 0 });
  const it = subscription({ module_ref: "beta", items: [item(), none] });
  assert.deepEqual(accessOf([[0, it]]), { alpha: "subscription until 33" });
});

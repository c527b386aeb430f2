import assert from "node:assert/strict";
import type { JsonObject } from "./json.ts";
import { type Fact, KINDS } from "./kinds.ts";

/** The objects inside an object, by kind. Kinds without any are left out. */
function carried(name: Fact["kind"], object: JsonObject) {
  const inside = KINDS.find(({ kind }) => kind === name)?.inside ?? [];
  const found = inside.map(({ kind, find }) => [kind.kind, find(object)] as const);
  return Object.fromEntries(found.filter(([, objects]) => objects.length > 0));
}

Deno.test("up to 2022-08-01 a charge carries its refunds", () => {
  const refunds = [{ id: "re_1" }, { id: "re_2" }];
  const found = { refund: refunds };
  assert.deepEqual(carried("charge", { refunds: { data: refunds } }), found);
  assert.deepEqual(carried("charge", { refunds }), found);
});

Deno.test("a payment intent carries its charges, then its latest charge when expanded", () => {
  const found = { charge: [{ id: "ch_1" }] };
  assert.deepEqual(carried("payment_intent", { charges: { data: [{ id: "ch_1" }] } }), found);
  assert.deepEqual(carried("payment_intent", { latest_charge: { id: "ch_1" } }), found);
});

Deno.test("a session carries its payment intent when expanded", () => {
  const found = { payment_intent: [{ id: "pi_1" }] };
  assert.deepEqual(carried("checkout_session", { payment_intent: { id: "pi_1" } }), found);
});

Deno.test("an invoice carries its payments, and a payment its intent, when expanded", () => {
  const payment = { id: "inpay_1", payment: { payment_intent: { id: "pi_1" } } };
  const payments = { invoice_payment: [payment] };
  assert.deepEqual(carried("invoice", { payments: { data: [payment] } }), payments);
  const intents = { payment_intent: [{ id: "pi_1" }] };
  assert.deepEqual(carried("invoice_payment", payment), intents);
});

Deno.test("an id alone contains no object", () => {
  assert.deepEqual(carried("checkout_session", { payment_intent: "pi_1" }), {});
  assert.deepEqual(carried("payment_intent", { latest_charge: "ch_1" }), {});
  assert.deepEqual(carried("charge", {}), {});
});

Deno.test("a subscription inside another object is ignored, because it may be an old snapshot", () => {
  assert.deepEqual(carried("invoice", { subscription: { id: "sub_1" } }), {});
  assert.deepEqual(carried("subscription", { latest_invoice: { id: "in_1" } }), {});
  const session = { subscription: { id: "sub_1" }, invoice: { id: "in_1" } };
  assert.deepEqual(carried("checkout_session", session), {});
});

Deno.test("lines contain their prices; a plan and the price of a subscription item recur", () => {
  const price = { id: "price_1", object: "price", type: "one_time" };
  const lines = { data: [{ price }, { price: "price_2" }, { plan: { id: "plan_1" } }] };
  const plan = { id: "plan_1", object: "plan" };
  assert.deepEqual(carried("invoice", { lines }), { price: [price, plan] });
  assert.deepEqual(carried("checkout_session", { line_items: lines }), { price: [price, plan] });
  const recurring = { id: "price_2", type: "recurring" };
  assert.deepEqual(carried("subscription", { items: { data: [{ price: "price_2" }] } }), {
    price: [recurring],
  });
});

Deno.test("a line with both a price and a plan has a price that recurs", () => {
  const line = { price: { id: "plan_1", object: "price" }, plan: { id: "plan_1" } };
  const recurring = { id: "plan_1", object: "price", type: "recurring" };
  assert.deepEqual(carried("invoice", { lines: [line] }), { price: [recurring] });
});

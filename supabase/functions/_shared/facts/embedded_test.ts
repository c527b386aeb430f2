import assert from "node:assert/strict";
import { embedded } from "./embedded.ts";

Deno.test("up to 2022-08-01 a charge carries its refunds", () => {
  const refunds = [{ id: "re_1" }, { id: "re_2" }];
  const found = { kind: "refund", objects: refunds };
  assert.deepEqual(embedded("charge", { refunds: { data: refunds } }), found);
  assert.deepEqual(embedded("charge", { refunds }), found);
});

Deno.test("a payment intent carries its charges, then its latest charge when expanded", () => {
  const found = { kind: "charge", objects: [{ id: "ch_1" }] };
  assert.deepEqual(embedded("payment_intent", { charges: { data: [{ id: "ch_1" }] } }), found);
  assert.deepEqual(embedded("payment_intent", { latest_charge: { id: "ch_1" } }), found);
});

Deno.test("a session carries its payment intent when expanded", () => {
  const found = { kind: "payment_intent", objects: [{ id: "pi_1" }] };
  assert.deepEqual(embedded("checkout_session", { payment_intent: { id: "pi_1" } }), found);
});

Deno.test("an invoice carries its payments, and a payment its intent, when expanded", () => {
  const payment = { id: "inpay_1", payment: { payment_intent: { id: "pi_1" } } };
  const payments = { kind: "invoice_payment", objects: [payment] };
  assert.deepEqual(embedded("invoice", { payments: { data: [payment] } }), payments);
  const intents = { kind: "payment_intent", objects: [{ id: "pi_1" }] };
  assert.deepEqual(embedded("invoice_payment", payment), intents);
});

Deno.test("an id alone carries nothing", () => {
  assert.deepEqual(embedded("checkout_session", { payment_intent: "pi_1" })?.objects, []);
  assert.deepEqual(embedded("payment_intent", { latest_charge: "ch_1" })?.objects, []);
  assert.deepEqual(embedded("charge", {})?.objects, []);
});

Deno.test("a subscription inside another object is an old snapshot, and is left alone", () => {
  assert.deepEqual(embedded("invoice", { subscription: { id: "sub_1" } })?.objects, []);
  assert.equal(embedded("subscription", { latest_invoice: { id: "in_1" } }), null);
  const session = { subscription: { id: "sub_1" }, invoice: { id: "in_1" } };
  assert.deepEqual(embedded("checkout_session", session)?.objects, []);
});

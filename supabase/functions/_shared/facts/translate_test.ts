import assert from "node:assert/strict";
import { translate } from "./translate.ts";

/** What an event of this type becomes, as `kind id` words. */
function kindsOf(type: string, object: unknown = { id: "x_1" }): string[] {
  return translate({ type, data: { object } }).map((fact) => `${fact.kind} ${fact.id}`);
}

Deno.test("translate() knows an object by the type of its event, not by its own label", () => {
  const kinds = {
    "checkout.session.completed": "checkout_session",
    "checkout.session.async_payment_failed": "checkout_session",
    "payment_intent.succeeded": "payment_intent",
    "charge.succeeded": "charge",
    "charge.refunded": "charge",
    "charge.refund.updated": "refund",
    "refund.failed": "refund",
    "invoice.paid": "invoice",
    "invoice.payment_succeeded": "invoice",
    "customer.subscription.deleted": "subscription",
    "customer.subscription.trial_will_end": "subscription",
  };
  for (const [type, kind] of Object.entries(kinds)) {
    assert.deepEqual(kindsOf(type), [`${kind} x_1`], type);
  }
});

Deno.test("an event that says nothing about access gives no fact", () => {
  const types = [
    "charge.dispute.created",
    "invoice_payment.paid",
    "invoiceitem.created",
    "invoice.upcoming",
    "customer.updated",
    "customer.source.created",
    "setup_intent.succeeded",
    "subscription_schedule.released",
    "charge",
    "invoice",
    "a.type.of.tomorrow",
  ];
  for (const type of types) assert.deepEqual(kindsOf(type), [], type);
});

Deno.test("an object without an id gives no fact, nor do the objects inside it", () => {
  const refunds = { data: [{ id: "re_1" }] };
  for (const id of [undefined, null, "", 7, {}]) {
    assert.deepEqual(kindsOf("charge.refunded", { id, refunds }), []);
  }
});

Deno.test("a thin event gives no fact: its object is to be fetched", () => {
  const type = "v1.customer.subscription.updated";
  const event = { object: "v2.core.event", type, related_object: { id: "sub_1" } };
  assert.deepEqual(translate(event), []);
});

Deno.test("a charge of up to 2022-08-01 gives its refunds too", () => {
  const refunds = { data: [{ id: "re_1", charge: "ch_1", amount: 400, status: "succeeded" }] };
  assert.deepEqual(kindsOf("charge.refunded", { id: "ch_1", refunds }), [
    "charge ch_1",
    "refund re_1",
  ]);
});

Deno.test("a session expanded to the bottom gives every fact on the way", () => {
  const latest_charge = { id: "ch_1", refunds: [{ id: "re_1" }] };
  const session = { id: "cs_1", payment_intent: { id: "pi_1", latest_charge } };
  assert.deepEqual(kindsOf("checkout.session.completed", session), [
    "checkout_session cs_1",
    "payment_intent pi_1",
    "charge ch_1",
    "refund re_1",
  ]);
});

Deno.test("the same sale on two API versions gives the same facts", () => {
  const period = { current_period_start: 1_700_000_000, current_period_end: 1_702_592_000 };
  const common = { id: "sub_1", status: "active", customer: "cus_ada" };
  const price = { id: "price_a" };
  const type = "customer.subscription.updated";
  const acacia = { ...common, ...period, items: { data: [{ price, quantity: 1 }] } };
  const basil = { ...common, items: { data: [{ price, quantity: 1, ...period }] } };
  assert.deepEqual(
    translate({ type, api_version: "2025-02-24.acacia", data: { object: acacia } }),
    translate({ type, api_version: "2025-03-31.basil", data: { object: basil } }),
  );
});

Deno.test("what is no event at all gives no fact", () => {
  for (const odd of [null, undefined, 1, "event", [], {}, { type: 7 }, { type: "charge.failed" }]) {
    assert.deepEqual(translate(odd), []);
  }
  for (const object of [null, [], "ch_1", 4]) {
    assert.deepEqual(kindsOf("charge.failed", object), []);
  }
});

import assert from "node:assert/strict";
import { translate } from "./translate.ts";

/** The facts of an event of this type, as `kind id`. */
function kindsOf(type: string, object: unknown = { id: "x_1" }): string[] {
  return translate({ type, data: { object } }).map((fact) => `${fact.kind} ${fact.id}`);
}

Deno.test("translate() chooses the kind by the type of the event, not by the object's own label", () => {
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
    "charge.dispute.created": "dispute",
    "charge.dispute.funds_reinstated": "dispute",
    "invoice_payment.paid": "invoice_payment",
    "customer.created": "customer",
    "customer.deleted": "customer",
    "price.updated": "price_listing",
    "product.deleted": "product",
  };
  for (const [type, kind] of Object.entries(kinds)) {
    assert.deepEqual(kindsOf(type), [`${kind} x_1`], type);
  }
});

Deno.test("an event that says nothing about access gives no fact", () => {
  const types = [
    "invoiceitem.created",
    "invoice.upcoming",
    "customer.source.created",
    "customer.card.updated",
    "customer.discount.created",
    "customer.tax_id.updated",
    "customer_cash_balance_transaction.created",
    "issuing_dispute.created",
    "setup_intent.succeeded",
    "subscription_schedule.released",
    "entitlements.active_entitlement_summary.updated",
    "radar.early_fraud_warning.created",
    "review.opened",
    "credit_note.created",
    "plan.deleted",
    "account.application.deauthorized",
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

Deno.test("a thin event gives no fact, because its object must be fetched", () => {
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

Deno.test("a fully expanded session gives every fact inside it", () => {
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

Deno.test("a fetched object gets its kind from the head of its type, and ranks as an update", () => {
  const kinds = {
    "checkout.session": "checkout_session",
    "payment_intent": "payment_intent",
    "charge": "charge",
    "refund": "refund",
    "charge.dispute": "dispute",
    "invoice": "invoice",
    "invoice_payment": "invoice_payment",
    "customer.subscription": "subscription",
    "customer": "customer",
  };
  for (const [head, kind] of Object.entries(kinds)) {
    const [fact] = translate({ type: `${head}.fetched`, data: { object: { id: "x_1" } } });
    assert.equal(fact?.kind, kind);
    if ("type_rank" in fact) assert.equal(fact.type_rank, 2);
  }
});

Deno.test("a fetched list gives a fact for each member, and no fact if it is empty", () => {
  const list = (...ids: string[]) => ({ object: "list", data: ids.map((id) => ({ id })) });
  assert.deepEqual(kindsOf("refund.fetched", list("re_1", "re_2")), ["refund re_1", "refund re_2"]);
  assert.deepEqual(kindsOf("invoice_payment.fetched", list("inpay_1")), [
    "invoice_payment inpay_1",
  ]);
  assert.deepEqual(kindsOf("refund.fetched", list()), []);
});

Deno.test("a fetched session gives the prices sold", () => {
  const line_items = { object: "list", data: [{ price: { id: "price_a" } }], has_more: false };
  const object = { id: "cs_1", line_items };
  const [fact] = translate({ type: "checkout.session.fetched", data: { object } });
  assert.deepEqual(fact?.kind === "checkout_session" && fact.price_ids, ["price_a"]);
});

Deno.test("previous_attributes count on any type, and only for the event's own object", () => {
  const object = { id: "dp_1", status: "won" };
  const previous_attributes = { status: "under_review" };
  const event = { type: "charge.dispute.closed", data: { object, previous_attributes } };
  const [fact] = translate(event);
  assert.deepEqual(fact?.kind === "dispute" && fact.changed_from, { status: "under_review" });
});

Deno.test("a value that is not an event gives no fact", () => {
  for (const odd of [null, undefined, 1, "event", [], {}, { type: 7 }, { type: "charge.failed" }]) {
    assert.deepEqual(translate(odd), []);
  }
  for (const object of [null, [], "ch_1", 4]) {
    assert.deepEqual(kindsOf("charge.failed", object), []);
  }
});

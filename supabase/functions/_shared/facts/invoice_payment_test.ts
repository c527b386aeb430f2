import assert from "node:assert/strict";
import { invoicePayment } from "./invoice_payment.ts";

const PAID = "invoice_payment.paid";

Deno.test("invoicePayment() reads which payment pays which invoice", () => {
  const payment = { type: "payment_intent", payment_intent: "pi_1" };
  const object = { invoice: "in_1", amount_paid: 900, status: "paid", payment };
  assert.deepEqual(invoicePayment.read("inpay_1", object, PAID), {
    kind: "invoice_payment",
    id: "inpay_1",
    status: "paid",
    amount_paid: 900,
    invoice_id: "in_1",
    payment_intent_id: "pi_1",
    charge_id: null,
  });
});

Deno.test("links are read from ids and from expanded objects alike", () => {
  const object = { invoice: { id: "in_1" }, payment: { type: "charge", charge: { id: "ch_1" } } };
  const fact = invoicePayment.read("inpay_1", object, PAID);
  assert.deepEqual([fact.invoice_id, fact.payment_intent_id, fact.charge_id], [
    "in_1",
    null,
    "ch_1",
  ]);
});

Deno.test("an invoice paid outside of Stripe has a payment without links", () => {
  const payment = { type: "payment_record", payment_record: "prec_1" };
  const fact = invoicePayment.read("inpay_1", { payment }, PAID);
  assert.deepEqual([fact.payment_intent_id, fact.charge_id], [null, null]);
});

Deno.test("every status Stripe has is kept as it is", () => {
  for (const status of ["open", "canceled", "paid"]) {
    assert.equal(invoicePayment.read("inpay_1", { status }, PAID).status, status);
  }
});

Deno.test("a missing status is paid if the event type says so, and otherwise open", () => {
  assert.equal(invoicePayment.read("inpay_1", {}, PAID).status, "paid");
  assert.equal(invoicePayment.read("inpay_1", {}, "invoice_payment.fetched").status, "open");
});

Deno.test("an unknown status is open, whatever the event type", () => {
  assert.equal(invoicePayment.read("inpay_1", { status: "promised" }, PAID).status, "open");
});

import assert from "node:assert/strict";
import { paymentIntent } from "./payment_intent.ts";

Deno.test("paymentIntent() reads a payment that succeeded", () => {
  const object = {
    status: "succeeded",
    amount: 2900,
    amount_received: 2000,
    created: 1_700_000_000,
    metadata: { user_id: "ada", module_id: "intro" },
    customer: "cus_ada",
  };
  assert.deepEqual(paymentIntent.read("pi_1", object), {
    kind: "payment_intent",
    id: "pi_1",
    status: "succeeded",
    amount_received: 2000,
    created: 1_700_000_000,
    user_ref: "ada",
    module_ref: "intro",
    customer_id: "cus_ada",
    invoice_id: null,
  });
});

Deno.test("before 2025-03-31 a payment intent names its invoice", () => {
  assert.equal(paymentIntent.read("pi_1", { invoice: "in_1" }).invoice_id, "in_1");
  assert.equal(paymentIntent.read("pi_1", { invoice: { id: "in_1" } }).invoice_id, "in_1");
});

Deno.test("an order reference that looks like an invoice id is not read as the invoice", () => {
  const object = { payment_details: { order_reference: "in_1" } };
  assert.equal(paymentIntent.read("pi_1", object).invoice_id, null);
});

Deno.test("every status Stripe has is kept as it is", () => {
  const statuses = [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "canceled",
    "succeeded",
  ];
  for (const status of statuses) {
    assert.equal(paymentIntent.read("pi_1", { status }).status, status);
  }
});

Deno.test("the status words of 2018 are read as today's", () => {
  const statusOf = (status: string) => paymentIntent.read("pi_1", { status }).status;
  assert.equal(statusOf("requires_source"), "requires_payment_method");
  assert.equal(statusOf("requires_source_action"), "requires_action");
});

Deno.test("a payment with an unknown or missing status is processing, and has received nothing", () => {
  for (const status of ["settling", null, undefined, 4]) {
    const fact = paymentIntent.read("pi_1", { status, amount: 2900 });
    assert.deepEqual([fact.status, fact.amount_received], ["processing", 0]);
  }
});

Deno.test("a succeeded payment without amount_received has received its amount", () => {
  assert.equal(
    paymentIntent.read("pi_1", { status: "succeeded", amount: 2900 }).amount_received,
    2900,
  );
});

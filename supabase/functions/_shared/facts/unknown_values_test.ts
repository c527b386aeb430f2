import assert from "node:assert/strict";
import { unknownValues } from "./unknown_values.ts";

function unknownOf(type: string, object: Record<string, unknown>): string[] {
  return unknownValues({ type, data: { object: { id: "x_1", ...object } } });
}

Deno.test("an unknown word is reported with its field", () => {
  assert.deepEqual(unknownOf("customer.subscription.updated", { status: "hibernating" }), [
    "subscription.status=hibernating",
  ]);
  assert.deepEqual(
    unknownOf("checkout.session.completed", { mode: "barter", status: "dreaming" }),
    [
      "checkout_session.mode=barter",
      "checkout_session.status=dreaming",
    ],
  );
  assert.deepEqual(unknownOf("invoice_payment.paid", { payment: { type: "barter" } }), [
    "invoice_payment.payment.type=barter",
  ]);
});

Deno.test("a value that may be personal data is not repeated", () => {
  for (const status of ["ada@example.com", "Ada", "x".repeat(41), 7, { id: "ada" }, ""]) {
    assert.deepEqual(unknownOf("charge.dispute.updated", { status }), ["dispute.status"]);
  }
});

Deno.test("known, old and missing words are not reported", () => {
  assert.deepEqual(unknownOf("invoice.paid", { status: "paid" }), []);
  assert.deepEqual(unknownOf("payment_intent.requires_action", { status: "requires_source" }), []);
  assert.deepEqual(unknownOf("refund.created", { status: null }), []);
  assert.deepEqual(unknownOf("charge.succeeded", {}), []);
});

Deno.test("objects inside an object are checked; objects that give no fact are not", () => {
  const payment_intent = { id: "pi_1", status: "pondering" };
  assert.deepEqual(unknownOf("checkout.session.completed", { payment_intent }), [
    "payment_intent.status=pondering",
  ]);
  assert.deepEqual(unknownOf("review.opened", { status: "pondering" }), []);
});

import assert from "node:assert/strict";
import { refund } from "./refund.ts";

Deno.test("refund() reads the amount and the payment", () => {
  const object = { charge: "ch_1", payment_intent: "pi_1", amount: 400, status: "succeeded" };
  assert.deepEqual(refund.read("re_1", object, "refund.created"), {
    kind: "refund",
    id: "re_1",
    charge_id: "ch_1",
    payment_intent_id: "pi_1",
    amount: 400,
    status: "succeeded",
  });
});

Deno.test("links are read from ids and from expanded objects alike", () => {
  const object = { charge: { id: "ch_1" }, payment_intent: { id: "pi_1" } };
  const fact = refund.read("re_1", object, "refund.updated");
  assert.deepEqual([fact.charge_id, fact.payment_intent_id], ["ch_1", "pi_1"]);
});

Deno.test("every status Stripe has is kept as it is", () => {
  for (const status of ["requires_action", "pending", "succeeded", "canceled", "failed"]) {
    assert.equal(refund.read("re_1", { status }, "refund.updated").status, status);
  }
});

Deno.test("refund.failed means failed, even if the status field says otherwise", () => {
  assert.equal(refund.read("re_1", { status: "succeeded" }, "refund.failed").status, "failed");
});

Deno.test("an unknown or missing status is pending: the refund may still succeed", () => {
  assert.equal(refund.read("re_1", { status: "teleporting" }, "refund.updated").status, "pending");
  assert.equal(refund.read("re_1", {}, "charge.refunded").status, "pending");
});

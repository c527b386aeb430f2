import assert from "node:assert/strict";
import { charge } from "./charge.ts";

Deno.test("charge() reads the amounts captured and refunded", () => {
  const object = {
    payment_intent: "pi_1",
    invoice: "in_1",
    customer: "cus_ada",
    amount: 2900,
    amount_captured: 2900,
    amount_refunded: 400,
    captured: true,
    paid: true,
    created: 1_700_000_000,
    metadata: { user_id: "ada", module_id: "intro" },
  };
  assert.deepEqual(charge.read("ch_1", object), {
    kind: "charge",
    id: "ch_1",
    payment_intent_id: "pi_1",
    invoice_id: "in_1",
    customer_id: "cus_ada",
    amount_captured: 2900,
    amount_refunded: 400,
    created: 1_700_000_000,
    user_ref: "ada",
    module_ref: "intro",
  });
});

Deno.test("links are read from ids and from expanded objects alike", () => {
  const fact = charge.read("ch_1", { payment_intent: { id: "pi_1" }, invoice: { id: "in_1" } });
  assert.deepEqual([fact.payment_intent_id, fact.invoice_id], ["pi_1", "in_1"]);
});

Deno.test("an old charge that is paid and captured has captured its amount", () => {
  const captured = (paid: boolean, captured: boolean) =>
    charge.read("ch_1", { amount: 2900, paid, captured }).amount_captured;
  assert.equal(captured(true, true), 2900);
  assert.equal(captured(true, false), 0);
  assert.equal(captured(false, true), 0);
});

Deno.test("a charge without amounts captured and refunded nothing", () => {
  const fact = charge.read("ch_1", { amount_captured: "2900", amount_refunded: null });
  assert.deepEqual([fact.amount_captured, fact.amount_refunded], [0, 0]);
});

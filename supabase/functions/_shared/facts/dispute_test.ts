import assert from "node:assert/strict";
import { dispute } from "./dispute.ts";

const UPDATED = "charge.dispute.updated";

Deno.test("dispute() reads the disputed payment and the status", () => {
  const object = { charge: "ch_1", payment_intent: "pi_1", amount: 2900, status: "under_review" };
  assert.deepEqual(dispute.read("dp_1", object, UPDATED, { status: "needs_response" }), {
    kind: "dispute",
    id: "dp_1",
    charge_id: "ch_1",
    payment_intent_id: "pi_1",
    amount: 2900,
    status: "under_review",
    type_rank: 2,
    changed_from: { status: "needs_response" },
  });
});

Deno.test("links are read from ids and from expanded objects alike", () => {
  const object = { charge: { id: "ch_1" }, payment_intent: { id: "pi_1" } };
  const fact = dispute.read("dp_1", object, UPDATED, null);
  assert.deepEqual([fact.charge_id, fact.payment_intent_id], ["ch_1", "pi_1"]);
});

Deno.test("every status Stripe has is kept as it is", () => {
  for (const status of dispute.words.status) {
    assert.equal(dispute.read("dp_1", { status }, UPDATED, null).status, status);
  }
});

Deno.test("an unexpected status is read as unknown", () => {
  for (const status of ["charge_refunded", null, undefined, 1]) {
    assert.equal(dispute.read("dp_1", { status }, UPDATED, null).status, "unknown");
  }
});

Deno.test("reinstated funds alone do not mean that a dispute is won", () => {
  const type = "charge.dispute.funds_reinstated";
  assert.equal(dispute.read("dp_1", { status: "under_review" }, type, null).status, "under_review");
});

Deno.test("in one second, the type of the event orders the snapshots", () => {
  const ranks = { created: 0, updated: 2, funds_withdrawn: 2, funds_reinstated: 2, closed: 3 };
  for (const [verb, rank] of Object.entries(ranks)) {
    assert.equal(dispute.read("dp_1", {}, `charge.dispute.${verb}`, null).type_rank, rank, verb);
  }
});

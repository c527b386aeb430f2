import assert from "node:assert/strict";
import {
  accessIn,
  all,
  type DatedFact,
  dispute,
  history,
  intent,
  item,
  rowsOf,
  session,
  subscription,
  verified,
} from "./small_facts.ts";

const ACTS = [verified("ada@example.com")];
const FOUND = { user_ref: null, email: "ada@example.com", price_ids: ["price_alpha"] };

function access(...facts: DatedFact[1][]) {
  return accessIn(history(all(...facts), { acts: ACTS }));
}

/** A subscription of ada's, named only by the address of its session. */
function plan(some: Parameters<typeof subscription>[0]) {
  const sale = session({ ...FOUND, mode: "subscription", subscription_id: "sub_1" });
  return [sale, subscription({ user_ref: null, ...some })];
}

Deno.test("5.11 an address opens a module", () => {
  assert.deepEqual(access(session(FOUND)), { alpha: "purchase" });
});

Deno.test("5.11 an address never shows a payment that is pending or disputed", () => {
  assert.deepEqual(access(session({ ...FOUND, payment_status: "unpaid" })), {});
  assert.deepEqual(access(session(FOUND), intent(), dispute("pi_1")), {});
});

Deno.test("5.11 an address never shows a subscription that needs an action", () => {
  for (const status of ["incomplete", "unpaid", "paused"] as const) {
    assert.deepEqual(access(...plan({ status })), {}, status);
  }
  assert.deepEqual(access(...plan({ status: "canceled" })), { alpha: "closed canceled" });
});

Deno.test("5.11 a subscription by address that ends unpaid is shown as expired", () => {
  const late = { status: "past_due" as const, items: [item(0, 30)] };
  const facts = plan(late).map((fact): DatedFact => [0, fact]);
  assert.equal(rowsOf(history(facts, { acts: ACTS }))[0]?.reasonAfter, "expired");
  const named: DatedFact[] = [[0, subscription(late)]];
  assert.equal(rowsOf(history(named))[0]?.reasonAfter, "past_due_expired");
});

Deno.test("5.11 a name that is an address counts as an address", () => {
  const sale = session({ ...FOUND, user_ref: "ada@example.com", payment_status: "unpaid" });
  assert.deepEqual(access(sale), {});
});

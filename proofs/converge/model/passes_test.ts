import assert from "node:assert/strict";
import { at } from "../stripe/clock.ts";
import {
  accessIn,
  accessOf,
  type DatedFact,
  dispute,
  history,
  refund,
  session,
  verified,
} from "./small_facts.ts";

const OFF = { passes_stack: false };

/** A week of alpha, bought on that day. */
function week(day: number, some: Parameters<typeof session>[0] = {}): DatedFact {
  const ids = { id: `cs_${day}`, payment_intent_id: `pi_${day}` };
  return [day, session({ ...ids, price_ids: ["price_week"], created: at(day), ...some })];
}

Deno.test("5.14 a pass bought while another runs begins at that one's end", () => {
  assert.deepEqual(accessOf([week(0), week(3)]), { alpha: "purchase until 14" });
  assert.deepEqual(accessOf([week(0), week(3)], OFF), { alpha: "purchase until 10" });
});

Deno.test("5.14 a pass bought after the end of the first runs from its own payment", () => {
  assert.deepEqual(accessOf([week(0), week(20)]), { alpha: "purchase until 27" });
  assert.deepEqual(accessOf([week(0), week(20), week(21)]), { alpha: "purchase until 34" });
});

Deno.test("5.14 after a refund or a dispute of a pass in the middle, the later ones begin earlier", () => {
  const three = [week(0), week(1), week(2)];
  assert.deepEqual(accessOf(three), { alpha: "purchase until 21" });
  assert.deepEqual(accessOf([...three, [9, refund("pi_1")]]), { alpha: "purchase until 14" });
  const disputed: DatedFact = [9, dispute("pi_0")];
  assert.deepEqual(accessOf([...three, disputed]), { alpha: "purchase until 15" });
  const won: DatedFact = [10, dispute("pi_0", { status: "won" })];
  assert.deepEqual(accessOf([...three, disputed, won]), { alpha: "purchase until 21" });
});

Deno.test("5.14 two sessions of one payment sell one week", () => {
  const again = week(0, { id: "cs_again" });
  assert.deepEqual(accessOf([week(0), again]), { alpha: "purchase until 7" });
});

Deno.test("5.14 of one root the longest term counts: no end beats a week", () => {
  const both = week(0, { price_ids: ["price_week", "price_alpha"] });
  assert.deepEqual(accessOf([both]), { alpha: "purchase" });
});

Deno.test("5.14 of one root the longest term counts, not the sum", () => {
  const both = week(0, { price_ids: ["price_week", "price_fortnight"] });
  assert.deepEqual(accessOf([both]), { alpha: "purchase until 14" });
});

Deno.test("5.14 passes stack separately for each module and each user", () => {
  const beta = week(3, { price_ids: ["price_week_beta"] });
  const others = week(4, { user_ref: "00000000-0000-4000-8000-00000000e0e0" });
  assert.deepEqual(accessOf([week(0), beta, others]), {
    alpha: "purchase until 7",
    beta: "purchase until 10",
  });
});

Deno.test("5.14 the time of payment is the smallest stamp that shows it paid", () => {
  const [, paid] = week(0);
  const facts: DatedFact[] = [[
    0,
    { ...session(), ...paid, payment_status: "unpaid" } as typeof paid,
  ]];
  assert.deepEqual(accessOf([...facts, [5, paid], [4, paid]]), { alpha: "purchase until 11" });
});

Deno.test("5.14 a pass by address stacks with a pass by name", () => {
  const found = week(3, { user_ref: null, email: "ada@example.com" });
  const acts = [verified("ada@example.com")];
  assert.deepEqual(accessIn(history([week(0), found], { acts })), { alpha: "purchase until 14" });
});

Deno.test("5.14 in one second the roots are counted one after the other", () => {
  const same = week(0, { id: "cs_x", payment_intent_id: "pi_x" });
  assert.deepEqual(accessOf([week(0), same]), { alpha: "purchase until 14" });
});

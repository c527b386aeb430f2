/** Several lives at once, of several users, delivered in whatever order chance has. */

import fc from "fast-check";
import { type Claim, inboxEvent } from "../claim.ts";
import { batch, type Order, singly } from "../order.ts";
import { random, shuffle } from "../random.ts";
import { type Act, deny, grant, revoke, verify } from "../scenario.ts";
import { userRef } from "../stripe/ids.ts";
import { customer } from "../stripe/plan.ts";
import { planEvents, planLife } from "./plan_life.ts";
import { saleEvents, saleLife } from "./sale_life.ts";

const USERS = ["ada", "eve"] as const;

const act = fc.record({
  make: fc.constantFrom("grant", "deny", "revoke"),
  module: fc.constantFrom("alpha", "beta"),
  user: fc.constantFrom(...USERS),
});

/** What happens in the world, and the seed of the order in which it is told. */
export const lives = fc.record({
  sales: fc.array(saleLife, { maxLength: 2 }),
  plans: fc.array(planLife, { maxLength: 2 }),
  /** Which customers are linked to their user, and which then deleted. */
  linked: fc.array(fc.constantFrom(...USERS), { maxLength: 2 }),
  deleted: fc.array(fc.constantFrom(...USERS), { maxLength: 1 }),
  acts: fc.array(act, { maxLength: 2 }),
  /** Who has an account, from some moment on. */
  verified: fc.uniqueArray(fc.constantFrom(...USERS)),
  schedule: fc.nat(),
});

export type Lives = typeof lives extends fc.Arbitrary<infer All> ? All : never;

/** The order in which these lives are told: some events come twice, some have not come yet. */
export function orderOfLives(told: Lives): Order {
  const claim = claimOf(told);
  const pick = random(told.schedule);
  const all = claim.deliveries.map((_, index) => index);
  const arrived = pick(3) === 0 ? all.filter(() => pick(5) > 0) : all;
  const again = arrived.filter((index) => !isAct(claim, index) && pick(4) === 0);
  const acts = arrived.filter((index) => isAct(claim, index));
  const sequence = shuffle([...arrived, ...again], pick)
    .map((index) => isAct(claim, index) ? acts.shift() ?? index : index);
  return batch(singly(claim, "batched", sequence, told.schedule), pick);
}

function isAct(claim: Claim, index: number): boolean {
  return "act" in (claim.deliveries[index]?.what ?? {});
}

function claimOf({ sales, plans, linked, deleted, acts, verified }: Lives): Claim {
  const events = [
    ...sales.flatMap((life, index) => saleEvents(life, `s${index}`)),
    ...plans.flatMap((life, index) => planEvents(life, `p${index}`)),
    ...linked.map((user) => customer("updated", 1, user, { metadata: { user_id: userRef(user) } })),
    ...deleted.map((user) => customer("deleted", 20, user, { deleted: true })),
  ];
  return {
    scenario: { number: 0, name: "random lives", story: [] },
    chapter: 0,
    // Evidence is not marked: what must be closed at any moment is for the model to say.
    deliveries: [
      ...events.map((event) => ({ what: { event: inboxEvent(event) }, isEvidence: true })),
      ...acts.map((act) => ({ what: actOf(act), isEvidence: true })),
      ...verified.map((user) => ({ what: verify(user), isEvidence: true })),
    ],
    checks: [],
    personas: [...USERS],
  };
}

function actOf({ make, module, user }: Lives["acts"][number]): Act {
  if (make === "deny") return deny(module, user);
  return make === "grant" ? grant(module, 30, user) : revoke(module, user);
}

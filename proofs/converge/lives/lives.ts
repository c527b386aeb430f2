/** Several random lives of several users, delivered in a random order. */

import fc from "fast-check";
import { type Claim, inboxEvent } from "../claim.ts";
import { DEFAULTS, type Settings } from "../model/settings.ts";
import { batch, type Order, singly } from "../order.ts";
import { random, shuffle } from "../random.ts";
import { type Act, deny, grant, map, revoke, verify } from "../scenario.ts";
import type { StripeEvent } from "../stripe/event.ts";
import { named } from "../stripe/ids.ts";
import { customer } from "../stripe/plan.ts";
import { archivedProduct, priceEvent } from "../stripe/prices.ts";
import { billEvents, billLife, NEW_PRICE } from "./bill_life.ts";
import { chargeEvents, chargeLife } from "./charge_life.ts";
import { user, USERS } from "./names.ts";
import { passEvents, passLife } from "./pass_life.ts";
import { planEvents, planLife } from "./plan_life.ts";
import { rarely } from "./rarely.ts";
import { saleEvents, saleLife } from "./sale_life.ts";

const act = fc.record({
  make: fc.constantFrom("grant", "deny", "revoke"),
  module: fc.constantFrom("alpha", "beta"),
  user,
});

/** One purchase or subscription. */
const bought = fc.oneof(
  { weight: 5, arbitrary: fc.record({ plan: planLife }) },
  { weight: 2, arbitrary: fc.record({ sale: saleLife }) },
  { weight: 2, arbitrary: fc.record({ bill: billLife }) },
  { weight: 1, arbitrary: fc.record({ charge: chargeLife }) },
  { weight: 1, arbitrary: fc.record({ pass: passLife }) },
);

/** All that happens, and the seed of the order in which its events arrive. */
export const lives = fc.record({
  bought: fc.array(bought, { minLength: 1, maxLength: 3 }),
  /** The user whose Stripe customer is linked to them, and the user whose customer is then deleted. */
  linked: rarely(4, user),
  deleted: rarely(8, user),
  act: rarely(6, act),
  /** The price that only these lives have: whether it is mapped, and whether Stripe says that it recurs. */
  price: fc.record({ isMapped: fc.boolean(), recurs: fc.constantFrom(null, false, true) }),
  /** The users who get an account at some moment. */
  verified: fc.uniqueArray(user),
  schedule: fc.nat(),
});

export type Lives = typeof lives extends fc.Arbitrary<infer All> ? All : never;
type Bought = Lives["bought"][number];

/** The order in which the events of these lives arrive. Some arrive twice, some have not arrived yet. */
export function orderOfLives(all: Lives, settings: Settings = DEFAULTS): Order {
  const claim = claimOf(all, settings);
  const pick = random(all.schedule);
  const indices = claim.deliveries.map((_, index) => index);
  const arrived = pick(3) === 0 ? indices.filter(() => pick(5) > 0) : indices;
  const again = arrived.filter((index) => !isAct(claim, index) && pick(4) === 0);
  const acts = arrived.filter((index) => isAct(claim, index));
  const sequence = shuffle([...arrived, ...again], pick)
    .map((index) => isAct(claim, index) ? acts.shift() ?? index : index);
  return batch(singly(claim, "batched", sequence, all.schedule), pick);
}

function isAct(claim: Claim, index: number): boolean {
  return "act" in (claim.deliveries[index]?.what ?? {});
}

function claimOf(all: Lives, settings: Settings): Claim {
  const { linked, deleted, verified } = all;
  const events = [
    ...all.bought.flatMap((one, index) => eventsOf(one, `${index}`)),
    ...linked === null ? [] : [customer("updated", 1, linked, { metadata: named(linked) })],
    ...deleted === null ? [] : [customer("deleted", 20, deleted, { deleted: true })],
  ];
  const { isMapped, recurs } = all.price;
  const isOnSale = JSON.stringify(events).includes(NEW_PRICE);
  const described = isOnSale && recurs !== null
    ? [priceEvent(NEW_PRICE, 1, recurs), archivedProduct("gamma", 2)]
    : [];
  const mapped = isOnSale && isMapped ? [map(NEW_PRICE, "gamma")] : [];
  const byHand = all.act === null ? [] : [actOf(all.act)];
  const acts = [...mapped, ...byHand, ...verified.map((user) => verify(user))];
  return {
    scenario: { number: 0, name: "random lives", story: [], settings },
    chapter: 0,
    // Evidence is not marked: the model decides what must be closed at any moment.
    deliveries: [
      ...[...events, ...described].map((event) => ({
        what: { event: inboxEvent(event) },
        isEvidence: true,
      })),
      ...acts.map((act) => ({ what: act, isEvidence: true })),
    ],
    checks: [],
    personas: [...USERS],
  };
}

function eventsOf(one: Bought, name: string): StripeEvent[] {
  if ("plan" in one) return planEvents(one.plan, name);
  if ("sale" in one) return saleEvents(one.sale, name);
  if ("bill" in one) return billEvents(one.bill, name);
  if ("charge" in one) return chargeEvents(one.charge, name);
  return passEvents(one.pass, name);
}

function actOf({ make, module, user }: NonNullable<Lives["act"]>): Act {
  if (make === "deny") return deny(module, user);
  return make === "grant" ? grant(module, 30, user) : revoke(module, user);
}

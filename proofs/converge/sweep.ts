/** The orders of a run: the regular ones of every claim, then the requested number of random ones. */

import { type Claim, claimsOf } from "./claim.ts";
import { inPieces } from "./lanes.ts";
import { type Effort, type Order, ordersOf, randomOrder } from "./order.ts";
import { random, seedFor, shuffle } from "./random.ts";
import { bySettings } from "./settings.ts";
import { SCENARIOS } from "./scenarios/index.ts";

/** How many orders share a call. */
const TOGETHER = 300;

/**
 * Fewer if connections do not wait for each other. One fold takes the events of all of them, and an account
 * gives up waiting for a long fold.
 */
const INTERLEAVED_TOGETHER = 20;

/** What `deno task test:converge` tries for every claim. */
export const FULL: Effort = {
  exhaustUpTo: 5,
  permuted: 40,
  doubled: 8,
  batched: 8,
  busy: 8,
  alone: 8,
  interleaved: 10,
};

/** What the tests in `deno task test` try for every claim. */
export const BRIEF: Effort = {
  exhaustUpTo: 3,
  permuted: 5,
  doubled: 2,
  batched: 2,
  busy: 2,
  alone: 2,
  interleaved: 4,
};

export function allClaims(only: number | null = null): Claim[] {
  return SCENARIOS.filter(({ number }) => only === null || number === only).flatMap(claimsOf);
}

/**
 * The regular orders, mixed so that each call carries many scenarios. Orders that are delivered in another
 * way, or with other settings, are kept apart.
 */
export function sweepOf(claims: Claim[], effort: Effort, seed: number): Order[][] {
  const orders = claims.flatMap((claim) => ordersOf(claim, effort, seed));
  const mixed = shuffle(orders, random(seed));
  const { busy = [], alone = [], interleaved = [], inLockstep = [] } = Object.groupBy(
    mixed,
    ({ kind }) =>
      kind === "busy" || kind === "alone" || kind === "interleaved" ? kind : "inLockstep",
  );
  return [
    ...pieces(inLockstep, TOGETHER),
    ...pieces(busy, TOGETHER),
    ...pieces(alone, TOGETHER),
    ...pieces(interleaved, INTERLEAVED_TOGETHER),
  ];
}

function pieces(orders: Order[], size: number): Order[][] {
  return bySettings(orders, ({ claim }) => claim.scenario.settings)
    .flatMap((alike) => [...inPieces(alike, size)]);
}

/** At least this many random orders, of each claim in turn. */
export function* moreOrders(claims: Claim[], count: number, seed: number): Iterable<Order[]> {
  const groups = bySettings(claims, ({ scenario }) => scenario.settings);
  for (const [group, members] of groups.entries()) {
    const share = Math.ceil(count * members.length / claims.length);
    yield* inPieces(randomOrders(members, share, seedFor(seed, 1, group)), TOGETHER);
  }
}

function* randomOrders(claims: Claim[], count: number, seed: number): Iterable<Order> {
  for (let number = 0; number < count; number++) {
    yield randomOrder(claims[number % claims.length] as Claim, seedFor(seed, number));
  }
}

/** The orders of a run: the regular ones of every claim, then as many random ones as were asked for. */

import { type Claim, claimsOf } from "./claim.ts";
import { inPieces } from "./lanes.ts";
import { type Effort, type Order, ordersOf, randomOrder } from "./order.ts";
import { random, seedFor, shuffle } from "./random.ts";
import { bySettings } from "./settings.ts";
import { SCENARIOS } from "./scenarios/index.ts";

/** How many orders share a call; more would make those who wait for the fold give up. */
const TOGETHER = 300;

/** What `deno task test:converge` tries of every claim. */
export const FULL: Effort = {
  exhaustUpTo: 5,
  permuted: 60,
  doubled: 10,
  batched: 10,
  interleaved: 15,
};

/** What the tests in `deno task test` try of every claim. */
export const BRIEF: Effort = {
  exhaustUpTo: 3,
  permuted: 10,
  doubled: 4,
  batched: 4,
  interleaved: 6,
};

export function allClaims(only: number | null = null): Claim[] {
  return SCENARIOS.filter(({ number }) => only === null || number === only).flatMap(claimsOf);
}

/**
 * The regular orders, mixed so that each call carries many scenarios; interleaved ones apart, and
 * those under unusual settings.
 */
export function sweepOf(claims: Claim[], effort: Effort, seed: number): Order[][] {
  const orders = claims.flatMap((claim) => ordersOf(claim, effort, seed));
  const mixed = shuffle(orders, random(seed));
  const inLockstep = mixed.filter(({ connections }) => connections === null);
  const interleaved = mixed.filter(({ connections }) => connections !== null);
  return [inLockstep, interleaved]
    .flatMap((orders) => bySettings(orders, ({ claim }) => claim.scenario.settings))
    .flatMap((orders) => [...inPieces(orders, TOGETHER)]);
}

/** At least so many random orders, of every claim in turn. */
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

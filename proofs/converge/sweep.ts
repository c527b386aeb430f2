/** The orders of a run: the regular ones of every claim, then as many random ones as were asked for. */

import { type Claim, claimsOf } from "./claim.ts";
import { inPieces } from "./lanes.ts";
import { type Effort, type Order, ordersOf, randomOrder } from "./order.ts";
import { random, seedFor, shuffle } from "./random.ts";
import { bySettings } from "./settings.ts";
import { SCENARIOS } from "./scenarios/index.ts";

/** How many orders share a call. */
const TOGETHER = 300;

/** Where connections do not wait for one another, fewer: an account gives up waiting for a long fold. */
const INTERLEAVED_TOGETHER = 60;

/** What `deno task test:converge` tries of every claim. */
export const FULL: Effort = {
  exhaustUpTo: 5,
  permuted: 40,
  doubled: 8,
  batched: 8,
  interleaved: 10,
};

/** What the tests in `deno task test` try of every claim. */
export const BRIEF: Effort = {
  exhaustUpTo: 3,
  permuted: 5,
  doubled: 2,
  batched: 2,
  interleaved: 4,
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
  return [...pieces(inLockstep, TOGETHER), ...pieces(interleaved, INTERLEAVED_TOGETHER)];
}

function pieces(orders: Order[], size: number): Order[][] {
  return bySettings(orders, ({ claim }) => claim.scenario.settings)
    .flatMap((alike) => [...inPieces(alike, size)]);
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

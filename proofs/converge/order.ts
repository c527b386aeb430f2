import type { Claim } from "./claim.ts";
import { type Random, random, seedFor, shuffle } from "./random.ts";

/** One order to try: the sequence of the deliveries, and the connection of each. */
export interface Order {
  claim: Claim;
  kind:
    | "canonical"
    | "reversed"
    | "permuted"
    | "doubled"
    | "batched"
    | "busy"
    | "alone"
    | "interleaved";
  /** Indices of the claim's deliveries. */
  sequence: number[];
  /** The call of each delivery: its own, or a shared one. */
  calls: number[];
  /** The connection of each delivery; null: one connection for all. */
  connections: number[] | null;
  /** The seed of its ids. */
  seed: number;
}

/** How many orders of each claim. */
export interface Effort {
  /** Up to this number of deliveries all permutations are tried. */
  exhaustUpTo: number;
  /** The number of permutations for more deliveries. */
  permuted: number;
  /** Every event twice, in random places. */
  doubled: number;
  /** Several events in one call, as after a wait. */
  batched: number;
  /** As batched, while another connection folds: the events are stored first. */
  busy: number;
  /** Every event alone in its call, as in a quiet hour: the short path. */
  alone: number;
  /** Spread over four connections that do not wait for one another. */
  interleaved: number;
}

export const CONNECTIONS = 4;

/** The orders of a claim; all follow from the seed. */
export function ordersOf(claim: Claim, effort: Effort, seed: number): Order[] {
  const base = seedFor(seed, claim.scenario.number, claim.chapter);
  const pick = random(base);
  const story = claim.deliveries.map((_, index) => index);
  const twice = [...story, ...story];
  const orders = [
    order("canonical", story),
    order("reversed", story.toReversed()),
    ...permutationsOf(story, effort, pick).map((sequence) => order("permuted", sequence)),
    ...times(effort.doubled, () => order("doubled", shuffle(twice, pick))),
    ...times(effort.batched, () => order("batched", shuffle(twice, pick))),
    ...times(effort.busy, () => order("busy", shuffle(twice, pick))),
    ...permutationsOf(story, aloneIn(effort), pick).map((sequence) => order("alone", sequence)),
    ...times(effort.interleaved, () => order("interleaved", shuffle(story, pick))),
  ];
  return orders.map((tried, index) => ({ ...tried, seed: seedFor(base, index) }));

  function order(kind: Order["kind"], sequence: number[]): Order {
    const inTurn = keepActsInTurn(claim, sequence);
    if (kind === "interleaved") return spread(singly(claim, kind, inTurn), pick);
    return kind === "batched" || kind === "busy"
      ? batch(singly(claim, kind, inTurn), pick)
      : singly(claim, kind, inTurn);
  }
}

/** One call for each delivery. */
export function singly(claim: Claim, kind: Order["kind"], sequence: number[], seed = 0): Order {
  return { claim, kind, sequence, calls: sequence.map((_, call) => call), connections: null, seed };
}

/** Such orders share no call, so they are fewer. */
function aloneIn({ exhaustUpTo, alone }: Effort) {
  return { exhaustUpTo: Math.min(exhaustUpTo, 3), permuted: alone };
}

/** Some deliveries share the call of the one before. */
export function batch(order: Order, pick: Random): Order {
  let call = 0;
  const calls = order.sequence.map((_, place) => place > 0 && pick(5) < 2 ? ++call : call);
  return { ...order, calls };
}

/** Each delivery gets a connection. Acts of people use the first one, to keep their order. */
function spread(order: Order, pick: Random): Order {
  const connections = order.sequence.map((index) =>
    isAct(order.claim, index) ? 0 : pick(CONNECTIONS)
  );
  const calls = connections.map((connection, place) =>
    connections.slice(0, place).filter((earlier) => earlier === connection).length
  );
  return { ...order, calls, connections };
}

/** One more random order, if a run needs more than the regular ones. */
export function randomOrder(claim: Claim, seed: number): Order {
  const pick = random(seed);
  const story = claim.deliveries.map((_, index) => index);
  // A few deliveries are repeated.
  const repeated = story.filter(() => pick(8) === 0);
  const sequence = keepActsInTurn(claim, shuffle([...story, ...repeated], pick));
  return batch(singly(claim, "batched", sequence, seed), pick);
}

/**
 * An act of a person is a command, not a delivery: it happens once, in its order. Deliveries may be
 * repeated and mixed with it freely.
 */
function keepActsInTurn(claim: Claim, sequence: number[]): number[] {
  const once = sequence.filter((index, place) =>
    !isAct(claim, index) || sequence.indexOf(index) === place
  );
  const acts = once.filter((index) => isAct(claim, index)).sort((one, other) => one - other);
  return once.map((index) => isAct(claim, index) ? acts.shift() ?? index : index);
}

function isAct(claim: Claim, index: number): boolean {
  return "act" in (claim.deliveries[index]?.what ?? {});
}

function permutationsOf(
  story: number[],
  effort: Pick<Effort, "exhaustUpTo" | "permuted">,
  pick: Random,
): number[][] {
  if (story.length <= effort.exhaustUpTo) return permutations(story);
  return times(effort.permuted, () => shuffle(story, pick));
}

function permutations(members: number[]): number[][] {
  if (members.length <= 1) return [members];
  return members.flatMap((first, place) =>
    permutations(members.toSpliced(place, 1)).map((rest) => [first, ...rest])
  );
}

function times<Made>(count: number, make: () => Made): Made[] {
  return Array.from({ length: count }, make);
}

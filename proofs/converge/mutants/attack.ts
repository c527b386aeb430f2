import { messageOf } from "../../../local/terminal.ts";
import type { Claim } from "../claim.ts";
import { wipe } from "../database.ts";
import { checkInvariants, checkLog } from "../invariants.ts";
import { LIVES_TOGETHER, tryLives } from "../lives/try_lives.ts";
import { type Divergence, type Lane, type Outcome, tryOrders } from "../lockstep.ts";
import type { Effort } from "../order.ts";
import { tryByParts, tryUnfoldable } from "../parts.ts";
import { seedFor } from "../random.ts";
import { allClaims, FULL, sweepOf } from "../sweep.ts";

/** The orders, made once for all mutants. */
const CLAIMS = allClaims();

/** For the scenarios that a mutant does not name. */
const EFFORT: Effort = {
  exhaustUpTo: 4,
  permuted: 5,
  doubled: 2,
  batched: 3,
  busy: 3,
  alone: 3,
  interleaved: 6,
};

/** How many batches of random lives follow, some of them with other settings. */
const BATCHES_OF_LIVES = 5;

/** After this many pieces of work the database is checked and emptied, so that it stays small. */
const PIECES_UNTIL_LOOK = 6;

/** How a mutant was killed. */
export interface Kill {
  by: string;
  order: string;
}

/** One piece of the attack. */
type Attempt = () => Promise<Outcome>;

/**
 * Tries the scenarios, also part by part, and then random lives, until one fails. Null: the mutant survives.
 *
 * @param scenario the number of the scenario that is tried first
 */
export async function attack(lane: Lane, seed: number, scenario?: number): Promise<Kill | null> {
  for (const attempt of attempts(lane, seed, scenario)) {
    const divergences = await divergencesOf(attempt);
    const first = divergences.find(({ order }) => order !== null) ?? divergences[0];
    if (first !== undefined) return kill(divergences, first);
  }
  return null;
}

function* attempts(lane: Lane, seed: number, scenario?: number): Iterable<Attempt> {
  const first = CLAIMS.filter((claim) => claim.scenario.number === scenario);
  yield* scenarios(lane, first, FULL, seed);
  yield* parts(lane, seed);
  yield* scenarios(lane, CLAIMS.filter((claim) => !first.includes(claim)), EFFORT, seed);
  for (let batch = 0; batch < BATCHES_OF_LIVES; batch++) {
    yield () => tryLives(lane, seedFor(seed, batch) >>> 1, LIVES_TOGETHER);
  }
  yield () => look(lane);
}

/** What is folded part by part; see `parts.ts`. */
export function* parts(lane: Lane, seed: number): Iterable<Attempt> {
  yield () => tryUnfoldable(lane, seed);
  yield () => tryByParts(lane, seed);
  yield () => look(lane);
}

function* scenarios(
  lane: Lane,
  claims: Claim[],
  effort: Effort,
  seed: number,
): Iterable<Attempt> {
  for (const [index, orders] of sweepOf(claims, effort, seed).entries()) {
    yield () => tryOrders(lane, orders);
    if (index % PIECES_UNTIL_LOOK === PIECES_UNTIL_LOOK - 1) yield () => look(lane);
  }
  yield () => look(lane);
}

/** Checks the whole database, then empties it. */
async function look([sql]: Lane): Promise<Outcome> {
  const broken = sql === undefined ? [] : [...await checkInvariants(sql), ...await checkLog(sql)];
  if (sql !== undefined) await wipe(sql);
  return { orders: 0, events: 0, divergences: broken.map((found) => ({ order: null, found })) };
}

/** An error, such as a deadlock, is a divergence like any other. */
async function divergencesOf(attempt: Attempt): Promise<Divergence[]> {
  try {
    return (await attempt()).divergences;
  } catch (error) {
    const found = messageOf(error);
    return [{ order: null, found }];
  }
}

function kill(divergences: Divergence[], { order, found }: Divergence): Kill {
  const numbers = divergences.flatMap(({ order }) => order?.claim.scenario.number ?? []);
  const killers = [...new Set(numbers)].sort((one, other) => one - other);
  // Random lives have no number.
  const by = killers[0] === undefined
    ? found.slice(0, 60)
    : killers[0] === 0
    ? "random lives"
    : `scenario ${killers.join(" ")}`;
  return { by, order: order?.kind ?? "any" };
}

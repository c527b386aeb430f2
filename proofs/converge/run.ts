/** The parts of a run: scenarios, random lives, rebuild, load. Each returns its result. */

import { connect, type Server, wipe } from "./database.ts";
import { checkInvariants } from "./invariants.ts";
import { closeLanes, openLanes, share, Tally } from "./lanes.ts";
import { LIVES_TOGETHER, tryLives } from "./lives/try_lives.ts";
import { type Divergence, type Lane, type Outcome, tryOrders } from "./lockstep.ts";
import type { Order } from "./order.ts";
import { DEFAULTS } from "./model/settings.ts";
import { seedFor } from "./random.ts";
import { digest, foldAgain, replayInbox } from "./rebuild.ts";

/**
 * After this many pieces of work a lane checks the whole database and empties it. Checking a database
 * twice as large takes more than twice as long.
 */
const PIECES_UNTIL_LOOK = 8;

/** A run in progress. */
export interface Run {
  lanes: Lane[];
  tally: Tally;
  close(): Promise<void>;
}

export function startRun(server: Server): Run {
  const lanes = openLanes(server);
  return { lanes, tally: new Tally(), close: () => closeLanes(lanes) };
}

/** Tries these orders, on all lanes. */
export async function runOrders({ lanes, tally }: Run, pieces: Iterable<Order[]>): Promise<void> {
  const done = new Map<Lane, number>();
  await share(lanes, pieces, async (lane, orders) => {
    const outcome = await tryOrders(lane, orders);
    const count = (done.get(lane) ?? 0) + 1;
    done.set(lane, count);
    return count % PIECES_UNTIL_LOOK === 0 ? look(lane, outcome) : outcome;
  }, tally);
  await Promise.all(lanes.map(async (lane) => tally.add(await look(lane))));
}

/** Tries this many random lives. The database must agree with the model. */
export async function runLives({ lanes, tally }: Run, count: number, seed: number): Promise<void> {
  const pieces = Array.from({ length: Math.ceil(count / LIVES_TOGETHER) }, (_, piece) => piece);
  await share(
    lanes,
    pieces,
    (lane, piece) => {
      const together = Math.min(LIVES_TOGETHER, count - piece * LIVES_TOGETHER);
      return tryLives(lane, seedFor(seed, 2, piece) >>> 1, together);
    },
    tally,
  );
  await Promise.all(lanes.map(async (lane) => tally.add(await look(lane))));
}

/** Checks the whole database of a lane, then empties it. */
async function look(lane: Lane, outcome?: Outcome): Promise<Outcome> {
  const { orders = 0, events = 0, divergences = [] } = outcome ?? {};
  const [sql] = lane;
  if (sql === undefined) return { orders, events, divergences };
  const broken = (await checkInvariants(sql)).map((found) => ({ order: null, found }));
  // After a divergence the rows stay, for debugging.
  if (broken.length + divergences.length === 0) await wipe(sql);
  return { orders, events, divergences: [...divergences, ...broken] };
}

/** Fills a database, derives it again in both ways, and compares all columns except times. */
export async function runRebuild(
  url: string,
  orders: Order[],
  seed: number,
): Promise<Divergence[]> {
  const sql = connect(url);
  try {
    await tryOrders([sql], orders.filter(({ connections }) => connections === null));
    await tryLives([sql], seed, LIVES_TOGETHER, DEFAULTS);
    const before = await digest(sql);
    await foldAgain(sql);
    const folded = differences("folded again", before, await digest(sql));
    await replayInbox(sql);
    return [...folded, ...differences("replayed", before, await digest(sql))];
  } finally {
    await sql.end();
  }
}

function differences(
  what: string,
  before: Record<string, string>,
  after: Record<string, string>,
): Divergence[] {
  return Object.keys(before).filter((table) => before[table] !== after[table])
    .map((table) => ({ order: null, found: `${what}, ${table} is not what it was` }));
}

/** Load: many connections at once deliver the shuffled events of many lives. */

import fc from "fast-check";
import postgres from "postgres";
import { readAccess } from "./access.ts";
import { connect } from "./database.ts";
import { deliver } from "./deliver.ts";
import { draw, type Drawn } from "./drawn.ts";
import { lives, orderOfLives } from "./lives/lives.ts";
import { type Divergence, usersOf } from "./lockstep.ts";
import { indexAccess } from "./judge.ts";
import { judgeByModel } from "./model/judge.ts";
import { random, shuffle } from "./random.ts";

/** How much at once. */
export interface Load {
  connections: number;
  lifecycles: number;
  events: number;
}

export const LOAD: Load = { connections: 64, lifecycles: 2_000, events: 20_000 };

/** What came of it. */
export interface LoadResult {
  seconds: number;
  /** How often a delivery was told to come back, because the fold was busy; then it does. */
  retries: number;
  divergences: Divergence[];
}

/** What waits while a call is under way goes together in the next, as in the webhook. */
const TOGETHER = 8;

/** Every connection takes the next events as soon as it is done with some, as deliveries come. */
export async function runLoad(url: string, load: Load, seed: number): Promise<LoadResult> {
  const drawn = draws(load, seed);
  const queue = shuffle(drawn.flatMap(({ steps }) => steps), random(seed));
  const sql = connect(url, load.connections);
  try {
    const start = performance.now();
    const { failures, retries } = await work(sql, queue, load.connections);
    const seconds = (performance.now() - start) / 1000;

    const failed = failures.map((found) => ({ order: null, found }));
    return { seconds, retries, divergences: [...failed, ...await compare(sql, drawn)] };
  } finally {
    await sql.end();
  }
}

/**
 * As pools do, one connection is opened after the other: a new one has to plan its first calls, and
 * does so while it holds the fold's lock.
 */
async function work(
  sql: postgres.Sql,
  queue: Drawn["steps"],
  connections: number,
): Promise<{ failures: string[]; retries: number }> {
  const failures: string[] = [];
  let retries = 0;
  const workers: Promise<void>[] = [];
  const takeSome = async () => {
    const next = queue.splice(-TOGETHER);
    try {
      failures.push(...await deliver(sql, next.map(({ step }) => step)));
    } catch (error) {
      if (!isBusy(error)) failures.push(String(error));
      else {
        retries++;
        queue.push(...next);
      }
    }
  };
  for (let worker = 0; worker < connections; worker++) {
    await takeSome();
    workers.push((async () => {
      while (queue.length > 0) await takeSome();
    })());
  }
  await Promise.all(workers);
  return { failures, retries };
}

/** 55P03: the lock was not to be had in time. Stripe would deliver again. */
function isBusy(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === "55P03";
}

async function compare(sql: postgres.Sql, drawn: Drawn[]): Promise<Divergence[]> {
  const found = indexAccess(await readAccess(sql, drawn.flatMap(usersOf)));
  return drawn.flatMap((one) =>
    judgeByModel(one, found).map((found) => ({ order: one.order, found }))
  );
}

/** What people do has an order, and happens once; deliveries under load have none, and come again. */
const UNTOUCHED = { act: null, verified: [], price: { isMapped: false, recurs: null } };

/** So many lifecycles, and of each as many events as make up the number asked for. */
function draws({ lifecycles, events }: Load, seed: number): Drawn[] {
  const told = fc.sample(lives, { seed, numRuns: lifecycles });
  const chosen: Drawn[] = [];
  let count = 0;
  for (const one of told) {
    if (count >= lifecycles) break;
    count += one.bought.length;
    chosen.push(draw(orderOfLives({ ...one, ...UNTOUCHED })));
  }
  const total = chosen.reduce((sum, { steps }) => sum + steps.length, 0);
  return chosen.map((drawn) => ({ ...drawn, steps: stretch(drawn.steps, events / total) }));
}

/** The first of these, or some of them once more. */
function stretch<Member>(members: Member[], factor: number): Member[] {
  const length = Math.round(members.length * factor);
  return Array.from({ length }, (_, index) => members[index % members.length] as Member);
}

/** Load: many connections at once deliver the shuffled events of many lives. */

import fc from "fast-check";
import postgres from "postgres";
import { readAccess } from "./access.ts";
import { connect } from "./database.ts";
import { deliver, processEvents, type Send } from "./deliver.ts";
import { prepare, type ReadyOrder } from "./ready_order.ts";
import { lives, orderOfLives } from "./lives/lives.ts";
import { type Divergence, usersOf } from "./lockstep.ts";
import { indexAccess } from "./judge.ts";
import { judgeByModel } from "./model/judge.ts";
import { random, shuffle } from "./random.ts";

/** The size of the load. */
export interface Load {
  connections: number;
  lifecycles: number;
  events: number;
}

export const LOAD: Load = { connections: 64, lifecycles: 2_000, events: 20_000 };

/** The result. */
export interface LoadResult {
  seconds: number;
  /** How many deliveries were refused because the fold was busy; each is sent again. */
  retries: number;
  divergences: Divergence[];
}

/** Events that arrive during a call go together in the next one, as in the webhook. */
export const TOGETHER = 8;

/** Every connection takes the next events as soon as its call has ended. */
export async function runLoad(
  url: string,
  load: Load,
  seed: number,
  send: Send = processEvents,
): Promise<LoadResult> {
  const ready = ordersOfLoad(load, seed);
  const queue = shuffle(ready.flatMap(({ steps }) => steps), random(seed));
  const sql = connect(url, load.connections);
  try {
    const start = performance.now();
    const { failures, retries } = await work(sql, queue, load.connections, send);
    const seconds = (performance.now() - start) / 1000;

    const failed = failures.map((found) => ({ order: null, found }));
    return { seconds, retries, divergences: [...failed, ...await compare(sql, ready)] };
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
  queue: ReadyOrder["steps"],
  connections: number,
  send: Send,
): Promise<{ failures: string[]; retries: number }> {
  const failures: string[] = [];
  let retries = 0;
  const workers: Promise<void>[] = [];
  const takeSome = async () => {
    const next = queue.splice(-TOGETHER);
    try {
      failures.push(...await deliver(sql, next.map(({ step }) => step), send));
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

/** 55P03: the lock was not free in time. Stripe would deliver again. */
function isBusy(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === "55P03";
}

/** Compares the access in a database with the model's. */
export async function compare(sql: postgres.Sql, ready: ReadyOrder[]): Promise<Divergence[]> {
  const found = indexAccess(await readAccess(sql, ready.flatMap(usersOf)));
  return ready.flatMap((one) =>
    judgeByModel(one, found).map((found) => ({ order: one.order, found }))
  );
}

/** Acts of people have an order and happen once. Deliveries under load have none, and may repeat. */
const UNTOUCHED = { act: null, verified: [], price: { isMapped: false, recurs: null } };

/** This many lives, with enough events of each to reach the requested number. */
export function ordersOfLoad({ lifecycles, events }: Load, seed: number): ReadyOrder[] {
  const sample = fc.sample(lives, { seed, numRuns: lifecycles });
  const chosen: ReadyOrder[] = [];
  let count = 0;
  for (const one of sample) {
    if (count >= lifecycles) break;
    count += one.bought.length;
    chosen.push(prepare(orderOfLives({ ...one, ...UNTOUCHED })));
  }
  const total = chosen.reduce((sum, { steps }) => sum + steps.length, 0);
  return chosen.map((ready) => ({ ...ready, steps: stretch(ready.steps, events / total) }));
}

/** The first members, or some members repeated. */
function stretch<Member>(members: Member[], factor: number): Member[] {
  const length = Math.round(members.length * factor);
  return Array.from({ length }, (_, index) => members[index % members.length] as Member);
}

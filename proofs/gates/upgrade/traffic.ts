/** Webhooks and readers at work, while something else happens to the database. */

import postgres from "postgres";
import { delay } from "../../../supabase/functions/_shared/delay.ts";
import { Refusal, Unavailable } from "../../../supabase/functions/_shared/problem.ts";
import { connect } from "../../converge/database.ts";
import { deliver, processEvents, type Send } from "../../converge/deliver.ts";
import { compare, type Load, ordersOfLoad, TOGETHER } from "../../converge/load.ts";
import { random, shuffle } from "../../converge/random.ts";

export interface Traffic {
  /** How many calls were answered with success, and when each began and ended. */
  calls: { begun: number; ended: number }[];
  /** Errors of calls, by SQLSTATE, or by the reason of a refusal. Each call was sent again, as Stripe does after 503. */
  sentAgain: Record<string, number>;
  /** Errors of the readers, by SQLSTATE. */
  readers: Record<string, number>;
  /** Differences from the model at the end. */
  divergences: string[];
}

/**
 * Delivers the load with all its connections, which take turns with `sends`. `meanwhile` begins after a third of it.
 * The last sixth is kept until it is over, however slow the machine is.
 */
export async function runTraffic(
  dbUrl: string,
  load: Load,
  seed: number,
  meanwhile: () => Promise<void>,
  sends: readonly Send[] = [processEvents],
): Promise<Traffic> {
  const ready = ordersOfLoad(load, seed);
  const queue = shuffle(ready.flatMap(({ steps }) => steps), random(seed));
  const third = queue.length * 2 / 3;
  const lastSixth = queue.length / 6;
  const traffic: Traffic = { calls: [], sentAgain: {}, readers: {}, divergences: [] };
  const sql = connect(dbUrl, load.connections);
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  let isOver = false;
  const worker = async (send: Send | undefined) => {
    while (queue.length > 0) {
      if (queue.length < lastSixth) await done.promise;
      const steps = queue.splice(-TOGETHER);
      if (queue.length < third) begun.resolve();
      const code = await call(traffic, () => deliver(sql, steps.map(({ step }) => step), send));
      if (code === null) continue;
      traffic.sentAgain[code] = (traffic.sentAgain[code] ?? 0) + 1;
      queue.unshift(...steps);
      await delay(100);
    }
    begun.resolve();
  };
  try {
    const readers = [1, 2].map(() => read(dbUrl, traffic, () => isOver));
    const workers = Array.from(
      { length: load.connections },
      (_, index) => worker(sends[index % sends.length]),
    );
    await begun.promise;
    await meanwhile();
    done.resolve();
    await Promise.all(workers);
    isOver = true;
    await Promise.all(readers);
    traffic.divergences = (await compare(sql, ready)).map(({ found }) => found);
    return traffic;
  } finally {
    isOver = true;
    done.resolve();
    await sql.end();
  }
}

/** One call; null, or why Stripe has to send it again. An event that failed is answered 500. */
async function call(traffic: Traffic, deliver: () => Promise<string[]>): Promise<string | null> {
  const begun = performance.now();
  try {
    const [failed] = await deliver();
    if (failed !== undefined) return failed.replace(/^\S+ failed: /, "failed ");
    traffic.calls.push({ begun, ended: performance.now() });
    return null;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error.code;
    if (error instanceof Unavailable) return error.more.reason ?? "unavailable";
    if (error instanceof Refusal) return `${error.code} ${error.more.reason}`;
    throw error;
  }
}

/** Reads as a member until the end. */
async function read(dbUrl: string, traffic: Traffic, isOver: () => boolean): Promise<void> {
  const sql = connect(dbUrl);
  try {
    while (!isOver()) {
      await delay(20);
      try {
        await sql.begin(async (transaction) => {
          await transaction`set local role authenticated`;
          await transaction`select count(*) from public.my_modules`;
          await transaction`select public.has_module_access('alpha')`;
        });
      } catch (error) {
        if (!(error instanceof postgres.PostgresError)) throw error;
        traffic.readers[error.code] = (traffic.readers[error.code] ?? 0) + 1;
      }
    }
  } finally {
    await sql.end();
  }
}

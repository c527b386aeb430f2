/** Walks through a whole database in parts: the Data API ends a call after eight seconds. */

import { delay } from "../../supabase/functions/_shared/delay.ts";
import { Unavailable } from "../../supabase/functions/_shared/problem.ts";
import type { Project } from "./project.ts";

/** The fields of every part. */
export interface Part {
  /** How many rows it held. */
  walked: number | null;
  /** At the start: how many rows there are. */
  total: number | null;
  /** Where the next part starts; null: there is none. */
  next: string | null;
}

/** Milliseconds that one call should take; while it writes, webhooks wait for it. */
const PACE = 500;

/** Rows of one call: of the first, and of any. */
const FIRST = 250;
const MOST = 2_000;

/** How often in a row a call is repeated that was cut off or found the database busy. */
const ATTEMPTS = 6;

/** Part after part, each as large as the pace allows. After an interruption it starts again. */
export async function* walk<Kind extends Part>(
  { call, watch }: Pick<Project, "call" | "watch">,
  rpc: string,
  title: string,
  more: Record<string, unknown> = {},
  pause = 1_000,
): AsyncGenerator<Kind> {
  let [start, most, failures]: [string | null, number, number] = ["", FIRST, 0];
  let [done, total] = [0, 0];
  try {
    while (start !== null) {
      const begun = performance.now();
      let part: Kind;
      try {
        part = await call(rpc, JSON.stringify({ ...more, start, most })) as Kind;
      } catch (error) {
        if (!(error instanceof Unavailable) || ++failures === ATTEMPTS) throw error;
        most = Math.ceil(most / 2);
        await delay(pause);
        continue;
      }
      failures = 0;
      most = paced(most, performance.now() - begun);
      total = part.total ?? total;
      done += part.walked ?? 0;
      watch({ title, done, total });
      yield part;
      start = part.next;
    }
  } finally {
    watch(null);
  }
}

/** How many rows fit the pace, given how long the last ones took: at most twice as many. */
export function paced(most: number, milliseconds: number): number {
  const factor = Math.min(2, PACE / Math.max(1, milliseconds));
  return Math.min(MOST, Math.max(1, Math.round(most * factor)));
}

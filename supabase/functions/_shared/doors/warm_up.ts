import type { Sql } from "postgres";
import { delay } from "../delay.ts";
import { EXPOSED_SCHEMA } from "../exposed_schema.ts";

const WARM_UP = `select ${EXPOSED_SCHEMA}.sesame_warm_up($1) as next`;

/**
 * Starts after this many milliseconds. Never throws. Called again, it continues where a call of the door
 * interrupted it.
 */
export type WarmUp = (pause: number) => Promise<void>;

/** Plans a part. Answers the number of the next part, or null. */
export type PlanPart = (part: number) => Promise<number | null>;

/**
 * Has Postgres plan the statements of later events, part by part, while `isIdle` says so. On a fresh
 * connection these plans take longer than the event that needs them.
 */
export function warmingUp(planPart: PlanPart, isIdle: () => boolean): WarmUp {
  let part: number | null = 1;
  let isRunning = false;

  return async (pause) => {
    if (isRunning || part === null) return;
    isRunning = true;
    await delay(pause);
    try {
      while (part !== null && isIdle()) {
        part = await planPart(part);
        await delay(0); // an event that has just arrived goes first
      }
    } catch {
      part = null; // events do without it, and the next call of the door finds the cause
    }
    isRunning = false;
  };
}

export function planningOn(sql: Pick<Sql, "unsafe">): PlanPart {
  return async (part) => {
    const rows = await sql.unsafe(WARM_UP, [part], { prepare: true });
    return rows[0]?.next ?? null;
  };
}

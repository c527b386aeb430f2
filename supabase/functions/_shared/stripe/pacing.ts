import { delay } from "../delay.ts";

/** Runs work when a place is free. Settles as the work does. */
export type Pace = <Value>(work: () => Promise<Value>) => Promise<Value>;

export interface Limits {
  /** How many run at once. */
  atOnce: number;
  /** How often the same work is tried when a pause is asked for. */
  attempts: number;
  /** The longest pause that is granted, in milliseconds. */
  longestPause: number;
}

/**
 * Limits how many run at once. When one is asked to slow down, all wait. `pauseAsked` reads the
 * milliseconds from an error; null: the error is no request to slow down.
 */
export function pacing(limits: Limits, pauseAsked: (error: unknown) => number | null): Pace {
  const waiting: (() => void)[] = [];
  let running = 0;
  let resumeAt = 0;

  async function takePlace(): Promise<void> {
    if (running < limits.atOnce) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** The work that waited longest takes the place directly, so that no new work takes it first. */
  function leavePlace(): void {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }

  async function attempt<Value>(work: () => Promise<Value>, left: number): Promise<Value> {
    const rest = resumeAt - performance.now();
    if (rest > 0) await delay(rest);
    try {
      return await work();
    } catch (error) {
      const pause = pauseAsked(error);
      if (pause === null) throw error;
      const until = performance.now() + Math.min(pause, limits.longestPause);
      resumeAt = Math.max(resumeAt, until);
      if (left <= 1) throw error;
    }
    return attempt(work, left - 1);
  }

  return async (work) => {
    await takePlace();
    try {
      return await attempt(work, limits.attempts);
    } finally {
      leavePlace();
    }
  };
}

import { passed } from "../passed.ts";

/** Runs work when there is room for it. Settles as the work does. */
export type Pace = <Value>(work: () => Promise<Value>) => Promise<Value>;

export interface Limits {
  /** How much runs at once. */
  atOnce: number;
  /** How often the same work is tried where somebody asks for a pause. */
  attempts: number;
  /** The longest pause anybody may ask for, in milliseconds. */
  longestPause: number;
}

/**
 * Not too much at once; and when one is told to slow down, all wait. `pauseAsked` reads out of an
 * error for how many milliseconds; null: that was no request to slow down.
 */
export function pacing(limits: Limits, pauseAsked: (error: unknown) => number | null): Pace {
  const waiting: (() => void)[] = [];
  let running = 0;
  let resumeAt = 0;

  async function turn(): Promise<void> {
    if (running < limits.atOnce) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** Whoever waits longest takes the place over, so that nobody slips in between. */
  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }

  async function attempt<Value>(work: () => Promise<Value>, left: number): Promise<Value> {
    const rest = resumeAt - performance.now();
    if (rest > 0) await passed(rest);
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
    await turn();
    try {
      return await attempt(work, limits.attempts);
    } finally {
      leave();
    }
  };
}

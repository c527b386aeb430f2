/**
 * Counts the results of a step of `deno task test`, from its exit code and its last summary line.
 *
 * @module
 */

import type { Tally } from "../../cli/test/tally.ts";

/** Both `ok | 3 passed | 0 failed (12ms)` of `deno test` and our own `3 passed, 0 failed`. */
const SUMMARY = /(\d+) passed.*?(\d+) failed/g;

/** A step without a summary counts as one; a step that tried nothing has failed. */
export function tallyOf(output: string, succeeded: boolean): Tally {
  const summary = [...output.matchAll(SUMMARY)].at(-1);
  const passed = summary === undefined ? Number(succeeded) : Number(summary[1]);
  const failed = summary === undefined ? 0 : Number(summary[2]);
  return succeeded && passed > 0 ? { passed, failed } : { passed, failed: Math.max(failed, 1) };
}

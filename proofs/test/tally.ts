/**
 * Counts what a step of `deno task test` came to, from its exit code and its last summary line.
 *
 * @module
 */

/** How many things were tried, and how they went. */
export interface Tally {
  passed: number;
  failed: number;
}

/** Both `ok | 3 passed | 0 failed (12ms)` of `deno test` and our own `3 passed, 0 failed`. */
const SUMMARY = /(\d+) passed.*?(\d+) failed/g;

/** A step without a summary counts as one; a step that tried nothing has failed. */
export function tallyOf(output: string, succeeded: boolean): Tally {
  const summary = [...output.matchAll(SUMMARY)].at(-1);
  const passed = summary === undefined ? Number(succeeded) : Number(summary[1]);
  const failed = summary === undefined ? 0 : Number(summary[2]);
  return succeeded && passed > 0 ? { passed, failed } : { passed, failed: Math.max(failed, 1) };
}

/** Adds tallies up. */
export function sum(tallies: Tally[]): Tally {
  return tallies.reduce(
    (total, { passed, failed }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
    }),
    { passed: 0, failed: 0 },
  );
}

/** The line that ends every test run. */
export function tallyLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}

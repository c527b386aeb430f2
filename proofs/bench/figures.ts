/** What the turns of a contender come to, and how it stands against another one. */

import { amount, percentile, spread } from "./table.ts";
import type { Turn } from "./turns.ts";

/** Events a second of each turn; times and CPU over all turns. */
export interface Figures {
  rates: number[];
  p50: number;
  p99: number;
  /** Microseconds an event. */
  functionCpu: number;
  postgresCpu: number;
  /** Microseconds an event of each turn, function and Postgres together. */
  cpus: number[];
  failures: Record<string, number>;
}

export function summarize(turns: Turn[]): Figures {
  const latencies = turns.flatMap((turn) => turn.latencies);
  const each = (cost: (turn: Turn) => number) =>
    turns.reduce((sum, turn) => sum + cost(turn), 0) / latencies.length;
  return {
    rates: turns.map(({ latencies, elapsed }) => 1_000 * latencies.length / elapsed),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    functionCpu: each((turn) => turn.functionCpu),
    postgresCpu: each((turn) => turn.postgresCpu),
    cpus: turns.map((turn) => (turn.functionCpu + turn.postgresCpu) / turn.latencies.length),
    failures: failuresOf(turns),
  };
}

export function failuresOf(turns: { failures: Record<string, number> }[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [name, count] of turns.flatMap(({ failures }) => Object.entries(failures))) {
    all[name] = count + (all[name] ?? 0);
  }
  return all;
}

/** "55P03 3, HTTP 503 1"; empty if nothing failed. */
export function writeFailures(failures: Record<string, number>): string {
  return Object.entries(failures).map(([name, count]) => `${name} ${count}`).join(", ");
}

/** The columns of `comparedCells()`. */
export function comparedHead(yardstick: string): string[] {
  return [
    ...["events/s", `events/s / ${yardstick}`, "p50 ms", "p99 ms"],
    ...["function CPU µs", "Postgres CPU µs", `CPU / ${yardstick}`, "failed"],
  ];
}

/** Ratios are those of the turns of one round; the middle one and the range are shown. */
export function comparedCells(each: Figures, yardstick: Figures | undefined): string[] {
  const against = (ours: number[], theirs: number[] = []) =>
    each === yardstick
      ? "1"
      : spread(ours.map((value, turn) => value / (theirs[turn] ?? NaN)), "×");
  return [
    spread(each.rates),
    against(each.rates, yardstick?.rates),
    amount(each.p50),
    amount(each.p99),
    each.functionCpu === 0 ? "" : amount(each.functionCpu),
    amount(each.postgresCpu),
    against(each.cpus, yardstick?.cpus),
    writeFailures(each.failures),
  ];
}

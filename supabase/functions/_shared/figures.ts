import type { Background } from "./background.ts";
import type { CallRpc } from "./data_api.ts";
import { type LogLine, writeLine } from "./log.ts";
import { reasonOf } from "./problem.ts";

/** Milliseconds of counting before the figures are written. */
const PAUSE = 5_000;

/**
 * Adds one to a row of `sesame.latencies` or `sesame.deliveries`. It makes no call and never waits.
 * Rows hold only our own words and numbers, so that their number stays small.
 */
export type Count = (figure: "latencies" | "deliveries", row: Row) => void;

type Row = Readonly<Record<string, string | number>>;

/** The dependencies of counting. */
export interface FiguresDeps {
  call: CallRpc;
  background: Background;
  write?: (line: LogLine) => void;
}

/**
 * Counts in memory and writes after the answers, at most one call in each pause. A killed worker loses
 * at most five seconds of counts.
 */
export function counting(deps: FiguresDeps, pause = PAUSE): Count {
  const counts = new Map<string, number>();
  let isWriting = false;

  function add(key: string, calls: number): void {
    counts.set(key, (counts.get(key) ?? 0) + calls);
  }
  async function writeDown(): Promise<void> {
    await passedOrEnding(pause);
    isWriting = false;
    const taken = [...counts];
    counts.clear();
    const isWritten = await record(taken, deps);
    // Kept for the next call: during an outage they matter most.
    if (!isWritten) taken.forEach(([key, calls]) => add(key, calls));
  }
  return (figure, row) => {
    add(JSON.stringify([figure, row]), 1);
    if (!isWriting) deps.background(writeDown());
    isWriting = true;
  };
}

/** Resolves after this many milliseconds, or as soon as the platform is about to end the worker. */
function passedOrEnding(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    function end(): void {
      clearTimeout(timer);
      removeEventListener("beforeunload", end);
      resolve();
    }
    const timer = setTimeout(end, milliseconds);
    addEventListener("beforeunload", end);
  });
}

/** Whether they are written. Never throws: figures must not break an answer. */
async function record(
  counted: [key: string, calls: number][],
  { call, write = writeLine }: FiguresDeps,
): Promise<boolean> {
  const figures: Record<string, unknown[]> = { latencies: [], deliveries: [] };
  for (const [key, calls] of counted) {
    const [figure, row] = JSON.parse(key);
    figures[figure]?.push({ ...row, calls });
  }
  try {
    await call("sesame_record_figures", JSON.stringify({ figures }));
    return true;
  } catch (error) {
    write({ outcome: "figures_not_written", code: reasonOf(error) });
    return false;
  }
}

import type { Background } from "./background.ts";
import type { CallRpc } from "./data_api.ts";
import { type LogLine, writeLine } from "./log.ts";
import { passed } from "./passed.ts";
import { type Handler, reasonOf } from "./problem.ts";

/** Where the buckets of `sesame.latencies` end, in milliseconds; the last is the platform's limit. */
const BUCKETS = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 150_000] as const;

/** For how long calls are counted before they are written down, in milliseconds. */
const PAUSE = 5_000;

/** Has a handler's good answers counted, by how long they took, under this name. */
export type Timed = (route: string, handler: Handler) => Handler;

/** All that counting knows of the outside. */
export interface LatencyWorld {
  call: CallRpc;
  background: Background;
  write?: (line: LogLine) => void;
}

/**
 * Counts in memory and writes down what came together, after the answers. What a worker has counted
 * when it is killed is lost: five seconds of it at the most.
 */
export function timing(world: LatencyWorld, pause = PAUSE): Timed {
  const counts = new Map<string, number>();
  let isWriting = false;

  async function writeDown(): Promise<void> {
    await passed(pause);
    isWriting = false;
    const rows = Array.from(counts, ([key, calls]) => ({ ...JSON.parse(key), calls }));
    counts.clear();
    await record(rows, world);
  }
  function count(route: string, took: number): void {
    const upper_ms = BUCKETS.find((upper) => took <= upper) ?? 150_000;
    const key = JSON.stringify({ route, upper_ms });
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (!isWriting) world.background(writeDown());
    isWriting = true;
  }
  return (route, handler) => async (request, line) => {
    const arrived = performance.now();
    const response = await handler(request, line);
    if (response.ok) count(route, performance.now() - arrived);
    return response;
  };
}

/** Never throws: figures are not worth an answer. */
async function record(
  rows: unknown[],
  { call, write = writeLine }: LatencyWorld,
): Promise<void> {
  try {
    await call("sesame_record_latencies", JSON.stringify({ counts: rows }));
  } catch (error) {
    write({ outcome: "latencies_lost", code: reasonOf(error) });
  }
}

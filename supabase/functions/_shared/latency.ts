import type { Count } from "./figures.ts";
import type { Handler } from "./problem.ts";

/** Where the buckets of `sesame.latencies` end, in milliseconds; the last is the platform's limit. */
const BUCKETS = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 150_000] as const;

/** Counts a handler's successful answers under this name, by their duration. */
export type Timed = (route: string, handler: Handler) => Handler;

export function timing(count: Count): Timed {
  return (route, handler) => async (request, line) => {
    const arrived = performance.now();
    const response = await handler(request, line);
    if (response.ok) count("latencies", { route, upper_ms: bucketOf(performance.now() - arrived) });
    return response;
  };
}

function bucketOf(took: number): number {
  return BUCKETS.find((upper) => took <= upper) ?? 150_000;
}

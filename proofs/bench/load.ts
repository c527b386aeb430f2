/** The load: a fixed number of requests in flight, each followed by the next. */

/** The result of a stretch of load. */
export interface Stretch {
  /** Milliseconds from the first request sent to the last one answered. */
  elapsed: number;
  /** Milliseconds of each request that succeeded, in the order of their answers. */
  latencies: number[];
  /** How many failed, by the name of the failure. None is tried again. */
  failures: Record<string, number>;
}

/** Sends itself on the numbered lane, 0 to `inFlight` - 1. Answers null, or the name of its failure. */
export type Request = (lane: number) => Promise<string | null>;

/**
 * Keeps `inFlight` requests under way until they are used up or `seconds` have passed.
 *
 * Requests in flight at the end are awaited and counted.
 */
export async function keepInFlight(
  requests: Iterable<Request>,
  inFlight: number,
  seconds: number,
): Promise<Stretch> {
  const stretch: Stretch = { elapsed: 0, latencies: [], failures: {} };
  const start = performance.now();
  const end = start + 1_000 * seconds;
  const waiting = requests[Symbol.iterator]();

  async function work(lane: number): Promise<void> {
    while (performance.now() < end) {
      const { value: request, done } = waiting.next();
      if (done) return;
      const sent = performance.now();
      const failure = await request(lane);
      if (failure === null) stretch.latencies.push(performance.now() - sent);
      else stretch.failures[failure] = 1 + (stretch.failures[failure] ?? 0);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, lane) => work(lane)));
  return { ...stretch, elapsed: performance.now() - start };
}

/** The load: a fixed number of requests in flight, each followed by the next. */

/** What a stretch of load came to. */
export interface Stretch {
  /** Milliseconds from the first request sent to the last one answered. */
  elapsed: number;
  /** Milliseconds of each request, in the order of their answers. */
  latencies: number[];
}

/** Sends one request by the numbered lane, 0 to `inFlight` - 1; resolves when it is answered. */
export type Send<Request> = (request: Request, lane: number) => Promise<void>;

/**
 * Keeps `inFlight` requests under way until they are used up or `seconds` have passed.
 *
 * What is under way then is waited for and counted.
 */
export async function keepInFlight<Request>(
  requests: Request[],
  inFlight: number,
  seconds: number,
  send: Send<Request>,
): Promise<Stretch> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + 1_000 * seconds;
  let next = 0;

  async function work(lane: number): Promise<void> {
    while (next < requests.length && performance.now() < end) {
      const request = requests[next++];
      if (request === undefined) return;
      const sent = performance.now();
      await send(request, lane);
      latencies.push(performance.now() - sent);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, lane) => work(lane)));
  return { elapsed: performance.now() - start, latencies };
}

/**
 * A client with an event loop of its own, so that it shares none with what it measures:
 * `client_process.ts '<ClientPlan>'`.
 *
 * It warms its target up and says so with one line; then each line on standard input, a number of
 * seconds, is a stretch of load, answered with one line. It ends with its input.
 *
 * @module
 */

import { keepInFlight, type Stretch } from "./load.ts";
import { type Story, takeEvents, tell } from "./stories.ts";
import { type OpenTarget, openTarget, type Target } from "./targets.ts";

/** What the parent passes as the one JSON argument. */
export interface ClientPlan {
  target: Target;
  story: Story;
  /** Requests under way at once. */
  inFlight: number;
}

/** Requests before the clock runs: for each connection, and altogether at least. */
const WARM_EACH = 8;
const WARM_LEAST = 200;
/** Seconds after which it is warm enough. */
const WARM_MOST = 2;

async function serve({ target, story, inFlight }: ClientPlan): Promise<void> {
  const open = openTarget(target, inFlight);
  const events = tell(story);
  const prepare = (count: number) => Promise.all(takeEvents(events, count).map(open.prepare));

  // One connection after the other: the first call of each plans every statement, and under the lock.
  const first = await prepare(inFlight);
  for (const [lane, letter] of first.entries()) await open.send(letter, lane);
  const warm = await prepare(Math.max(WARM_LEAST, WARM_EACH * inFlight));
  let perSecond = rate(await run(open, warm, inFlight, WARM_MOST));
  answer("warm");
  for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const seconds = Number(line);
    const letters = await prepare(Math.ceil(2 * perSecond * seconds) + inFlight);
    const stretch = await run(open, letters, inFlight, seconds);
    perSecond = rate(stretch);
    answer(stretch);
  }
  await open.close();
}

function run(
  { send }: OpenTarget,
  letters: Parameters<OpenTarget["send"]>[0][],
  inFlight: number,
  seconds: number,
): Promise<Stretch> {
  return keepInFlight(letters, inFlight, seconds, send);
}

/** Requests a second. */
function rate({ latencies, elapsed }: Stretch): number {
  return 1_000 * latencies.length / elapsed;
}

function answer(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

if (import.meta.main) {
  await serve(JSON.parse(Deno.args[0] ?? "") as ClientPlan);
  Deno.exit(0);
}

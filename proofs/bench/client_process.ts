/**
 * A client with its own event loop, which it does not share with the measured code:
 * `client_process.ts '<ClientPlan>'`.
 *
 * It warms its target up and says so with one line; then each line on standard input is an order,
 * answered with one line. It ends with its input.
 *
 * @module
 */

import { keepInFlight, type Stretch } from "./load.ts";
import { type Story, storyEvents, takeEvents } from "./stories.ts";
import { type OpenTarget, openTarget, type Target } from "./targets.ts";

/** What the parent passes as the one JSON argument. */
export interface ClientPlan {
  target: Target;
  story: Story;
  /** Requests under way at once. */
  inFlight: number;
}

/** A stretch of load: for this long, or this many events of the story. */
export type Order = { seconds: number } | { events: number };

/** Requests before the clock runs: for each connection, and altogether at least. */
const WARM_EACH = 8;
const WARM_LEAST = 200;
/** The maximum number of seconds for the warm-up. */
const WARM_MOST = 2;

async function serve({ target, story, inFlight }: ClientPlan): Promise<void> {
  const open = openTarget(target, inFlight);
  const events = storyEvents(story);
  const prepare = (count: number) => takeEvents(events, count).map(open.prepare);

  // One connection after the other: the first call of each plans every statement.
  for (const [lane, request] of prepare(inFlight).entries()) await request(lane);
  const warm = prepare(Math.max(WARM_LEAST, WARM_EACH * inFlight));
  let perSecond = rate(await keepInFlight(warm, inFlight, WARM_MOST));
  answer("warm");

  for await (const order of orders()) {
    const stretch = "events" in order
      // Too many to be held: each is made just before it is sent.
      ? await keepInFlight(madeOnTheWay(open, events, order.events), inFlight, Infinity)
      : await keepInFlight(
        prepare(Math.ceil(2 * perSecond * order.seconds) + inFlight),
        inFlight,
        order.seconds,
      );
    perSecond = rate(stretch);
    answer(stretch);
  }
  await open.close();
}

function* madeOnTheWay(open: OpenTarget, events: ReturnType<typeof storyEvents>, count: number) {
  for (const event of takeEach(events, count)) yield open.prepare(event);
}

function* takeEach<Each>(all: Iterator<Each>, count: number): Generator<Each> {
  for (let taken = 0; taken < count; taken++) {
    const { value, done } = all.next();
    if (done) return;
    yield value;
  }
}

async function* orders(): AsyncGenerator<Order> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as Order;
  }
}

/** Requests a second, failed ones too. */
function rate({ latencies, failures, elapsed }: Stretch): number {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return 1_000 * (latencies.length + failed) / elapsed;
}

function answer(value: unknown): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}

if (import.meta.main) {
  await serve(JSON.parse(Deno.args[0] ?? "") as ClientPlan);
  Deno.exit(0);
}

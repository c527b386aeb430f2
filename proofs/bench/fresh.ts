/** Fresh connections: the first call plans every statement it runs, and many may come at once. */

import postgres from "postgres";
import { processOn } from "../../supabase/functions/_shared/doors/direct_door.ts";
import { planningOn, warmingUp } from "../../supabase/functions/_shared/doors/warm_up.ts";
import { checking } from "../../supabase/functions/_shared/rpc.ts";
import type { StripeEvent } from "../../stripe/events.ts";
import { writeFailures } from "./figures.ts";
import { keepInFlight, type Request } from "./load.ts";
import { openSite, type Site } from "./site.ts";
import { storyEvents, takeEvents } from "./stories.ts";
import { amount, formatTable, median, spread } from "./table.ts";
import { inboxEventOf } from "./targets.ts";

/** Calls of each type on a connection: the first, and warm ones. */
const CALLS = 10;

/**
 * By type of the first event: milliseconds of the first call of a connection, of the first one after its warm-up,
 * and of later ones.
 */
export async function measureFirstCalls(times: number): Promise<string> {
  await using site = await openSite();
  const types = eventsByType(2 * times * CALLS);
  const rows: string[][] = [];
  for (const [type, events] of types) {
    const firsts: number[] = [];
    const warmed: number[] = [];
    const later: number[] = [];
    for (let time = 0; time < times; time++) {
      const [first, ...rest] = await timeCalls(site, events.splice(0, CALLS), false);
      firsts.push(first!);
      later.push(median(rest));
      const [second] = await timeCalls(site, events.splice(0, CALLS), true);
      warmed.push(second!);
    }
    rows.push([type, spread(firsts), spread(warmed), spread(later)]);
  }
  return formatTable(
    ["type of the first event", "first call ms", "after a warm-up", "later calls"],
    rows,
  );
}

/** One event each over this many connections that are open, and have called nothing yet. */
export async function measureStorms(crowds: number[], times: number): Promise<string> {
  await using site = await openSite();
  const events = storyEvents("mix");
  const rows: string[][] = [];
  for (const crowd of crowds) {
    for (let time = 1; time <= times; time++) {
      rows.push([String(crowd), String(time), ...await storm(site, takeEvents(events, crowd))]);
    }
  }
  return formatTable(["connections", "storm", "refused", "median ms", "slowest ms"], rows);
}

async function storm(site: Site, events: StripeEvent[]): Promise<string[]> {
  const connections = await Promise.all(events.map(() => connect(site)));
  try {
    const requests = events.map((event, lane) => prepare(connections[lane]!, event));
    const { latencies, failures } = await keepInFlight(requests, events.length, 60);
    return [
      writeFailures(failures) || "0",
      amount(median(latencies)),
      amount(Math.max(...latencies)),
    ];
  } finally {
    await Promise.all(connections.map((sql) => sql.end()));
  }
}

async function timeCalls(
  site: Site,
  events: StripeEvent[],
  isWarm: boolean,
): Promise<number[]> {
  const sql = await connect(site);
  try {
    if (isWarm) await warmingUp(planningOn(sql), () => true)(0);
    const { latencies, failures } = await keepInFlight(
      events.map((event) => prepare(sql, event)),
      1,
      60,
    );
    if (latencies.length < events.length) throw new Error(`failed: ${writeFailures(failures)}`);
    return latencies;
  } finally {
    await sql.end();
  }
}

/** The mix, sorted by type: at least `least` of each. */
function eventsByType(least: number): Map<string, StripeEvent[]> {
  const types = new Map<string, StripeEvent[]>();
  for (const event of storyEvents("mix")) {
    types.set(event.type, [...types.get(event.type) ?? [], event]);
    if ([...types.values()].every(({ length }) => length >= least) && types.size === 6) break;
  }
  return types;
}

/** Open, and nothing is planned yet. */
async function connect({ webhookUrl }: Site): Promise<postgres.Sql> {
  const sql = postgres(webhookUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  await sql.unsafe("select 1");
  return sql;
}

/** The calls of the direct door on this connection. The event is read before the clock runs. */
function prepare(sql: postgres.Sql, event: StripeEvent): Request {
  const door = checking((events) => processOn(sql, true, events));
  const inboxEvent = inboxEventOf(event);
  return () => door([inboxEvent]).then(() => null, failureOf);
}

function failureOf(error: unknown): string {
  return error instanceof postgres.PostgresError ? error.code : String(error);
}

/**
 * The cost of one event in Postgres, counted and not timed: calls of the RPC, commits that write, WAL.
 *
 * @module
 */

import postgres from "postgres";
import type { StripeEvent } from "../../stripe/events.ts";
import { writeFailures } from "./figures.ts";
import { keepInFlight } from "./load.ts";
import type { Site } from "./site.ts";
import { storyEvents, takeEvents } from "./stories.ts";
import { amount, formatTable } from "./table.ts";
import { openTarget } from "./targets.ts";

/** The counters of Postgres since its start. */
interface Counters {
  calls: number;
  /** Transaction ids given out; an exception block takes one of its own. */
  xids: number;
  position: string;
}

/** Ten deliveries for each connection in flight. */
const ROUNDS = 10;

export async function measureCounts(site: Site): Promise<string> {
  await prepareCounting(site.sql);
  const rows: string[][] = [];
  for (const inFlight of [1, 64]) {
    const events = takeEvents(storyEvents("mix"), ROUNDS * Math.max(inFlight, 10));
    for (const delivery of ["first", "again"]) {
      const costs = await count(site, events, inFlight);
      rows.push([`${delivery}, ${inFlight} in flight`, ...costs.map(amount)]);
    }
  }
  return formatTable(HEAD, rows);
}

const HEAD = ["delivery", "calls", "commits", "xids", "WAL bytes", "page images"];

async function prepareCounting(sql: postgres.Sql): Promise<void> {
  await sql`create extension pg_walinspect schema bench`;
  await sql`alter role sesame_webhook set track_functions = 'pl'`;
  await sql`alter system set autovacuum = off`; // its commits must not be counted
  await sql`select pg_reload_conf()`;
}

/** Delivers through a separate function. When it ends, its connection reports its counters. */
async function count(
  site: Site,
  events: StripeEvent[],
  inFlight: number,
): Promise<number[]> {
  const before = await readCounters(site.sql);
  {
    await using webhook = await site.bootWebhook("direct");
    const target = openTarget(webhook.target, inFlight);
    const { failures } = await keepInFlight(events.map(target.prepare), inFlight, 60);
    await target.close();
    if (Object.keys(failures).length > 0) throw new Error(`refused: ${writeFailures(failures)}`);
  }
  await untilGone(site.sql);
  const after = await readCounters(site.sql);
  const wal = await readWal(site.sql, before.position, after.position);
  return [after.calls - before.calls, wal.commits, after.xids - before.xids, wal.bytes, wal.images]
    .map((sum) => sum / events.length);
}

/** A connection reports its counters just before it leaves the list of connections. */
async function untilGone(sql: postgres.Sql): Promise<void> {
  for (;;) {
    const here = await sql`select from pg_stat_activity where usename = 'sesame_webhook'`;
    if (here.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function readCounters(sql: postgres.Sql): Promise<Counters> {
  const [row] = await sql`
    select
      coalesce(sum(calls) filter (where funcname = 'process_stripe_events'), 0)::int as calls,
      pg_snapshot_xmax(pg_current_snapshot())::text::int as xids,
      pg_current_wal_insert_lsn()::text as position
    from pg_stat_user_functions`;
  return row as unknown as Counters;
}

/** The WAL between two positions, without records for standbys and checkpoints. */
async function readWal(sql: postgres.Sql, from: string, to: string) {
  if (from === to) return { commits: 0, bytes: 0, images: 0 };
  const [row] = await sql`
    select
      coalesce(sum(count) filter (where "resource_manager/record_type" = 'Transaction/COMMIT'), 0)::int as commits,
      coalesce(sum(record_size), 0)::int as bytes,
      coalesce(sum(fpi_size), 0)::int as images
    from bench.pg_get_wal_stats(${from}::pg_lsn, ${to}::pg_lsn, true)
    where "resource_manager/record_type" !~ '^(Standby|XLOG)/'`;
  return row as unknown as { commits: number; bytes: number; images: number };
}

/**
 * A month's renewals in one burst over many processes, into a database full of members. Nothing is tried again:
 * each answer is counted. What was acknowledged must be stored.
 *
 * @module
 */

import type postgres from "postgres";
import { startClient } from "./client.ts";
import { failuresOf, writeFailures } from "./figures.ts";
import { fill } from "./filling.ts";
import type { Stretch } from "./load.ts";
import { ownMegabytes, peakMegabytes } from "./memory.ts";
import { openSite } from "./site.ts";
import { amount, formatTable, percentile } from "./table.ts";

export interface BurstSize {
  /** How many subscriptions are renewed; each by two events. */
  subscriptions: number;
  /** How many members are stored; every second one has a subscription. */
  stored: number;
  processes: number;
  inFlight: number;
}

/** The burst is shown in this many parts, so that one sees whether it becomes slower. */
const PARTS = 10;

export async function measureBurst(size: BurstSize): Promise<string> {
  await using site = await openSite();
  await fill(site.adminUrl, size.stored);
  await using fleet = await site.bootWebhook("direct", { processes: size.processes });
  await using client = await startClient({
    target: fleet.target,
    story: { renewalsOf: size.stored },
    inFlight: size.inFlight,
  });
  // Every page is then written whole at its first change: the dearest hour of a month.
  await site.sql`checkpoint`;
  const before = await readCounters(site.sql);

  const parts: Stretch[] = [];
  const events = Math.ceil(2 * size.subscriptions / PARTS);
  for (let part = 0; part < PARTS; part++) parts.push(await client.run({ events }));

  const after = await readCounters(site.sql);
  const backends = await readBackends(site.sql);
  const acknowledged = parts.reduce((sum, { latencies }) => sum + latencies.length, 0);
  const rows = parts.map((part, place) => partCells(`part ${place + 1}`, [part]));
  const table = formatTable(HEAD, [...rows, partCells("all", parts)]);
  return [
    table,
    "",
    `applied in the inbox ${after.applied - before.applied}, acknowledged ${acknowledged}`,
    `WAL ${
      amount((after.wal - before.wal) / acknowledged / 1_024)
    } KB an event, page images included`,
    `memory: each function at most ${most(fleet.pids.map(peakMegabytes))} MB, ` +
    `each backend ${most(backends.map(ownMegabytes))} MB of its own`,
  ].join("\n");
}

const HEAD = ["", "answered", "events/s", "p50 ms", "p99 ms", "slowest ms", "not 2xx"];

function partCells(name: string, parts: Stretch[]): string[] {
  const latencies = parts.flatMap((part) => part.latencies);
  const elapsed = parts.reduce((sum, part) => sum + part.elapsed, 0);
  return [
    ...[name, String(latencies.length), amount(1_000 * latencies.length / elapsed)],
    ...[0.5, 0.99, 1].map((share) => amount(percentile(latencies, share))),
    writeFailures(failuresOf(parts)) || "0",
  ];
}

function most(values: number[]): string {
  return amount(Math.max(...values));
}

async function readCounters(sql: postgres.Sql): Promise<{ wal: number; applied: number }> {
  const [row] = await sql`
    select
      (pg_current_wal_insert_lsn() - '0/0')::float8 as wal,
      (select count(*)::int from sesame.stripe_events where outcome = 'applied') as applied`;
  return row as unknown as { wal: number; applied: number };
}

/** The connections of the functions. */
async function readBackends(sql: postgres.Sql): Promise<number[]> {
  const rows = await sql`select pid from pg_stat_activity where usename = 'sesame_webhook'`;
  return rows.map(({ pid }) => pid);
}

/**
 * Renewals of stored subscriptions in a large database: their rate against a small one, their WAL with the
 * full page images, and the share of updates that are HOT.
 *
 * @module
 */

import type postgres from "postgres";
import type { StripeEvent } from "../../stripe/events.ts";
import { fill } from "./filling.ts";
import { keepInFlight, type Stretch } from "./load.ts";
import { openSite, type Site } from "./site.ts";
import { storyEvents, takeEvents } from "./stories.ts";
import { amount, formatTable, ratio } from "./table.ts";
import { type OpenTarget, openTarget } from "./targets.ts";

const IN_FLIGHT = 16;
/** How many accesses the small database has. */
const FEW = 1_000;
/** Rounds for each database. They alternate, so that other load affects both equally. */
const ROUNDS = 5;
/** How many events each database gets first, so that all statements are planned. */
const WARM = 400;
/** How many events follow a checkpoint while their WAL is counted. */
const COUNTED = 2_000;

/** The tables: the rates, the WAL by relation after a checkpoint, and the updates by table. */
export async function measureRenewals(rows: number, events: number): Promise<string> {
  await using opened = new AsyncDisposableStack();
  const small = opened.use(await openLane(FEW));
  const large = opened.use(await openLane(rows));
  for (const lane of [small, large]) await lane.send(WARM);
  await large.site.sql`checkpoint`;
  await large.site.sql`select pg_stat_reset()`;

  const first = await countWal(large, COUNTED);
  const rates = await compareRates([small, large], events);
  const updates = await readUpdates(large.site.sql);
  return [
    formatTable(["accesses stored", "events/s", "events/s / few", "WAL bytes an event"], [
      [amount(FEW), amount(rates[0]!.perSecond), "", amount(rates[0]!.wal)],
      [
        amount(rows),
        amount(rates[1]!.perSecond),
        ratio(rates[1]!.perSecond, rates[0]!.perSecond),
        amount(rates[1]!.wal),
      ],
    ]),
    formatTable(["after a checkpoint, bytes an event", "images", "other"], first),
    formatTable(["table", "updates", "HOT"], updates),
  ].join("\n\n");
}

/** A database with its webhook, and its own endless renewals. */
interface Lane extends AsyncDisposable {
  site: Site;
  /** Sends the next renewals and waits for all answers. */
  send(events: number): Promise<Stretch>;
}

async function openLane(rows: number): Promise<Lane> {
  await using opening = new AsyncDisposableStack();
  const site = opening.use(await openSite());
  await fill(site.adminUrl, rows);
  await site.sql`create extension pg_walinspect schema bench`;
  const { target } = opening.use(await site.bootWebhook("direct"));
  const webhook = opening.adopt(openTarget(target, IN_FLIGHT), (open) => open.close());
  const renewals = storyEvents({ renewalsOf: rows });
  const opened = opening.move();
  return {
    site,
    send: (events) => deliver(webhook, renewals, events),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function deliver(
  { prepare }: OpenTarget,
  renewals: Generator<StripeEvent>,
  count: number,
): Promise<Stretch> {
  return await keepInFlight(takeEvents(renewals, count).map(prepare), IN_FLIGHT, Infinity);
}

async function countWal(lane: Lane, events: number): Promise<string[][]> {
  const { sql } = lane.site;
  const from = await walPosition(sql);
  await lane.send(events);
  const rows = await sql`
    select
      coalesce(relation.relname, 'toast and others') as name,
      sum(block.block_fpi_length)::int / ${events}::int as images,
      sum(block.block_data_length)::int / ${events}::int as other
    from bench.pg_get_wal_block_info(${from}::pg_lsn, pg_current_wal_flush_lsn(), false) as block
    left join pg_class as relation
      on relation.relfilenode = block.relfilenode and relation.relkind <> 't'
    group by 1
    having sum(block.block_fpi_length + block.block_data_length) > 20 * ${events}::int
    order by sum(block.block_fpi_length + block.block_data_length) desc`;
  const [whole] = await sql`
    select sum(fpi_size)::int / ${events}::int as images, sum(record_size)::int / ${events}::int as other
    from bench.pg_get_wal_stats(${from}::pg_lsn, pg_current_wal_flush_lsn(), false)`;
  return [{ name: "all", ...whole }, ...rows].map((row) =>
    [row.name, row.images, row.other].map(String)
  );
}

async function walPosition(sql: postgres.Sql): Promise<string> {
  const [row] = await sql`select pg_current_wal_insert_lsn()::text as position`;
  return row?.position;
}

interface Rate {
  perSecond: number;
  /** Bytes for each event, with full page images. */
  wal: number;
}

/** Each database gets so many events in turn. Checkpoints come when Postgres starts them. */
async function compareRates(lanes: Lane[], events: number): Promise<Rate[]> {
  const taken = lanes.map((): { stretches: Stretch[]; wal: number } => ({ stretches: [], wal: 0 }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [place, lane] of lanes.entries()) {
      const from = await walPosition(lane.site.sql);
      taken[place]!.stretches.push(await lane.send(Math.ceil(events / ROUNDS)));
      const [row] = await lane.site
        .sql`select (pg_current_wal_insert_lsn() - ${from}::pg_lsn)::float as bytes`;
      taken[place]!.wal += row?.bytes;
    }
  }
  return taken.map(({ stretches, wal }) => {
    const answers = sum(stretches.map(({ latencies }) => latencies.length));
    return {
      perSecond: 1_000 * answers / sum(stretches.map(({ elapsed }) => elapsed)),
      wal: wal / answers,
    };
  });
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function readUpdates(sql: postgres.Sql): Promise<string[][]> {
  await sql`select pg_stat_force_next_flush()`;
  const rows = await sql`
    select relname as name, n_tup_upd::int as updates, n_tup_hot_upd::int as hot
    from pg_stat_user_tables where n_tup_upd > 100 and schemaname in ('sesame', 'public')
    order by n_tup_upd desc`;
  return rows.map(({ name, updates, hot }) => [
    name,
    String(updates),
    `${(100 * hot / updates).toFixed(0)} %`,
  ]);
}

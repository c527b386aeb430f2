/** What carrying tokens into access costs: against the plain insert of the same rows, in one run. */

import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { backfill } from "../../cli/backfill/backfill.ts";
import { measurePlainInsert } from "../../cli/backfill/plain_insert.ts";
import { OLD_SHAPE } from "../../cli/backfill/old_database.ts";
import { amount, formatTable, ratio } from "./table.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** Three modules, and tokens of as many members, as an old database holds them. */
function oldTokens(rows: number): string {
  return `
    insert into public.modules (name) values ('One'), ('Two'), ('Three');
    insert into public.access_tokens (created_by, module_id)
    select gen_random_uuid(), 1 + n % 3 from generate_series(1, ${rows}) as n`;
}

/** Inserts so many tokens with the trigger and without, and brings as many out of an old database. */
export async function measureTokens(rows: number): Promise<string> {
  await using server = await startBareDatabase({ durable: true, realtime: false });
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  await sql.unsafe(OLD_SHAPE + oldTokens(rows)).simple();
  await applyMigrations(`${server.url}?sesame.move_in=later`, MIGRATIONS);

  // Into the same empty table, without the trigger and with it.
  await sql`alter table public.access_tokens disable trigger user`;
  const bare = await measureInsert(sql, rows);
  await sql`truncate public.access_tokens cascade`;
  await sql`alter table public.access_tokens enable trigger user`;
  const carried = await measureInsert(sql, rows);
  await sql`delete from public.access_tokens`;
  await sql`vacuum full`;

  const moved = await backfill(sql, 128, () => {});
  const plain = await measurePlainInsert(sql);
  await sql.end();

  const line = (name: string, seconds: number, against: number) => [
    name,
    amount(rows / seconds / 1000),
    ratio(seconds, against),
  ];
  return formatTable(["", "1,000 rows/s", "time / plain insert"], [
    line("one insert without the trigger", bare, bare),
    line("the same with the trigger, into access", carried, bare),
    line("plain insert … select of old rows", plain.seconds, plain.seconds),
    line("backfill of the same, into access", moved.seconds, plain.seconds),
  ]);
}

/** Seconds for one statement that inserts as many tokens for as many new members. */
async function measureInsert(sql: postgres.Sql, rows: number): Promise<number> {
  const started = performance.now();
  await sql`
    insert into public.access_tokens (created_by, module_id)
    select gen_random_uuid(), 1 + n % 3 from generate_series(1, ${rows}::integer) as n`;
  return (performance.now() - started) / 1000;
}

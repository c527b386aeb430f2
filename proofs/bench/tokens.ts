/**
 * The cost of copying tokens into access. There are two yardsticks in the same run: a plain insert of the tokens
 * alone, and one into all three tables that Sesame writes.
 *
 * @module
 */

import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { backfill } from "../../cli/backfill/backfill.ts";
import { measurePlainInsert } from "../../cli/backfill/plain_insert.ts";
import { OLD_SHAPE } from "../../cli/backfill/old_database.ts";
import { amount, formatTable, ratio } from "./table.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** Three modules, and tokens of this many members, as in an old database. */
function oldTokens(rows: number): string {
  return `
    insert into public.modules (name) values ('One'), ('Two'), ('Three');
    insert into public.access_tokens (created_by, module_id)
    select gen_random_uuid(), 1 + n % 3 from generate_series(1, ${rows}) as n`;
}

/** Inserts this many tokens with and without the trigger, and copies as many from an old database. */
export async function measureTokens(rows: number): Promise<string> {
  await using server = await startBareDatabase({ durable: true, realtime: false });
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  await sql.unsafe(OLD_SHAPE + oldTokens(rows)).simple();
  await applyMigrations(`${server.url}?sesame.move_in=later`, MIGRATIONS);

  // Into the same empty table, without the trigger and with it.
  await sql`alter table public.access_tokens disable trigger user`;
  const bare = await measureInsert(sql, rows);
  const bareThree = bare + await measureOtherTables(sql);
  await sql`truncate public.access_tokens cascade`;
  await sql`alter table public.access_tokens enable trigger user`;
  const carried = await measureInsert(sql, rows);
  await sql`delete from public.access_tokens`;
  await sql`vacuum full`;

  const moved = await backfill(sql, 128, () => {});
  const { seconds: plain } = await measurePlainInsert(sql);
  const plainThree = plain + await measureOtherTables(sql);
  await sql.end();

  const line = (name: string, seconds: number, one: number, three: number) => [
    ...[name, amount(rows / seconds / 1000), ratio(seconds, one), ratio(seconds, three)],
  ];
  return formatTable(["", "1,000 tokens/s", "time / one table", "time / three tables"], [
    line("new tokens, one table: no access is opened", bare, bare, bareThree),
    line("new tokens, three tables: token, access, log", bareThree, bare, bareThree),
    line("new tokens with the trigger, which writes all three", carried, bare, bareThree),
    line("old tokens, one table", plain, plain, plainThree),
    line("old tokens, three tables", plainThree, plain, plainThree),
    line("old tokens by the backfill, which writes all three", moved.seconds, plain, plainThree),
  ]);
}

/**
 * Seconds to write by hand, without a trigger, the access and the log of the stored tokens. Both tables are empty
 * before and after.
 */
async function measureOtherTables(sql: postgres.Sql): Promise<number> {
  const tables = ["public.module_access", "sesame.access_log"].map((name) => sql.unsafe(name));
  for (const table of tables) await sql`alter table ${table} disable trigger user`;
  const empty = async () => {
    for (const table of tables) await sql`truncate ${table}`;
  };
  await empty();
  const started = performance.now();
  await sql`
    insert into public.module_access
      (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
    select created_by, module_id, access_type, id, expires_at, is_active, jsonb_build_object(
      'source', 'access_token', 'source_id', id, 'reason', access_type, 'reason_after', 'expired',
      'access_level', access_level, 'max_usage', max_usage)
    from public.access_tokens`;
  await sql`
    insert into sesame.access_log (user_id, module_id, is_active, expires_at, metadata, cause)
    select user_id, module_id, is_active, expires_at, metadata, 'token' from public.module_access`;
  const seconds = (performance.now() - started) / 1000;
  await empty();
  for (const table of tables) await sql`alter table ${table} enable trigger user`;
  return seconds;
}

/** Seconds for one statement that inserts tokens for this many new members. */
async function measureInsert(sql: postgres.Sql, rows: number): Promise<number> {
  const started = performance.now();
  await sql`
    insert into public.access_tokens (created_by, module_id)
    select gen_random_uuid(), 1 + n % 3 from generate_series(1, ${rows}::integer) as n`;
  return (performance.now() - started) / 1000;
}

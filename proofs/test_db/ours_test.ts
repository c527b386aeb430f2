/** The tests speak of Sesame's own objects only (supabase/tests/helpers/ours.psql). In a bare project that is everything. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { startMigratedDatabase } from "../../local/migrated_database.ts";

const SUPABASE = new URL("../../supabase/", import.meta.url);

/** What stands in schema public, or on our tables, and is not ours by the rules of the tests. */
const STRANGERS = `
  select format('relation %s', oid::regclass) as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind not in ('c', 'i') and oid not in (select oid from our_relations)
  union all
  select format('function %s', oid::regprocedure) from pg_proc
  where pronamespace = 'public'::regnamespace and oid not in (select oid from our_functions)
  union all
  select format('type %s', oid::regtype) from pg_type
  where typnamespace = 'public'::regnamespace and typelem = 0 and (typrelid = 0 or typrelid not in (select oid from our_relations))
  union all
  -- house_rules.sql knows our policies by these names.
  select format('policy %s on %s.%s', policyname, schemaname, tablename) from pg_policies
  where schemaname in ('public', 'sesame')
    and policyname !~ ('^' || tablename || '_(select|insert|update|delete)_(own|all)$')
  union all
  -- shop.psql knows our triggers by the schema of their functions.
  select format('trigger %s on %s', tgname, tgrelid::regclass) from pg_trigger join pg_proc on pg_proc.oid = tgfoid
  where not tgisinternal and pronamespace <> 'sesame'::regnamespace
    and (tgrelid = 'auth.users'::regclass or tgrelid in (select oid from our_relations))
  order by 1`;

/** An object of each kind that the rules do not know: a chapter must not make such a one. */
const STRANGE = `
  create table public.discounts (id bigint);
  create view public.all_access as select from public.module_access;
  create function public.examine() returns int language sql as 'select 1';
  create type public.level as enum ('pro');
  create policy "Users can view!" on public.modules using (true);
  create function public.note() returns trigger language plpgsql as 'begin return new; end';
  create trigger note after insert on public.modules for each row execute function public.note();`;

/** Runs the work with a database of the book, in which `our_relations` and `our_functions` are there. */
async function withViews(work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  await using server = await startMigratedDatabase(new URL("migrations/", SUPABASE));
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(await helper("ours")).simple();
    await work(sql);
  } finally {
    await sql.end();
  }
}

function helper(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`tests/helpers/${name}.psql`, SUPABASE));
}

Deno.test("in a bare project, the tests take every object for one of ours", async () => {
  await withViews(async (sql) => {
    const strangers = async () => (await sql.unsafe(STRANGERS)).map(({ name }) => name);
    assert.deepEqual(await strangers(), []);

    await sql.unsafe(STRANGE).simple();
    assert.deepEqual(await strangers(), [
      "function examine()",
      "function note()",
      "policy Users can view! on public.modules",
      "relation all_access",
      "relation discounts",
      "trigger note on modules",
      "type all_access",
      "type discounts",
      "type level",
    ]);
  });
});

/** The rows of every table of Sesame's that has some. */
const ROWS = `
  select string_agg(format('select %L as of_table, to_jsonb(line) as line from %s as line', oid::regclass, oid::regclass),
    ' union all ') || ' order by 1, 2' as query
  from our_relations where relkind = 'r' and oid not in ('public.modules'::regclass, 'public.module_prices'::regclass)`;

Deno.test("in a bare project, the tests begin with the settings of the book", async () => {
  await withViews(async (sql) => {
    const rows = async () => {
      const [{ query } = { query: "" }] = await sql.unsafe(ROWS);
      return [...await sql.unsafe(query)];
    };
    const installed = await rows();
    assert.ok(installed.length > 20);
    await sql.begin(async (transaction) => {
      await transaction.unsafe(await helper("shop")).simple();
    });
    assert.deepEqual(await rows(), installed);
  });
});

/** Reads the private tables, and checks that they are consistent. */

import assert from "node:assert/strict";
import type { Sql } from "postgres";

/** Figures count every request, and are stored some seconds later. */
const FIGURES = ["sesame.deliveries", "sesame.latencies"];

/** The number of rows of each of our tables. A refused request must not change them. */
export async function rowCounts(sql: Sql): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name
    from pg_catalog.pg_tables
    where schemaname in ('public', 'sesame')
      and format('%I.%I', schemaname, tablename) <> all (${FIGURES})
    order by 1`;
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await sql.unsafe(`select count(*)::int as count from ${name}`);
    counts[name] = row?.count;
  }
  return counts;
}

/** The inbox rows of one event. */
export function inboxOf(sql: Sql, id: string) {
  return sql<{ outcome: string; detail: string | null; attempts: number; payload: string }[]>`
    select outcome::text, detail, attempts, payload from sesame.stripe_events where id = ${id}`;
}

/** A member's access as it is stored: open or closed, and the reason. */
export async function accessOf(sql: Sql, userId: string): Promise<string[]> {
  const rows = await sql<{ words: string }[]>`
    select format('%s %s %s', slug, case when held.is_active then 'open' else 'closed' end,
                  held.metadata ->> 'reason') as words
    from public.module_access as held join public.modules on modules.id = held.module_id
    where held.user_id = ${userId} order by slug`;
  return rows.map(({ words }) => words);
}

/** Grants are what the facts say, and access is what the grants say: nothing more, nothing less. */
export async function assertFolded(sql: Sql): Promise<void> {
  const differences = await sql`
    select 'grants', to_jsonb(row) from (table sesame.grants except table sesame.derived_grants) as row
    union all
    select 'facts', to_jsonb(row) from (table sesame.derived_grants except table sesame.grants) as row
    union all
    select 'access', to_jsonb(row) from (
      select user_id, module_id, is_active, expires_at, metadata ->> 'source_id' from public.module_access
      except
      select user_id, module_id, is_active, expires_at, source_id from sesame.decided_access
    ) as row
    union all
    select 'decided', to_jsonb(row) from (
      select user_id, module_id, is_active, expires_at, source_id from sesame.decided_access
      except
      select user_id, module_id, is_active, expires_at, metadata ->> 'source_id' from public.module_access
    ) as row`;
  assert.deepEqual([...differences], []);
}

/** The grants of these Stripe objects are what the facts say. */
export async function assertGrantsFollow(sql: Sql, ids: string[]): Promise<void> {
  const differences = await sql.begin(async (transaction) => {
    await transaction`set local enable_seqscan = off`; // few ids among many
    return await transaction`
      with held as (select * from sesame.grants where source_id = any (${ids})),
      derived as (select * from sesame.derived_grants where source_id = any (${ids}))
      (table held except table derived) union all (table derived except table held)`;
  });
  assert.deepEqual([...differences], []);
}

/** A digest of every row of every table except the figures, so that any change shows. */
export async function fingerprint(sql: Sql): Promise<string> {
  const [row] = await sql`
    select md5(string_agg(
      query_to_xml(format('select * from %I.%I as t order by t::text', schemaname, tablename),
                   true, false, '')::text, '' order by schemaname, tablename)) as digest
    from pg_catalog.pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')
      and format('%I.%I', schemaname, tablename) <> all (${FIGURES})`;
  return row?.digest;
}

/** A statement that writes access as a restore does. With the triggers on, what it writes would be a source. */
export function pastTheFold(statement: string): string {
  return `
    alter table public.module_access disable trigger user;
    ${statement};
    alter table public.module_access enable trigger user`;
}

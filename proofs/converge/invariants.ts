import type postgres from "postgres";
import { SITES_KEY } from "./site.ts";

/** The invariants of the whole database after any history. Each query lists the violations. */
const INVARIANTS: Record<string, string> = {
  "sesame.grants differs from sesame.derived_grants": difference(
    "select * from sesame.derived_grants",
    "select * from sesame.grants",
  ),
  "public.module_access differs from sesame.decided_access": difference(
    `select user_id, module_id, is_active, expires_at, source, source_id, reason::text,
       reason_after::text, access_level, max_usage
     from sesame.decided_access`,
    `select user_id, module_id, is_active, expires_at, metadata ->> 'source',
       metadata ->> 'source_id', metadata ->> 'reason', metadata ->> 'reason_after',
       metadata ->> 'access_level', (metadata ->> 'max_usage')::integer
     from public.module_access`,
  ),
  "an event still waits, or is received and waits no more":
    `select coalesce(waiting.event_id, event.id) as id, event.outcome
     from sesame.waiting_events as waiting
     full join (select id, outcome from sesame.stripe_events where outcome = 'received') as event
       on event.id = waiting.event_id`,
};

/** Invariants where every change of access came from the fold. The site has a key of its own in each row. */
const OF_THE_LOG: Record<string, string> = {
  "the access log ends with something else than public.module_access": difference(
    `select user_id, module_id, is_active, expires_at, metadata - '${SITES_KEY}'
     from public.module_access`,
    `select user_id, module_id, is_active, expires_at, metadata
     from (
       select distinct on (user_id, module_id) * from sesame.access_log order by user_id, module_id, id desc
     ) as last
     where is_active is not null`,
  ),
};

/** The rows that only one of two queries returns. Each query runs once. */
function difference(should: string, has: string): string {
  return `
    with should as materialized (${should}), has as materialized (${has})
    select 'missing' as what, lacking.* from (table should except table has) as lacking
    union all
    select 'too many', surplus.* from (table has except table should) as surplus`;
}

/** Checks all invariants. Returns the violated ones, each with an example. */
export async function checkInvariants(sql: postgres.Sql): Promise<string[]> {
  return await check(sql, INVARIANTS);
}

/** Checks that the access log ends as access is. */
export async function checkLog(sql: postgres.Sql): Promise<string[]> {
  return await check(sql, OF_THE_LOG);
}

async function check(sql: postgres.Sql, invariants: Record<string, string>): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, query] of Object.entries(invariants)) {
    const rows = await sql.unsafe(
      `select to_jsonb(found)::text as found from (${query}) as found limit 1`,
    );
    if (rows[0] !== undefined) broken.push(`${name}: ${rows[0].found}`);
  }
  return broken;
}

import type postgres from "postgres";

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
  const broken: string[] = [];
  for (const [name, query] of Object.entries(INVARIANTS)) {
    const rows = await sql.unsafe(
      `select to_jsonb(found)::text as found from (${query}) as found limit 1`,
    );
    if (rows[0] !== undefined) broken.push(`${name}: ${rows[0].found}`);
  }
  return broken;
}

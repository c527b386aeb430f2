import type postgres from "postgres";

/** What must hold of the whole database after any history; each query lists what breaks it. */
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
};

/** The rows that only one of the two has; each query runs once. */
function difference(should: string, has: string): string {
  return `
    with should as materialized (${should}), has as materialized (${has})
    select 'missing' as what, lacking.* from (table should except table has) as lacking
    union all
    select 'too many', surplus.* from (table has except table should) as surplus`;
}

/** Checks them all; returns what is broken, with an example. */
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

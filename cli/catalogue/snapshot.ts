/**
 * A snapshot of a whole database, schema and rows, to show that nothing has changed.
 *
 * @module
 */

import { ask, readCatalogue } from "./catalogue.ts";

/** All tables except those of Postgres and the history of migrations, with a query that reads all of each. */
const QUERIES = `
  select format('select %L || to_jsonb(line)::text as line from (select %s from %s) as line',
    oid::regclass || ' ', case relkind when 'S' then 'last_value' else '*' end, oid::regclass) as query
  from pg_class
  where relkind in ('r', 'S') and relnamespace::regnamespace::text !~ '^(pg_|information_schema|supabase_migrations)'`;

/** One line for each fact of the catalogue, each row, and the place of each sequence. */
export async function takeSnapshot(dbUrl: string): Promise<string[]> {
  const queries = await ask(dbUrl, QUERIES);
  const [facts, rows] = await Promise.all([
    readCatalogue(dbUrl),
    ask(dbUrl, queries.map(({ query }) => query).join(" union all ")),
  ]);
  return [
    ...facts.map(({ kind, name, fact }) => `${kind} ${name} ${fact}`),
    ...rows.map(({ line }) => line),
  ].sort();
}

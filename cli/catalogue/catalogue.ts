/**
 * Describes a database, to compare it with another.
 *
 * @module
 */

import postgres from "postgres";

const HISTORY = "select version, name from supabase_migrations.schema_migrations order by version";

/** One fact about a database: a definition, a grant, whether a trigger fires. */
export interface CatalogueFact {
  kind: string;
  name: string;
  fact: string;
}

/** Every object with its definition, grants and comment. */
export async function readCatalogue(dbUrl: string): Promise<CatalogueFact[]> {
  const query = await Deno.readTextFile(new URL("catalogue.sql", import.meta.url));
  const rows = await ask(dbUrl, query);
  return rows.map(({ kind, name, fact }) => ({ kind, name, fact }));
}

/** The migrations that a database remembers. */
export async function readHistory(dbUrl: string): Promise<string[]> {
  const rows = await ask(dbUrl, HISTORY);
  return rows.map(({ version, name }) => `${version}_${name}`);
}

/** Runs one statement in a session of its own. */
export async function ask(
  dbUrl: string,
  statement: string,
): Promise<postgres.RowList<postgres.Row[]>> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

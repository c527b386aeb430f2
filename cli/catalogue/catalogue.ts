/**
 * Describes a database, to compare it with another.
 *
 * @module
 */

import type postgres from "postgres";
import { withDatabase } from "../../local/with_database.ts";

const HISTORY = "select version, name from supabase_migrations.schema_migrations order by version";

/** One fact about a database: a definition, a grant, whether a trigger fires. */
export interface CatalogueFact {
  kind: string;
  name: string;
  fact: string;
}

/** That of a hosted project. On it depends which names Postgres writes with their schema. */
const HOSTED_PATH = '"$user", public, extensions';

/** Every object with its definition, grants and comment. Names in schemas of `searchPath` come without their schema. */
export async function readCatalogue(
  dbUrl: string,
  searchPath = HOSTED_PATH,
): Promise<CatalogueFact[]> {
  const query = await Deno.readTextFile(new URL("catalogue.sql", import.meta.url));
  const rows = await withSearchPath(dbUrl, searchPath, query);
  return rows.map(({ kind, name, fact }) => ({ kind, name, fact }));
}

/** The migrations that a database remembers. */
export async function readHistory(dbUrl: string): Promise<string[]> {
  const rows = await ask(dbUrl, HISTORY);
  return rows.map(({ version, name }) => `${version}_${name}`);
}

/** Runs one statement with this search path, because a role may have a path of its own. */
async function withSearchPath(
  dbUrl: string,
  searchPath: string,
  statement: string,
): Promise<postgres.Row[]> {
  return await withDatabase(dbUrl, (sql) =>
    sql.begin(async (transaction) => {
      await transaction`select set_config('search_path', ${searchPath}, true)`;
      return await transaction.unsafe(statement);
    }));
}

/** Runs one statement in a session of its own. */
export async function ask(
  dbUrl: string,
  statement: string,
): Promise<postgres.RowList<postgres.Row[]>> {
  return await withDatabase(dbUrl, (sql) => sql.unsafe(statement));
}

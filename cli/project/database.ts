/** The database of a user's project. */

import type postgres from "postgres";

/** Whether Sesame is installed there: the comment of its schema says so. */
export async function hasSesame(sql: postgres.Sql): Promise<boolean> {
  const [found] = await sql`
    select coalesce(obj_description(to_regnamespace('sesame'), 'pg_namespace'), '') like 'Sesame:%' as it`;
  return found?.it === true;
}

/** The version of Sesame in a database; null: none, or one from before the first release. */
export async function installedVersion(sql: postgres.Sql): Promise<string | null> {
  const [table] = await sql`select to_regclass('sesame.release') is not null as it`;
  if (table?.it !== true) return null;
  const [newest] = await sql`select version from sesame.release order by applied_at desc limit 1`;
  return newest?.version ?? null;
}

/** The versions of the migrations that the history of a database has. */
export async function recordedMigrations(sql: postgres.Sql): Promise<Set<string>> {
  if (!await hasHistory(sql)) return new Set();
  const rows = await sql`select version from supabase_migrations.schema_migrations`;
  return new Set(rows.map(({ version }) => version));
}

/** Whether the database has the table in which the CLI keeps the history. */
export async function hasHistory(sql: postgres.Sql): Promise<boolean> {
  const [table] =
    await sql`select to_regclass('supabase_migrations.schema_migrations') is not null as it`;
  return table?.it === true;
}

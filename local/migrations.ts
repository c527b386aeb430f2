/**
 * Applies migrations as `supabase db push` does, and leaves the history it would leave.
 *
 * @module
 */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { divideSql, runStatements, type Statement } from "./sql_file.ts";
import { Complaint } from "./terminal.ts";

/** One file of `supabase/migrations`. */
export interface Migration {
  version: string;
  name: string;
  path: string;
  statements: Statement[];
}

/** The CLI's own table, word for word. */
const HISTORY = `
  create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
  alter table supabase_migrations.schema_migrations add column if not exists statements text[];
  alter table supabase_migrations.schema_migrations add column if not exists name text;
`;

/**
 * Applies what is not in the history yet, in order of version, each file in a transaction.
 *
 * @param folder the URL of `supabase/migrations/`, with its last slash
 * @param versions only these; all of the folder's, where none are named
 * @returns the versions applied now
 * @throws Complaint `file:line: message` at the first refused statement, whose file leaves no trace
 */
export function applyMigrations(
  dbUrl: string,
  folder: URL,
  versions?: ReadonlySet<string>,
): Promise<string[]> {
  return eachMissing(dbUrl, folder, versions, async (sql, migration) => {
    await runStatements(sql, migration.statements, migration.path);
    await record(sql, migration);
  });
}

/** Writes these versions into the history without running them, as `migration repair` does. */
export function recordMigrations(
  dbUrl: string,
  folder: URL,
  versions: ReadonlySet<string>,
): Promise<string[]> {
  return eachMissing(dbUrl, folder, versions, record);
}

async function eachMissing(
  dbUrl: string,
  folder: URL,
  versions: ReadonlySet<string> | undefined,
  act: (sql: postgres.TransactionSql, migration: Migration) => Promise<void>,
): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(HISTORY).simple();
    const rows = await sql`select version from supabase_migrations.schema_migrations`;
    const applied = new Set(rows.map(({ version }) => version));
    const missing = migrations.filter(({ version }) =>
      !applied.has(version) && (versions === undefined || versions.has(version))
    );
    for (const migration of missing) {
      await sql.begin((transaction) => act(transaction, migration));
    }
    return missing.map(({ version }) => version);
  } finally {
    await sql.end();
  }
}

/** Runs a file of SQL in one transaction, without recording it; returns whether the file exists. */
export async function applySeed(dbUrl: string, file: URL): Promise<boolean> {
  const source = await readIfThere(file);
  if (source === null) return false;

  const path = shownPath(file);
  const statements = await divideSql(source, path);
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.begin((transaction) => runStatements(transaction, statements, path));
  } finally {
    await sql.end();
  }
  return true;
}

async function record(sql: postgres.TransactionSql, { version, name, statements }: Migration) {
  await sql`
    insert into supabase_migrations.schema_migrations (version, statements, name)
    values (${version}, ${statements.map(({ text }) => text)}, ${name})`;
}

/** The files of a folder in order of version, each divided into its statements. */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const files = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ name, isFile }) => isFile && name.endsWith(".sql"))
    .map(({ name }) => name)
    .sort();
  const migrations = await Promise.all(files.map((file) => readMigration(new URL(file, folder))));
  const twin = migrations.find(({ version }, index) => version === migrations[index - 1]?.version);
  if (twin !== undefined) throw new Complaint(`${twin.path}: another file has this version`);
  return migrations;
}

async function readMigration(file: URL): Promise<Migration> {
  const path = shownPath(file);
  const [, version, name] = /\/(\d{14})_([^/]+)\.sql$/.exec(file.pathname) ?? [];
  if (version === undefined || name === undefined) {
    // The CLI skips such a file with a note; a migration that silently never runs is a mistake.
    throw new Complaint(`${path}: a migration is named <14 digits>_<name>.sql`);
  }
  return { version, name, path, statements: await divideSql(await Deno.readTextFile(file), path) };
}

async function readIfThere(file: URL): Promise<string | null> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The path from the current folder, where the file is below it. */
function shownPath(file: URL): string {
  const path = fileURLToPath(file);
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}

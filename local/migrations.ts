/**
 * Applies migrations as `supabase db push` does, and leaves the history it would leave.
 *
 * @module
 */

import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type postgres from "postgres";
import { withDatabase } from "./with_database.ts";
import { divideSql, runStatements, type Statement } from "./sql_file.ts";
import { UserError } from "./terminal.ts";

/** One file of `supabase/migrations`. */
export interface Migration {
  version: string;
  name: string;
  path: string;
  statements: Statement[];
}

/** `<version>_<name>.sql`, as the CLI reads it. */
const NAME = /^(\d+)_(.+)\.sql$/;

/** The files of SQL that the CLI skips, because of their names. */
export async function skippedMigrations(folder: URL): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ name, isFile }) => isFile && name.endsWith(".sql") && !NAME.test(name))
    .map(({ name }) => name).sort();
}

/** The exact table of the CLI. */
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
 * @returns the versions applied now
 * @throws UserError `file:line: message` at the first refused statement, whose file leaves no trace
 */
export function applyMigrations(
  dbUrl: string,
  folder: URL,
  { versions, rewrite }: ApplyOptions = {},
): Promise<string[]> {
  return eachMissing(dbUrl, folder, { versions, rewrite }, async (sql, migration) => {
    await runStatements(sql, migration.statements, migration.path);
    await record(sql, migration);
  });
}

export interface ApplyOptions {
  /** Only these; without it, all of the folder's. */
  versions?: ReadonlySet<string> | undefined;
  /** Changes the text of each file first. */
  rewrite?: ((sql: string) => string) | undefined;
}

/** Writes these versions into the history without running them, as `migration repair` does. */
export function recordMigrations(
  dbUrl: string,
  folder: URL,
  versions: ReadonlySet<string>,
): Promise<string[]> {
  return eachMissing(dbUrl, folder, { versions }, record);
}

async function eachMissing(
  dbUrl: string,
  folder: URL,
  { versions, rewrite }: ApplyOptions,
  act: (sql: postgres.TransactionSql, migration: Migration) => Promise<void>,
): Promise<string[]> {
  const migrations = await readMigrations(folder, rewrite);
  return await withDatabase(dbUrl, async (sql) => {
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
  });
}

/** Runs a file of SQL in one transaction, without recording it; returns whether the file exists. */
export async function applySeed(dbUrl: string, file: URL): Promise<boolean> {
  const source = await readIfThere(file);
  if (source === null) return false;

  const path = shownPath(file);
  const statements = await divideSql(source, path);
  await withDatabase(
    dbUrl,
    (sql) => sql.begin((transaction) => runStatements(transaction, statements, path)),
  );
  return true;
}

async function record(sql: postgres.TransactionSql, { version, name, statements }: Migration) {
  await sql`
    insert into supabase_migrations.schema_migrations (version, statements, name)
    values (${version}, ${statements.map(({ text }) => text)}, ${name})`;
}

/** The files of a folder in order of version, each divided into its statements. */
export async function readMigrations(
  folder: URL,
  rewrite = (sql: string) => sql,
): Promise<Migration[]> {
  const files = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ name, isFile }) => isFile && NAME.test(name))
    .map(({ name }) => name)
    .sort();
  const migrations = await Promise.all(
    files.map((file) => readMigration(new URL(file, folder), rewrite)),
  );
  const twin = migrations.find(({ version }, index) => version === migrations[index - 1]?.version);
  if (twin !== undefined) throw new UserError(`${twin.path}: another file has this version`);
  return migrations;
}

async function readMigration(
  file: URL,
  rewrite: (sql: string) => string,
): Promise<Migration> {
  const path = shownPath(file);
  const [, version = "", name = ""] = NAME.exec(basename(fileURLToPath(file))) ?? [];
  const text = rewrite(await Deno.readTextFile(file));
  return { version, name, path, statements: await divideSql(text, path) };
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

/**
 * Brings pgTAP to a Postgres that does not ship it, such as the embedded one.
 *
 * pgTAP is pure SQL: two files in the server's extension folder are all that
 * `create extension pgtap` reads. They come out of the npm package of PGlite's pgTAP.
 *
 * @module
 */

import { parseTarGzip } from "nanotar";
import type { Sql } from "postgres";
import { withDatabase } from "./with_database.ts";

const FOLDER = "share/postgresql/extension/";

/**
 * The control file comes last: Postgres finds an extension by it, so of two installations side by
 * side neither meets a control file without its script.
 */
const FILES = ["pgtap--1.3.5.sql", "pgtap.control"];

/** Creates pgTAP where `supabase db test` does, in schema `extensions`. */
export async function createPgtap(adminUrl: string): Promise<void> {
  await offerPgtap(adminUrl);
  await withDatabase(
    adminUrl,
    (sql) => sql`create extension if not exists pgtap with schema extensions`,
  );
}

/** Lets the server's databases create pgTAP. */
export async function offerPgtap(adminUrl: string): Promise<void> {
  await withDatabase(adminUrl, async (sql) => {
    const known = await sql`select from pg_available_extensions where name = 'pgtap'`;
    if (known.length === 0) await installPgtap(await findExtensionFolder(sql));
  });
}

/** Copies the files of pgTAP into a server's extension folder; harmless when repeated. */
export async function installPgtap(extensionFolder: string): Promise<void> {
  const archive = new URL("pgtap.tar.gz", import.meta.resolve("@electric-sql/pglite-pgtap"));
  const entries = await parseTarGzip(await Deno.readFile(archive));
  for (const file of FILES) {
    const entry = entries.find(({ name }) => name === FOLDER + file);
    if (entry?.data === undefined) throw new Error(`${file} is missing from ${archive.pathname}`);
    await writeWhole(`${extensionFolder}/${file}`, entry.data);
  }
}

/** Asks the server for its extension folder. */
async function findExtensionFolder(sql: Sql): Promise<string> {
  const [share] = await sql`select setting from pg_config where name = 'SHAREDIR'`;
  return `${share?.setting}/extension`;
}

/** Renames a finished file into place, so that no reader sees half of it. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(draft, content, { mode: 0o644 });
  await Deno.rename(draft, path);
}

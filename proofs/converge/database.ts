/** The database under test: real migrations on a throwaway Postgres. */

import postgres from "postgres";
import { type BareDatabase, startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { writeCatalogue } from "./catalogue.ts";
import { inboxEvent } from "./claim.ts";
import { processEvents } from "./deliver.ts";
import { DEFAULTS } from "./model/settings.ts";
import { writeSettings } from "./settings.ts";
import { PRICES_READ } from "./stripe/prices.ts";

/** Our migrations, with the last slash. */
export const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** A server with as many databases of the same making as there are hands to work them. */
export interface Server extends AsyncDisposable {
  urls: string[];
  /** Makes one more, as they were made; the first one must not be in use meanwhile. */
  copy(): Promise<string>;
  drop(url: string): Promise<void>;
}

/**
 * Starts a server.
 *
 * @param databases how many; the fold is a single writer in each, so two keep two cores busy
 */
export async function startServer(databases = 1): Promise<Server> {
  const server = await startBareDatabase();
  try {
    await applyMigrations(server.url, MIGRATIONS);
    await prepare(server.url);
    const { copy, drop } = copies(server);
    const urls = [server.url];
    while (urls.length < databases) urls.push(await copy());
    return { urls, copy, drop, [Symbol.asyncDispose]: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** One task after the other: a database is copied only while no one is connected to it. */
function copies(server: BareDatabase): Pick<Server, "copy" | "drop"> {
  let made = 0;
  let last: Promise<void> = Promise.resolve();
  const run = (statement: string) => last = last.then(() => runOn(server.url, statement));
  return {
    copy: async () => {
      const name = `copy_${++made}`;
      await run(`create database ${name} template postgres`);
      return server.url.replace(/postgres$/, name);
    },
    drop: (url) => run(`drop database ${url.split("/").at(-1)}`),
  };
}

/** Runs statements on a database, with a connection of their own. */
export async function runOn(url: string, statements: string): Promise<void> {
  await work(url, (sql) => sql.unsafe(statements).simple());
}

/** Fills in what every story takes for granted. */
async function prepare(url: string): Promise<void> {
  await work(url, async (sql) => {
    await writeCatalogue(sql);
    await writeSettings(sql, DEFAULTS);
    await readPrices(sql);
  });
}

async function work(url: string, task: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = connect(url);
  try {
    await task(sql);
  } finally {
    await sql.end();
  }
}

/** A connection that talks to one database. */
export function connect(url: string, connections = 1): postgres.Sql {
  return postgres(url, {
    max: connections,
    onnotice: () => {},
    types: { bigint: postgres.BigInt },
  });
}

/** Empties what the events filled, so that a long run works on tables of a steady size. */
export async function wipe(sql: postgres.Sql): Promise<void> {
  const rows = await sql`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname = 'sesame' and tablename <> all ('{settings,extra_prices}')
      or tablename = 'module_access'`;
  await sql.begin(async (transaction) => {
    await transaction`set local session_replication_role = replica`; // the log refuses to be emptied
    await transaction.unsafe(`truncate ${rows.map(({ name }) => name).join(", ")}`);
  });
  await readPrices(sql);
}

/** Tells the database how the prices of the catalogue are paid, as the model is told. */
async function readPrices(sql: postgres.Sql): Promise<void> {
  const [failed] = await processEvents(sql, [JSON.stringify(inboxEvent(PRICES_READ))]);
  if (failed !== undefined) throw new Error(failed);
}

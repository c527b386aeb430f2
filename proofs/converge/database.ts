/** The database under test: real migrations on a throwaway Postgres. */

import postgres from "postgres";
import { copiesOf, type DatabaseCopies } from "../../local/database_copies.ts";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { writeCatalogue } from "./catalogue.ts";
import { inboxEvent } from "./claim.ts";
import { processAtOnce } from "./deliver.ts";
import { DEFAULTS } from "./model/settings.ts";
import { writeSettings } from "./settings.ts";
import { writeSite } from "./site.ts";
import { PRICES_READ } from "./stripe/prices.ts";

/** Our migrations, with the last slash. */
export const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** A server with several equal databases, one for each lane. Copying needs the first one unused. */
export interface Server extends AsyncDisposable, DatabaseCopies {
  urls: string[];
}

/**
 * Starts a server.
 *
 * @param databases how many; the fold is a single writer in each, so two keep two cores busy
 */
export async function startServer(databases = 1): Promise<Server> {
  const server = await startMigratedDatabase(MIGRATIONS);
  try {
    await prepare(server.url);
    await work(server.url, writeSite);
    const { copy, drop } = copiesOf(server);
    const urls = [server.url];
    while (urls.length < databases) urls.push(await copy());
    return { urls, copy, drop, [Symbol.asyncDispose]: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Adds the data of every story: catalogue, settings, prices. */
export async function prepare(url: string): Promise<void> {
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

/**
 * A connection that talks to one database. A mapping made meanwhile folds nothing itself: what it
 * touches is folded part by part, between the events that follow.
 */
export function connect(url: string, connections = 1): postgres.Sql {
  return postgres(url, {
    max: connections,
    onnotice: () => {},
    connection: { "sesame.most_at_once": "0" },
    types: { bigint: postgres.BigInt },
  });
}

/** Empties the tables of the events, so that their size is steady in a long run. */
export async function wipe(sql: postgres.Sql): Promise<void> {
  const rows = await sql`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname = 'sesame' and tablename <> all ('{settings,extra_prices,release}')
      or tablename = 'module_access'`;
  await sql.begin(async (transaction) => {
    await transaction`set local session_replication_role = replica`; // the log cannot be emptied otherwise
    await transaction.unsafe(`truncate ${rows.map(({ name }) => name).join(", ")}`);
  });
  await readPrices(sql);
}

/** Gives the database the prices of the catalogue; the model has the same. */
async function readPrices(sql: postgres.Sql): Promise<void> {
  const [failed] = await processAtOnce(sql, [JSON.stringify(inboxEvent(PRICES_READ))]);
  if (failed !== undefined) throw new Error(failed);
}

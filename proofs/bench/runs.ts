/**
 * How many statements the executor runs for one event, those inside functions included. Counted, so
 * the figure does not depend on the machine.
 *
 * @module
 */

import postgres from "postgres";
import type { BareDatabase } from "../../local/bare_database.ts";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { applySeed } from "../../local/migrations.ts";
import { type Story, storyEvents, takeEvents } from "./stories.ts";
import { amount, formatTable } from "./table.ts";
import { openTarget } from "./targets.ts";

/** Sent first and not counted, so that statements are planned and the tables have rows. */
const WARM = 64;

/** A few dozen lives, complete ones and some that end early. */
const EVENTS = 320;

const SUPABASE = new URL("../../supabase/", import.meta.url);

/** One event a call, on a database of its own for each kind of story. */
export async function measureRuns(): Promise<string> {
  const rows: string[][] = [];
  for (const story of ["mix", "checkout", "updated", "invoice"] as const) {
    rows.push([story, amount(await countRuns(story))]);
  }
  return formatTable(["story", "runs an event"], rows);
}

async function countRuns(story: Story): Promise<number> {
  await using server = await startMigratedDatabase(new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await startCounting(server);
  const sql = postgres(server.adminUrl, { max: 1, onnotice: () => {} });
  const rpc = openTarget({ kind: "rpc", dbUrl: server.adminUrl }, 1);
  try {
    const events = takeEvents(storyEvents(story), WARM + EVENTS);
    for (const [place, event] of events.entries()) {
      if (place === WARM) await sql`select bench.pg_stat_statements_reset()`;
      const failure = await rpc.prepare(event)(0);
      if (failure !== null) throw new Error(`the RPC failed: ${failure}`);
    }
    const [counted] = await sql`
      select sum(calls)::int as runs from bench.pg_stat_statements
      where query not like '%pg_stat_statements%'`;
    return counted?.runs / EVENTS;
  } finally {
    await rpc.close();
    await sql.end();
  }
}

/** Restarts the server: Postgres counts only what ran since it was started with the extension. */
export async function startCounting(server: BareDatabase): Promise<void> {
  await ask(server.adminUrl, [
    "alter system set shared_preload_libraries = 'pg_stat_statements'",
    "alter system set pg_stat_statements.track = 'all'",
    "alter system set pg_stat_statements.track_utility = off",
  ]);
  await server.pause();
  await server.resume();
  await ask(server.adminUrl, [
    "create schema bench",
    "create extension pg_stat_statements schema bench",
  ]);
}

async function ask(url: string, statements: string[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    for (const statement of statements) await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

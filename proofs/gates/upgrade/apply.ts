/** Applies an upgrade as `supabase db push` does: statement by statement, in one transaction. */

import postgres from "postgres";
import { delay } from "../../../supabase/functions/_shared/delay.ts";
import { divideSql, runStatements, type Statement } from "../../../local/sql_file.ts";
import { withDatabase } from "../../../local/with_database.ts";

export async function applyUpgrade(dbUrl: string, text: string): Promise<void> {
  await applyStatements(dbUrl, await divideSql(text, "upgrade.sql"));
}

export async function applyStatements(dbUrl: string, statements: Statement[]): Promise<void> {
  await withDatabase(
    dbUrl,
    (sql) => sql.begin((transaction) => runStatements(transaction, statements, "upgrade.sql")),
  );
}

/** Kills the server process of the session after half of the statements, as a power failure would. */
export async function killInTheMiddle(dbUrl: string, text: string): Promise<void> {
  const statements = await divideSql(text, "upgrade.sql");
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe("begin");
  for (const { text } of statements.slice(0, statements.length / 2)) await sql.unsafe(text);
  const [session] = await sql`select pg_backend_pid() as pid`;
  const isCut = sql`select pg_sleep(10)`.then(() => false, () => true);
  await delay(100);
  Deno.kill(session?.pid, "SIGKILL");
  if (!await isCut) throw new Error("the session was not killed");
  await sql.end({ timeout: 0 });
}

/** Waits until the server takes connections again. */
export async function untilBack(dbUrl: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const sql = postgres(dbUrl, { max: 1, onnotice: () => {}, connect_timeout: 1 });
    const isBack = await sql`select`.then(() => true, () => false);
    await sql.end({ timeout: 0 });
    if (isBack) return;
    await delay(100);
  }
  throw new Error("the server did not come back in ten seconds");
}

/**
 * Brings a bare Postgres to where a hosted project stands before its first migration.
 *
 * As a program: `deno run -A local/prelude.ts postgresql://…`
 *
 * @module
 */

import postgres from "postgres";
import { Complaint, runProgram } from "./terminal.ts";

/** Applies `prelude.sql` to the database at `dbUrl`, as its superuser; harmless when repeated. */
export async function applyPrelude(dbUrl: string): Promise<void> {
  const sql = postgres(dbUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(await Deno.readTextFile(new URL("./prelude.sql", import.meta.url))).simple();
  } finally {
    await sql.end();
  }
}

if (import.meta.main) {
  await runProgram(async () => {
    const dbUrl = Deno.args[0];
    if (dbUrl === undefined) throw new Complaint("which database? pass its postgresql:// URL");
    await applyPrelude(dbUrl);
    return 0;
  });
}

/** Turns a bare Postgres into a hosted project before its first migration. */

import { withDatabase } from "./with_database.ts";

/** Options of the hosted project. */
export interface PreludeOptions {
  /** False leaves schema realtime out, as on a stack that has no Realtime. Default true. */
  realtime?: boolean;
}

/** Applies the files of `prelude/` to a database, as its superuser; harmless when repeated. */
export async function applyPrelude(adminUrl: string, options: PreludeOptions = {}): Promise<void> {
  const { realtime = true } = options;
  const parts = ["roles", "schemas", "auth", "storage"];
  const files = [...parts, ...realtime ? ["realtime"] : [], "supautils"];
  await withDatabase(adminUrl, async (sql) => {
    for (const file of files) {
      const source = await Deno.readTextFile(new URL(`./prelude/${file}.sql`, import.meta.url));
      await sql.unsafe(source).simple();
    }
  });
}

/**
 * A database as a hosted project has it after the migrations, and before the seed.
 *
 * @module
 */

import type { BareDatabase } from "./bare_database.ts";
import { applyMigrations } from "./migrations.ts";
import type { PostgresOptions } from "./postgres.ts";
import { applyPrelude, type PreludeOptions } from "./prelude.ts";
import { readTexts, startPrepared } from "./prepared.ts";

/** Starts one, without Auth's own tables; the `await using` that holds it removes it. */
export async function startMigratedDatabase(
  migrations: URL,
  options: PostgresOptions & PreludeOptions = {},
): Promise<BareDatabase> {
  const { realtime = true } = options;
  const server = await startPrepared({ durable: false, ...options }, {
    sources: ["no Auth", String(realtime), ...await readTexts(migrations, /\.sql$/)],
    async prepare(server) {
      await applyPrelude(server.adminUrl, { realtime });
      await applyMigrations(server.urlAs("postgres"), migrations);
    },
  });
  return { ...server, url: server.urlAs("postgres") };
}

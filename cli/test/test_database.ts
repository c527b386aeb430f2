/** A database for pgTAP files, alone on its server: the files change roles too. */

import type { BareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { createPgtap, offerPgtap } from "../../local/pgtap.ts";
import type { PostgresOptions } from "../../local/postgres.ts";
import { applyPrelude, type PreludeOptions } from "../../local/prelude.ts";
import { withDatabase } from "../../local/with_database.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { readTexts, startPrepared } from "../../local/prepared.ts";

/**
 * Starts one with these migrations and pgTAP, and without any seed. The tests' sessions find the objects of the
 * exposed schema without its name, as they find those of `public`.
 */
export async function startTestDatabase(
  migrations: URL,
  options: PostgresOptions & PreludeOptions = {},
  schema = PUBLIC,
): Promise<BareDatabase> {
  const { realtime = true } = options;
  const server = await startPrepared({ durable: false, ...options }, {
    sources: ["pgTAP", schema, String(realtime), ...await readTexts(migrations, /\.sql$/)],
    async prepare(server) {
      await applyPrelude(server.adminUrl, { realtime });
      await offerPgtap(server.adminUrl); // a project's own migration may create it
      await applyMigrations(server.urlAs("postgres"), migrations);
      await createPgtap(server.adminUrl);
      if (schema !== PUBLIC) await searchIn(schema, server.adminUrl);
    },
  });
  return { ...server, url: server.urlAs("postgres") };
}

async function searchIn(schema: string, adminUrl: string): Promise<void> {
  await withDatabase(adminUrl, (sql) =>
    sql.unsafe(`do $$ begin
      execute format('alter role postgres in database %I set search_path = ${schema}, public, extensions',
        current_database());
    end $$`));
}

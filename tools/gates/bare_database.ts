/**
 * A database as a hosted project has it before the first migration.
 *
 * @module
 */

import { type LocalPostgres, startPostgres } from "../../local/postgres.ts";
import { applyPrelude } from "../../local/prelude.ts";

/** Starts one; it is gone with the `await using` that holds it. */
export async function startBareDatabase(): Promise<LocalPostgres> {
  const server = await startPostgres({ durable: false });
  await applyPrelude(server.url);
  return server;
}

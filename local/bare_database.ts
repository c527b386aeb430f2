/**
 * A database as a hosted project has it before the first migration.
 *
 * @module
 */

import { type LocalPostgres, startPostgres } from "./postgres.ts";
import { applyPrelude } from "./prelude.ts";

/** Starts one; it is gone with the `await using` that holds it. */
export async function startBareDatabase(): Promise<LocalPostgres> {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startPostgres({ durable: false }));
  await applyPrelude(server.url);
  starting.move();
  return server;
}

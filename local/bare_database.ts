/**
 * A database as a hosted project has it before the first migration.
 *
 * @module
 */

import { type LocalPostgres, type PostgresOptions, startPostgres } from "./postgres.ts";
import { applyPrelude, type PreludeOptions } from "./prelude.ts";

export interface BareDatabase extends LocalPostgres {
  /** As hosted: the role `postgres`, which owns the project and is not a superuser. */
  url: string;
}

/** Starts one; the `await using` that holds it removes it. */
export async function startBareDatabase(
  options: PostgresOptions & PreludeOptions = {},
): Promise<BareDatabase> {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startPostgres({ durable: false, ...options }));
  await applyPrelude(server.adminUrl, options);
  starting.move();
  return { ...server, url: server.urlAs("postgres") };
}

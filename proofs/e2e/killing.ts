/** Kills the Postgres of a stage, and starts it again. */

import { until } from "../../local/testing.ts";
import type { Stage } from "./stage.ts";

/** Ends every process of the server at once, as a power failure does. */
export async function killPostgres({ sql }: Stage): Promise<void> {
  const [folder] = await sql`show data_directory`;
  const backends = await sql`select pid from pg_catalog.pg_stat_activity`;
  const lock = await Deno.readTextFile(`${folder?.data_directory}/postmaster.pid`);
  // The parent first. It would treat the death of a child as a crash, and recover.
  for (const pid of [parseInt(lock), ...backends.map(({ pid }) => pid)]) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has already ended with its parent.
    }
  }
}

/** Starts the server on what is on its disk, and waits until it has recovered. */
export function restartPostgres({ stack }: Stage): Promise<void> {
  return until(() => stack.postgres.resume().then(() => true, () => false));
}

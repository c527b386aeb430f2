import type postgres from "postgres";
import { wipe } from "./database.ts";
import { checkInvariants } from "./invariants.ts";
import { DEFAULTS, type Settings } from "./model/settings.ts";
import { wordFor, writeSettings } from "./settings.ts";

/** The settings of each database, where they differ from the defaults. */
const inForce = new WeakMap<postgres.Sql, string>();

/**
 * Changes the settings of a database. It checks what happened under the old settings, then removes it.
 * Returns what is broken; in that case the rows stay, for debugging.
 */
export async function changeSettings(sql: postgres.Sql, settings: Settings): Promise<string[]> {
  const wanted = wordFor(settings);
  if (wanted === (inForce.get(sql) ?? wordFor(DEFAULTS))) return [];
  const broken = await checkInvariants(sql);
  if (broken.length > 0) return broken;
  await wipe(sql);
  await writeSettings(sql, settings);
  inForce.set(sql, wanted);
  return [];
}

import type postgres from "postgres";
import { wipe } from "./database.ts";
import { checkInvariants } from "./invariants.ts";
import { DEFAULTS, type Settings } from "./model/settings.ts";
import { wordFor, writeSettings } from "./settings.ts";

/** What each database is set to, where it is not as it was made. */
const inForce = new WeakMap<postgres.Sql, string>();

/**
 * Sets the database to these settings. What was told under others is looked at once more, and goes;
 * answers what is broken in it, and then it stays to be looked at.
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

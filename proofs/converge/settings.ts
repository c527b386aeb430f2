/** The settings of a story: in words, and in the database. */

import type postgres from "postgres";
import { DEFAULTS, type Settings } from "./model/settings.ts";
import { DAY } from "./stripe/clock.ts";

/** The settings that are not the defaults, in words. */
export function wordFor(settings: Settings): string {
  const columns = Object.keys(DEFAULTS) as (keyof Settings)[];
  const other = columns.filter((column) => settings[column] !== DEFAULTS[column]);
  return other.map((column) => `${column} = ${settings[column]}`).join(", ") || "usual settings";
}

/** Groups by settings, the defaults first, because a database has one row of settings. */
export function bySettings<One>(all: One[], settingsOf: (one: One) => Settings): One[][] {
  const groups = Map.groupBy(all, (one) => wordFor(settingsOf(one)));
  const usual = groups.get(wordFor(DEFAULTS)) ?? [];
  groups.delete(wordFor(DEFAULTS));
  return [usual, ...groups.values()].filter(({ length }) => length > 0);
}

/** Writes the settings to the one row, except `returning_account_inherits`: no story deletes an account. */
export async function writeSettings(sql: postgres.Sql, settings: Settings): Promise<void> {
  const { past_due_grace, renewal_grace, returning_account_inherits: _, ...columns } = settings;
  const row = {
    ...columns,
    past_due_grace: `${past_due_grace / DAY} days`,
    renewal_grace: `${renewal_grace / DAY} days`,
  };
  await sql`update sesame.settings set ${sql(row)}`;
}

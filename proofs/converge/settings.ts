/** The settings of Sesame under which a story is told: in words, and in the database. */

import type postgres from "postgres";
import { DEFAULTS, type Settings } from "./model/settings.ts";
import { DAY } from "./stripe/clock.ts";

/** The settings in one word: which of them are not the usual ones. */
export function wordFor(settings: Settings): string {
  const columns = Object.keys(DEFAULTS) as (keyof Settings)[];
  const other = columns.filter((column) => settings[column] !== DEFAULTS[column]);
  return other.map((column) => `${column} = ${settings[column]}`).join(", ") || "usual settings";
}

/** Groups what is told by its settings, the usual ones first: one database has one row of them. */
export function bySettings<Told>(told: Told[], settingsOf: (told: Told) => Settings): Told[][] {
  const groups = Map.groupBy(told, (one) => wordFor(settingsOf(one)));
  const usual = groups.get(wordFor(DEFAULTS)) ?? [];
  groups.delete(wordFor(DEFAULTS));
  return [usual, ...groups.values()].filter(({ length }) => length > 0);
}

/** Writes them to the one row; no story deletes an account, so nothing is said of one that returns. */
export async function writeSettings(sql: postgres.Sql, settings: Settings): Promise<void> {
  const { past_due_grace, renewal_grace, returning_account_inherits: _, ...columns } = settings;
  const row = {
    ...columns,
    past_due_grace: `${past_due_grace / DAY} days`,
    renewal_grace: `${renewal_grace / DAY} days`,
  };
  await sql`update sesame.settings set ${sql(row)}`;
}

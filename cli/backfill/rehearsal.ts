/**
 * Tries moving in on the database itself before the push: all migrations and all rows, in one transaction that
 * is rolled back. So the forecast is measured, and nothing is left behind.
 */

import type postgres from "postgres";
import { readMigrations } from "../../local/migrations.ts";
import { runStatements } from "../../local/sql_file.ts";
import type { Watch } from "../progress_bar.ts";
import { type Forecast, readForecast } from "./report.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** Carries the answer out of the transaction, which it rolls back. */
class Undo extends Error {
  constructor(readonly forecast: Forecast) {
    super("undo");
  }
}

/**
 * The forecast of a push with `sesame.move_in = 'now'`.
 *
 * @throws UserError with the list of all obstacles, if the push would refuse
 */
export async function rehearse(
  sql: postgres.Sql,
  watch: Watch,
): Promise<{ forecast: Forecast; seconds: number }> {
  const migrations = await readMigrations(MIGRATIONS);
  const started = performance.now();
  try {
    await sql.begin(async (transaction) => {
      // Readers of the old tables wait while this runs. It must not also wait for locks that others hold.
      await transaction`set local lock_timeout = '5s'`;
      await transaction`set local sesame.move_in = 'now'`;
      for (const [done, { statements, path }] of migrations.entries()) {
        watch({ title: "trying the migrations", done, total: migrations.length });
        await runStatements(transaction, statements, path);
      }
      throw new Undo(await readForecast(transaction));
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
    return { forecast: error.forecast, seconds: (performance.now() - started) / 1000 };
  } finally {
    watch(null);
  }
  throw new Error("the rehearsal was not undone");
}

/** Whether Sesame was pushed to this database. */
export async function isInstalled(sql: postgres.Sql): Promise<boolean> {
  const [row] = await sql`
    select to_regprocedure('sesame.moving_in_report()') is not null as is_installed`;
  return row?.is_installed;
}

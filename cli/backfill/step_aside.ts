/** --undo: the old tables return to their places and Sesame is switched off. --redo: the reverse. */

import postgres from "postgres";
import { task } from "../../diagnosis/task_command.ts";
import { say, UserError } from "../../local/terminal.ts";

/** Puts the old tables back, and prints what is new since the push. */
export async function stepAside(sql: postgres.Sql): Promise<number> {
  const changes = await refusable(
    sql`select what, number::float8 as number from sesame.step_aside()`,
  );
  say("The old tables are back in schema public, exactly as they were. Sesame is switched off.");
  for (const { what, number } of changes) {
    say(`  ${what}${number === null ? "" : `: ${number.toLocaleString("en")}`}`);
  }
  say(
    "Purchases, grants and closed access since the push are in sesame_aside.new_access. Everything that the site",
    "wrote into Sesame's tables since then is in schema sesame_aside, unchanged.",
    "The webhook answers 503 from now on. To keep it so, disable the endpoint at Stripe.",
    "To switch Sesame on again, and then to fetch the events that it missed:",
    `  ${task("backfill --redo")}`,
    `  ${task("reconcile")}`,
  );
  return 0;
}

/** Switches Sesame on again, and copies the rows that the old tables got meanwhile. */
export async function stepIn(sql: postgres.Sql): Promise<number> {
  await refusable(sql`select sesame.step_in()`);
  say(
    "Sesame is switched on again, and the old tables are in schema legacy.",
    "The first command copies the rows that they got meanwhile, the second fetches the events that Sesame missed:",
    `  ${task("backfill")}`,
    `  ${task("reconcile")}`,
  );
  return 0;
}

/** An error that the user can fix keeps its own message. */
async function refusable(query: postgres.PendingQuery<postgres.Row[]>): Promise<postgres.Row[]> {
  try {
    return await query;
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    if (error.code === "55P03") {
      throw new UserError("A table was busy for ten seconds. Nothing was changed; run it again.");
    }
    if (!["SE010", "SE011", "SE012"].includes(error.code)) throw error;
    throw new UserError([error.message, error.detail, error.hint].filter(Boolean).join("\n"));
  }
}

/** --undo: the old tables return to their places and Sesame goes to sleep. --redo: the other way. */

import postgres from "postgres";
import { task } from "../../diagnosis/task_command.ts";
import { Complaint, say } from "../../local/terminal.ts";

/** Puts the old tables back, and prints what is new since the push. */
export async function stepAside(sql: postgres.Sql): Promise<number> {
  const changes = await refusable(
    sql`select what, number::float8 as number from sesame.step_aside()`,
  );
  say("The old tables are back in schema public, exactly as they were. Sesame is asleep.");
  for (const { what, number } of changes) {
    say(`  ${what}${number === null ? "" : `: ${number.toLocaleString("en")}`}`);
  }
  say(
    "What was bought, given and closed since is in sesame_aside.new_access; all that the site wrote since",
    "into Sesame's tables is in schema sesame_aside, as it was.",
    "The webhook answers 503 from now on. If this is to stay, disable the endpoint at Stripe.",
    "Back again, and then what Stripe has said meanwhile:",
    `  ${task("backfill --redo")}`,
    `  ${task("reconcile")}`,
  );
  return 0;
}

/** Wakes Sesame, and brings what the old tables got meanwhile. */
export async function stepIn(sql: postgres.Sql): Promise<number> {
  await refusable(sql`select sesame.step_in()`);
  say(
    "Sesame is back in its place, and the old tables are in schema legacy.",
    "Rows that they got meanwhile come with the first of these, what Stripe has said with the second:",
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
      throw new Complaint("A table was busy for ten seconds. Nothing was changed; run it again.");
    }
    if (!["SE010", "SE011", "SE012"].includes(error.code)) throw error;
    throw new Complaint([error.message, error.detail, error.hint].filter(Boolean).join("\n"));
  }
}

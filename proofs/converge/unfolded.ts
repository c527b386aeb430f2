/** What a change left to be folded part by part. */

import type postgres from "postgres";

/** More calls than any story needs: then it would never end. */
const MOST_CALLS = 10_000;

/** Folds all of it, in parts of few objects. */
export async function foldTheRest(sql: postgres.Sql): Promise<void> {
  for (let calls = 0; calls < MOST_CALLS; calls++) {
    const [row] = await sql`select public.sesame_fold_part(7) as answer`;
    if (row?.answer.failed !== 0) throw new Error("an object could not be folded");
    if (row.answer.left === 0) return;
  }
  throw new Error("the parts of a fold never end");
}

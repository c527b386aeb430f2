/** What a change left to be folded part by part. */

import type postgres from "postgres";

/** More calls than any story needs: then it would never end. */
const MOST_CALLS = 10_000;

/** Folds all of it, in parts of few objects. */
export async function foldTheRest(sql: postgres.Sql): Promise<void> {
  if (await foldWhatCanBe(sql) > 0) throw new Error("an object could not be folded");
}

/** The same. Returns the number of objects that could not be folded. */
export async function foldWhatCanBe(sql: postgres.Sql, mostCalls = MOST_CALLS): Promise<number> {
  for (let calls = 0; calls < mostCalls; calls++) {
    const [row] = await sql`select public.sesame_fold_part(7) as answer`;
    if (row?.answer.left === 0) return row.answer.failed;
  }
  throw new Error("the parts of a fold never end");
}

import { record, whole } from "../_shared/facts/json.ts";
import { incompleteAnswer } from "../_shared/problem.ts";
import type { Deps, Part, Slice } from "./deps.ts";

/**
 * Folds what a change touched beyond the size of one fold: a price that thousands of sales wait for, or
 * the settings. `after` is how much is left. It may grow first, while Postgres finds what depends on it.
 */
export async function foldUnfolded({ call }: Deps, slice: Slice): Promise<Part> {
  const part: Part = { done: 0, failed: 0, after: slice.isRehearsal ? null : slice.after };
  while (part.after !== null && performance.now() < slice.until) {
    const answer = record(await call("sesame_fold_part", "{}"));
    const left = whole(answer?.left);
    const failed = whole(answer?.failed);
    if (left === null || failed === null) throw incompleteAnswer();
    part.done += Math.max(0, Number(part.after) - left);
    part.after = left === 0 ? null : String(left);
    // They wait until the next round. So only the last call of this one counts them.
    part.failed = left === 0 ? failed : 0;
  }
  return part;
}

import type { CommonCode, Problem, ProblemCode } from "./problem.ts";

/** As in supabase-js, one of the two is null. */
export type Result<Data, Code extends ProblemCode = never> =
  | { data: Data; error: null }
  | { data: null; error: Problem<Code> | Problem<CommonCode> };

/** What each call takes beside its own arguments. */
export interface CallOptions {
  /** Ends the call with the problem `aborted`: `AbortSignal.timeout(5_000)`. */
  signal?: AbortSignal | undefined;
}

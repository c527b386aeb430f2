import { Unavailable } from "./problem.ts";

/**
 * The result of the work, or `Unavailable` when the time is over or the signal aborts. The work itself
 * goes on.
 */
export function within<Value>(
  milliseconds: number,
  work: Promise<Value>,
  signal?: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Unavailable("aborted"));
    const timer = setTimeout(() => reject(new Unavailable("timeout")), milliseconds);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

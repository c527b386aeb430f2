/**
 * Ends this process when the one that started it has gone.
 *
 * In the npm package Node starts Deno. A Node that was killed cannot pass that on, and `dev` would run on unseen.
 *
 * @module
 */

/** Has the process id of the program that started this one, and ends with it. */
export const PARENT = "SESAME_PARENT";

/** How often it looks, in milliseconds. */
const PERIOD = 500;

/** Does nothing without `SESAME_PARENT`. The signal is the one that lets a command end in order. */
export function endWithParent(): void {
  const parent = Deno.env.get(PARENT);
  if (parent === undefined || Deno.build.os === "windows") return;
  const timer = setInterval(() => {
    if (Deno.ppid === Number(parent)) return;
    clearInterval(timer);
    Deno.kill(Deno.pid, "SIGTERM");
  }, PERIOD);
  Deno.unrefTimer(timer);
}

/** Ctrl-C, and the same signal from service managers and closed terminals. */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** One Ctrl-C arrives twice, from the terminal and from `deno task`. A second Ctrl-C comes later than this, in ms. */
const ECHO = 500;

/**
 * Resolves at the first signal, which then no longer ends the process. A second signal ends it at once.
 * Our child processes notice that, and clean up.
 */
export function interruption(): Promise<Deno.Signal> {
  return new Promise((resolve) => {
    let firstAt = Infinity;
    for (const signal of SIGNALS) {
      Deno.addSignalListener(signal, () => {
        if (Date.now() - firstAt > ECHO) Deno.exit(130);
        firstAt = Math.min(firstAt, Date.now());
        resolve(signal);
      });
    }
  });
}

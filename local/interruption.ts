/** Ctrl-C, and the same signal from service managers and closed terminals. */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** One Ctrl-C arrives twice, from the terminal and from `deno task`; a second comes later, in ms. */
const ECHO = 500;

/**
 * Resolves at the first signal to end, which from now on no longer ends the process by itself. A
 * second one does, at once: the processes we own notice, and clean up after us.
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

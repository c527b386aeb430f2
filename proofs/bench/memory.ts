/** The memory of processes, from Linux' `/proc`. On other systems it is not known. */

/** The most that a process has held so far, in megabytes; NaN: not known. */
export function peakMegabytes(pid: number): number {
  return field(pid, "VmHWM");
}

/** What a process holds for itself now, without the memory it shares, in megabytes; NaN: not known. */
export function ownMegabytes(pid: number): number {
  return field(pid, "RssAnon");
}

function field(pid: number, name: string): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) / 1_024;
  } catch {
    return NaN;
  }
}

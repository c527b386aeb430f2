/** The CPU time of a process, from Linux' `/proc`. On other systems it is not known. */

/** CPU time in microseconds since the start of the process; NaN: not known. */
export type CpuMeter = () => number;

/** The kernel counts in ticks of a hundredth of a second. */
const MICROSECONDS_PER_TICK = 10_000;

/** The CPU time of one process with all its threads. */
export function meterProcess(pid: number): CpuMeter {
  return () => ticks(pid, OWN) * MICROSECONDS_PER_TICK;
}

/** The CPU time of a Postgres server, by the pid of its postmaster: itself and all children, also ended ones. */
export function meterServer(postmaster: number): CpuMeter {
  return () => {
    const children = findChildren(postmaster).reduce((sum, pid) => sum + ticks(pid, OWN), 0);
    return (ticks(postmaster, [...OWN, ...ENDED]) + children) * MICROSECONDS_PER_TICK;
  };
}

function findChildren(parent: number): number[] {
  return processes().filter((pid) => Number(fields(pid)[1]) === parent);
}

/** The parent of this process; NaN: not known. */
export function parentOf(pid: number): number {
  return Number(fields(pid)[1]);
}

/** Places behind the command's name in `/proc/<pid>/stat`: user and system time. */
const OWN = [11, 12];
const ENDED = [13, 14];

function ticks(pid: number, places: number[]): number {
  const stat = fields(pid);
  return places.reduce((sum, place) => sum + Number(stat[place] ?? NaN), 0);
}

/** The fields after the name in parentheses. The name may contain any character. */
function fields(pid: number): string[] {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function processes(): number[] {
  if (Deno.build.os !== "linux") return [];
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter(Number.isInteger);
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** How much of the machine a process takes, from Linux' `/proc`; elsewhere nothing is known. */

/** CPU time in microseconds since the process began; NaN where nothing is known. */
export type CpuMeter = () => number;

/** The kernel counts in ticks of a hundredth of a second. */
const MICROSECONDS_PER_TICK = 10_000;

/** Of one process with all its threads. */
export function meterProcess(pid: number): CpuMeter {
  return () => ticks(pid, OWN) * MICROSECONDS_PER_TICK;
}

/** Of a Postgres server, by the pid of its postmaster: itself, its children, those that ended. */
export function meterServer(postmaster: number): CpuMeter {
  return () => {
    const children = findChildren(postmaster).reduce((sum, pid) => sum + ticks(pid, OWN), 0);
    return (ticks(postmaster, [...OWN, ...ENDED]) + children) * MICROSECONDS_PER_TICK;
  };
}

/** The children of a process whose command line contains `word`. */
export function findChildren(parent: number, word = ""): number[] {
  return processes().filter((pid) =>
    Number(fields(pid)[1]) === parent && commandLine(pid).includes(word)
  );
}

/** The process that started this one; NaN where nothing is known. */
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

/** What follows the name in parentheses, which may hold anything. */
function fields(pid: number): string[] {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function commandLine(pid: number): string {
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
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

/** For tests: a `deno task dev` that runs, and what is left of one that has ended. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { withDatabase } from "../../local/with_database.ts";
import { exists, until } from "../../local/testing.ts";

/** A `deno task dev` that is up. */
export interface Dev {
  child: Deno.ChildProcess;
  env: NodeJS.Dict<string>;
  /** All it printed. */
  output(): string;
  dataFolder: string;
  envFile: string;
}

export function runDev(flags: string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "dev", ...flags],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a process group of its own, as in a terminal
  }).spawn();
}

/** Starts one on free ports; resolves when it has printed `sign`. */
export async function startDev(
  flags: string[] = [],
  env: Record<string, string> = {},
  sign = "Sesame is up",
): Promise<Dev> {
  const envFile = await Deno.makeTempFile({ prefix: "sesame-dev-" });
  const child = runDev(["--port", "0", "--db-port", "0", "--stack-file", envFile, ...flags], env);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (output += text) }));
  }
  try {
    await until(() => output.includes(sign), 60); // on a busy machine
  } catch {
    child.kill("SIGKILL");
    throw new Error(`dev did not say ${sign}: ${output}`);
  }
  const written = parseEnv(await Deno.readTextFile(envFile));
  const dataFolder = await dataFolderOf(written.DB_URL ?? "");
  return { child, env: written, output: () => output, dataFolder, envFile };
}

async function dataFolderOf(dbUrl: string): Promise<string> {
  const [row] = await withDatabase(dbUrl, (sql) => sql`show data_directory`);
  return row?.data_directory;
}

/** Signals the whole process group, as a terminal does. */
export async function signalDev({ child }: Dev, signal: "INT" | "TERM" | "KILL"): Promise<void> {
  await new Deno.Command("sh", { args: ["-c", `kill -${signal} -${child.pid}`] }).output();
}

/** This process and all its descendants; empty if there is no /proc. */
export async function family(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  const entries = await Array.fromAsync(Deno.readDir("/proc")).catch(() => []);
  for (const { name } of entries.filter(({ name }) => /^\d+$/.test(name))) {
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]));
  }
  const found = parents.has(pid) ? [pid] : [];
  for (const member of found) {
    parents.forEach((parent, child) => parent === member && found.push(child));
  }
  return found;
}

export async function assertNothingIsLeft(dev: Dev, processes: number[]): Promise<void> {
  await until(async () => !await exists(dev.dataFolder));
  for (const pid of processes) {
    await until(async () => !await exists(`/proc/${pid}/cmdline`));
  }
  await assert.rejects(fetch(dev.env.API_URL ?? ""));
}

/** One Edge Function, running: a process with its own environment, as hosted. */

import { fileURLToPath } from "node:url";
import { forEachLine, runtimeEnv } from "./child_process.ts";
import { READY } from "./function_server.ts";

/** What is needed to start a function. */
export interface BootOptions {
  /** The folder of all functions, with its last slash. */
  folder: URL;
  name: string;
  /** The whole `Deno.env` of the function. */
  env: Record<string, string>;
  /** Takes each line the function prints. */
  log(line: string): void;
}

/** A booted function, listening on a loopback port. */
export interface FunctionProcess {
  port: number;
  /** Resolves when the process has ended, for any reason. */
  ended: Promise<unknown>;
  /** Lets requests in flight finish, then ends it. */
  stop(): Promise<void>;
  /** Ends it at once, in the middle of its work. */
  kill(): Promise<void>;
}

/**
 * Boots a function; takes a few hundred milliseconds.
 *
 * @throws Error where it ends before it listens; what it printed has gone to `log`
 */
export async function bootFunction(options: BootOptions): Promise<FunctionProcess> {
  const { folder, name, env, log } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-check"],
      ...["--allow-net", "--allow-env", "--allow-read", "--allow-sys"],
      ...configFlags(folder),
      new URL("./function_server.ts", import.meta.url).href,
      new URL(`${name}/index.ts`, folder).href,
    ],
    clearEnv: true,
    env: { ...runtimeEnv(), ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true, // Ctrl-C in a terminal reaches only the parent, which ends it in order
  }).spawn();

  const printed = forEachLine(child.stderr, log);
  const port = await readPort(child.stdout, log);
  if (port === null) {
    await Promise.all([printed, child.status, child.stdin.close().catch(() => {})]);
    throw new Error(`the function ${name} did not boot`);
  }

  async function end(how: () => void | Promise<void>): Promise<void> {
    await Promise.resolve().then(how).catch(() => {}); // it may have ended by itself
    await Promise.all([printed, child.status]);
  }
  return {
    port,
    ended: child.status,
    stop: () => end(() => child.stdin.close()),
    kill: () =>
      end(async () => {
        child.kill("SIGKILL");
        await child.stdin.close();
      }),
  };
}

/** The functions' own import map, where the folder has one. */
function configFlags(folder: URL): string[] {
  const config = new URL("deno.json", folder);
  try {
    Deno.statSync(config);
    return ["--config", fileURLToPath(config)];
  } catch {
    return ["--no-config", "--no-lock"];
  }
}

/** The port the function says it listens on; null where it ends first. Its other lines are logged. */
function readPort(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  log: (line: string) => void,
): Promise<number | null> {
  return new Promise((resolve) => {
    forEachLine(output, (line) => {
      if (line.startsWith(READY)) resolve(Number(line.slice(READY.length)));
      else log(line);
    }).then(() => resolve(null));
  });
}

/** A running Edge Function: a process with its own environment, as hosted. */

import { forEachLine, runtimeEnv } from "./child_process.ts";
import { READY } from "./function_server.ts";
import { type FunctionSettings, NO_SETTINGS } from "./functions_config.ts";
import { importFlags } from "./import_flags.ts";

/** Options for starting a function. */
export interface BootOptions {
  /** The folder of all functions, with its last slash. */
  folder: URL;
  name: string;
  /** What `config.toml` says of it; by default nothing. */
  settings?: FunctionSettings;
  /** The whole `Deno.env` of the function. */
  env: Record<string, string>;
  /** Takes each line the function prints. */
  log(line: string): void;
}

/** A booted function, listening on a loopback port. */
export interface FunctionProcess {
  pid: number;
  port: number;
  /** Resolves when the process has ended, for any reason. */
  ended: Promise<unknown>;
  /** Lets requests in flight finish, then ends it. */
  stop(): Promise<void>;
  /** Kills it at once, in the middle of its work. */
  kill(): Promise<void>;
}

/**
 * Boots a function; takes a few hundred milliseconds.
 *
 * @throws Error if it ends before it listens; what it printed has gone to `log`
 */
export async function bootFunction(options: BootOptions): Promise<FunctionProcess> {
  const { folder, name, env, log, settings = NO_SETTINGS } = options;
  const project = new URL("../", folder);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-check"],
      ...["--allow-net", "--allow-env", "--allow-read", "--allow-sys"],
      ...importFlags(project, name, settings.importMap),
      new URL("./function_server.ts", import.meta.url).href,
      entrypointOf(project, name, settings).href,
    ],
    clearEnv: true,
    // As hosted: a package.json further up is the site's, and says nothing about functions.
    env: { ...runtimeEnv(), DENO_NO_PACKAGE_JSON: "1", NO_COLOR: "1", ...env },
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
    await Promise.resolve().then(how).catch(() => {}); // it may have ended already
    await Promise.all([printed, child.status]);
  }
  return {
    pid: child.pid,
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

/** The file of a function that starts it. */
export function entrypointOf(
  project: URL,
  name: string,
  { entrypoint }: Pick<FunctionSettings, "entrypoint">,
): URL {
  return new URL(entrypoint ?? `functions/${name}/index.ts`, project);
}

/** The port that the function prints; null: it ended first. Its other lines are logged. */
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

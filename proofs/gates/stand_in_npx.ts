/**
 * A program `npx` that runs the CLI which the gates have installed, in the place of the real one.
 *
 * It writes down every command line. `KILL_AT` in its environment kills the caller at the command that
 * contains it, by the signal that no program can catch.
 *
 * @module
 */

import { npmTool, SUPABASE_CLI } from "./npm_tool.ts";

export interface StandInNpx extends AsyncDisposable {
  /** For PATH. */
  folder: string;
  program: string;
  /** Every command line so far. */
  lines(): Promise<string>;
}

/** The exit code of a caller that was killed. */
export const KILLED = 137;

/** `variables` are what the CLI is given beside the caller's environment. */
export async function makeNpx(variables: Record<string, string> = {}): Promise<StandInNpx> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-npx-" });
  const program = `${folder}/npx`;
  const lines = [
    "#!/bin/sh",
    "shift 2",
    ...Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`),
    `echo "$@" >> ${folder}/lines`,
    'case "$*" in *"${KILL_AT:-no such command}"*) kill -9 $PPID; exit 1; esac',
    `SUPABASE_HOME=${folder}/home SUPABASE_TELEMETRY_DISABLED=1 SUPABASE_NO_UPDATE_NOTIFIER=1 \\`,
    `  exec ${await npmTool(SUPABASE_CLI)} "$@"`,
  ];
  await Deno.writeTextFile(program, `${lines.join("\n")}\n`, { mode: 0o755 });
  return {
    folder,
    program,
    lines: () => Deno.readTextFile(`${folder}/lines`).catch(() => ""),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

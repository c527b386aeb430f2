/**
 * Runs the real Supabase CLI, without Docker, telemetry or anything from the user's home.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { npmTool, SUPABASE_CLI } from "./npm_tool.ts";

/** How a command of the CLI ended. */
export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The root of the project, with its last slash. */
export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

const QUIET = {
  SUPABASE_TELEMETRY_DISABLED: "1",
  SUPABASE_NO_UPDATE_NOTIFIER: "1",
  DO_NOT_TRACK: "1",
  NO_COLOR: "1",
  // The embedded Postgres speaks no TLS.
  PGSSLMODE: "disable",
};

/** Runs one command in a project, by default ours, such as `supabase(["db", "push", …])`. */
export async function supabase(
  args: string[],
  env: Record<string, string> = {},
  project: string = PROJECT,
): Promise<CliResult> {
  const program = await npmTool(SUPABASE_CLI);
  const home = await Deno.makeTempDir({ prefix: "sesame-cli-" });
  try {
    const cli = new Deno.Command(program, {
      args: ["--agent", "no", "--yes", ...args],
      cwd: project,
      env: { ...QUIET, SUPABASE_HOME: home, ...env },
      stdin: "null",
    });
    const { code, stdout, stderr } = await cli.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

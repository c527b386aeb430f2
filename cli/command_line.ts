/** Reads the flags of a tool. A mistake becomes one line that says what to type instead. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { Complaint } from "../local/terminal.ts";

/** Flags that once carried a secret, and the variable that carries it now. */
const SECRETS: Readonly<Record<string, string>> = {
  "--key": "SUPABASE_SECRET_KEY",
  "--db-url": "SUPABASE_DB_URL",
};

/** The flag by which every tool is told the file that holds its secrets. */
export const ENV_FILE = { "env-file": { type: "string" } } as const;

/**
 * `parseArgs` of Node.
 *
 * @throws Complaint that names a flag, and never a value: the value may be a secret
 */
export function readCommandLine<const Config extends ParseArgsConfig & { args: string[] }>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  refuseSecrets(config.args);
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const { code } = error as { code?: string };
    throw new Complaint(
      code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL"
        ? "this command takes flags only, and a word stands beside them"
        : error.message,
    );
  }
}

/** On a command line every process of the machine could read them, and Deno prints it as it starts. */
function refuseSecrets(args: readonly string[]): void {
  const flag = args.map((word) => word.split("=")[0] ?? "").find((name) =>
    Object.hasOwn(SECRETS, name)
  );
  if (flag === undefined) return;
  throw new Complaint(
    `${flag} is not accepted, because others can read a command line: set ${SECRETS[flag]} in ` +
      "the environment, or in a file named with --env-file. If you typed a real secret, " +
      "it is in your shell's history: remove it there.",
  );
}

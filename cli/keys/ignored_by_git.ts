/** Whether a file with private keys could reach a repository's history. */

import { basename, dirname } from "node:path";

/** A line that warns; none if git ignores the file, or if it is in no repository. */
export async function warnUnlessIgnored(file: string, shown: string): Promise<string[]> {
  if (await exitOf(["check-ignore", "--quiet", basename(file)], dirname(file)) !== NOT_IGNORED) {
    return [];
  }
  return [`git does not ignore ${shown}, which holds private keys: add it to .gitignore.`];
}

/** The exit code of `git check-ignore` for a file that could be committed. */
const NOT_IGNORED = 1;

/** Null: there is no git on this machine. */
async function exitOf(args: string[], cwd: string): Promise<number | null> {
  try {
    const { code } = await new Deno.Command("git", { args, cwd, stdout: "null", stderr: "null" })
      .output();
    return code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The command that fixes a problem, with what is known of the problem filled in. */

import { task } from "./task_command.ts";
import { causeOf, isCode } from "./codes.ts";

/** What is known of a problem, by the names of a command's blanks: `price_id` fills `<price id>`. */
export type Known = Readonly<Record<string, string>>;

/** Ids, slugs and rights. Anything else could end a quotation, so its blank stays. */
const HARMLESS = /^\w[\w.@:+(), -]*$/;

/** One command a line, ready to paste; a blank stays where its value is not known. */
export function commandsOf(code: string, known: Known | null = null, envFile?: string): string[] {
  const command = isCode(code) ? causeOf(code).command : null;
  if (command === null) return [];
  return command.split("\n").map((line) => forProject(fillIn(line, known ?? {}), envFile));
}

/** The tasks that take the file that names the project. */
const OF_A_PROJECT = new RegExp(`^${task("(doctor|explain|reconcile|backfill)")}\\b`);

/** The command for the project that `--env-file` named: without it, it is for the stack that runs here. */
export function forProject(command: string, envFile: string | undefined): string {
  if (envFile === undefined || !OF_A_PROJECT.test(command)) return command;
  if (command.includes("--env-file <")) return command; // of another account or mode
  const [words = "", ...comment] = command.split(/ {2}# /);
  const bare = words.replace(/ --env-file \S+/, "");
  const file = /^[\w./:\\-]+$/.test(envFile) ? envFile : `'${envFile}'`;
  return [`${bare} --env-file ${file}`, ...comment].join("  # ");
}

function fillIn(command: string, known: Known): string {
  return command.replaceAll(/<([a-z ]+)>/g, (blank, name: string) => {
    const value = known[name.replaceAll(" ", "_")];
    return typeof value === "string" && HARMLESS.test(value) ? value : blank;
  });
}

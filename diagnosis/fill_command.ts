/** The command that fixes a problem, with the known values filled in. */

import { isRemark, PROJECT_FILE } from "./commands.ts";
import { task } from "./task_command.ts";
import { causeOf, isCode } from "./codes.ts";

/** Known values of a problem, by the names of a command's blanks: `price_id` fills `<price id>`. */
export type Known = Readonly<Record<string, string>>;

/** Ids, slugs and rights. Anything else could end a quotation, so its blank stays. */
const HARMLESS = /^\w[\w.@:+(), -]*$/;

/** The project that a command is for. */
export interface CommandPlace {
  /** The file of `--env-file`. Without it, a command is for the local stack. */
  envFile?: string | undefined;
  /** The schema with Sesame's tables and functions; default `public`. */
  schema?: string | undefined;
}

/** One command a line, ready to paste. A blank stays if its value is not known. */
export function commandsOf(
  code: string,
  known: Known | null = null,
  { envFile, schema = "public" }: CommandPlace = {},
): string[] {
  const command = isCode(code) ? causeOf(code).command : null;
  if (command === null) return [];
  return command.replaceAll(/\bpublic\./g, `${schema}.`).split("\n")
    .map((line) => forProject(fillIn(line, known ?? {}), envFile));
}

/** The tasks that have the option `--env-file`. */
const OF_A_PROJECT = new RegExp(`^${task("(doctor|explain|reconcile|backfill)")}\\b`);

/** The command with the `--env-file` of the project. Without it, a command is for the local stack. */
export function forProject(command: string, envFile: string | undefined): string {
  if (envFile === undefined) return command;
  if (isRemark(command)) return command.replace(PROJECT_FILE, envFile);
  if (!OF_A_PROJECT.test(command)) return command;
  if (command.includes("--env-file <")) return command; // of another account or mode
  return `${command.replace(/ --env-file \S+/, "")} --env-file ${quoted(envFile)}`;
}

/** A path as bash, PowerShell and cmd.exe all read it. */
export function quoted(path: string): string {
  if (/^[\w./:\\-]+$/.test(path)) return path;
  return /["$`%!]/.test(path) ? "<your file>" : `"${path}"`;
}

/** What stands before a line of `commandsOf`, in a terminal: remarks are not to be typed. */
export function promptFor(line: string): string {
  return isRemark(line) ? "" : "$ ";
}

function fillIn(command: string, known: Known): string {
  return command.replaceAll(/<([a-z ]+)>/g, (blank, name: string) => {
    const value = known[name.replaceAll(" ", "_")];
    return typeof value === "string" && HARMLESS.test(value) ? value : blank;
  });
}

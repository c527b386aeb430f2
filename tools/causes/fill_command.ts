/** The command that fixes a problem, with what is known of the problem filled in. */

import { CAUSES } from "./causes.ts";

/** What is known of a problem, by the names of a command's blanks: `price_id` fills `<price id>`. */
export type Known = Readonly<Record<string, string>>;

/** Ids, slugs and rights. Anything else could end a quotation, so its blank stays. */
const HARMLESS = /^\w[\w.@:+(), -]*$/;

/** One command a line, ready to paste; a blank stays where its value is not known. */
export function commandsOf(code: string, known: Known | null = null): string[] {
  const command = CAUSES[code]?.command ?? null;
  return command === null ? [] : command.split("\n").map((line) => fillIn(line, known ?? {}));
}

function fillIn(command: string, known: Known): string {
  return command.replaceAll(/<([a-z ]+)>/g, (blank, name: string) => {
    const value = known[name.replaceAll(" ", "_")];
    return typeof value === "string" && HARMLESS.test(value) ? value : blank;
  });
}

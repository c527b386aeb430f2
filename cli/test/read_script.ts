/**
 * Reads a pgTAP file without psql.
 *
 * @module
 */

import { dirname, join } from "node:path";

/** A run of lines of one file. */
export interface ScriptPart {
  file: string;
  /** Starts with as many empty lines as stand before it in the file: its line numbers are true. */
  text: string;
}

/** A test file that cannot be run to its end. */
export class ScriptError extends Error {
  override name = "ScriptError";
}

const META_COMMAND = /^\s*\\(\S+)\s*(.*?)\s*;?\s*$/;

/**
 * Reads a test file and, in the place of every `\ir file`, the file it names.
 *
 * @throws ScriptError `file:line: reason` at any other command of psql
 */
export async function readScript(file: string, parents: string[] = []): Promise<ScriptPart[]> {
  const parts: ScriptPart[] = [];
  let lines: string[] = [];
  for (const line of (await Deno.readTextFile(file)).split("\n")) {
    const included = includedBy(line, `${file}:${lines.length + 1}`, [...parents, file]);
    if (included === null) {
      lines.push(line);
      continue;
    }
    parts.push({ file, text: lines.join("\n") });
    parts.push(...await readScript(included, [...parents, file]));
    lines = Array(lines.length + 1).fill("");
  }
  return [...parts, { file, text: lines.join("\n") }];
}

/** The file that a line includes; null for a line of SQL. */
function includedBy(line: string, place: string, parents: string[]): string | null {
  const meta = META_COMMAND.exec(line);
  if (meta === null) return null;

  const [, command, argument = ""] = meta;
  if (command !== "ir") {
    throw new ScriptError(`${place}: \\${command} needs psql; only \\ir works without`);
  }
  const included = join(dirname(parents.at(-1) ?? ""), argument.replaceAll("'", ""));
  if (parents.includes(included)) throw new ScriptError(`${place}: ${argument} includes itself`);
  return included;
}

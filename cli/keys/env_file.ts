/** Changes one line of a file of `NAME=value` lines, and nothing else. */

import { isDeepStrictEqual, parseEnv } from "node:util";
import { UserError } from "../../local/terminal.ts";

/** The text of the file, empty if there is none. */
export async function readText(file: string): Promise<string> {
  try {
    const bytes = await Deno.readFile(file);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    if (error instanceof TypeError) throw new UserError(`${file} is not UTF-8 text`);
    throw error;
  }
}

/** The value of this name; null: there is none. */
export function variableIn(text: string, name: string): string | null {
  return parseEnv(text)[name]?.trim() || null;
}

/**
 * The text with this value under this name, in single quotes.
 *
 * @throws UserError if that would change anything else, or not be read back
 */
export function withVariable(text: string, name: string, value: string): string {
  const line = `${name}='${value}'`;
  const assignment = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*${VALUE}`, "m");
  const changed = assignment.test(text)
    ? text.replace(assignment, () => line)
    : `${endedLine(text)}${line}${newline(text)}`;
  const reread = { ...parseEnv(changed) };
  // Some readers take a quote inside the value for its end.
  const isRight = !value.includes("'") &&
    isDeepStrictEqual(reread, { ...parseEnv(text), [name]: value });
  if (isRight) return changed;
  throw new UserError(`${name} cannot be changed in place: leave it once in the file, on one line`);
}

/** Quoted, perhaps over several lines, or else the rest of the line. */
const VALUE = "(?:'[^']*'|\"[^\"]*\"|`[^`]*`|[^\\r\\n]*)";

function newline(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function endedLine(text: string): string {
  return text === "" || text.endsWith("\n") ? text : text + newline(text);
}

/** The names of all other variables of the text. */
export function othersIn(text: string, name: string): string[] {
  return Object.keys(parseEnv(text)).filter((other) => other !== name);
}

/** Writes the file for its owner alone, all of it or nothing. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const target = await Deno.realPath(file).catch(() => file); // a symbolic link stays a link
  const draft = `${target}.${crypto.randomUUID()}`;
  try {
    using handle = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
    await handle.write(new TextEncoder().encode(text));
    await handle.sync();
    await Deno.rename(draft, target);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error instanceof Deno.errors.NotFound
      ? new UserError(`${file} cannot be written: its folder does not exist`)
      : error;
  }
}

/** A file of `NAME=value` lines in which one line changes, and nothing else does. */

import { isDeepStrictEqual, parseEnv } from "node:util";
import { Complaint } from "../../local/terminal.ts";

/** The text of the file, empty where there is none. */
export async function readText(file: string): Promise<string> {
  try {
    const bytes = await Deno.readFile(file);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    if (error instanceof TypeError) throw new Complaint(`${file} is not UTF-8 text`);
    throw error;
  }
}

/** What the text says under this name; null: nothing. */
export function variableIn(text: string, name: string): string | null {
  return parseEnv(text)[name]?.trim() || null;
}

/**
 * The text with this value under this name, in single quotes.
 *
 * @throws Complaint where that would change anything else, or not be read back
 */
export function withVariable(text: string, name: string, value: string): string {
  const line = `${name}='${value}'`;
  const assignment = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*${VALUE}`, "m");
  const changed = assignment.test(text)
    ? text.replace(assignment, () => line)
    : `${endedLine(text)}${line}${newline(text)}`;
  const reread = { ...parseEnv(changed) };
  // Some readers take a quote inside for the end, whatever this one does.
  const isRight = !value.includes("'") &&
    isDeepStrictEqual(reread, { ...parseEnv(text), [name]: value });
  if (isRight) return changed;
  throw new Complaint(`${name} cannot be changed in place: leave it once in the file, on one line`);
}

/** Quoted, perhaps over several lines, or else the rest of the line. */
const VALUE = "(?:'[^']*'|\"[^\"]*\"|`[^`]*`|[^\\r\\n]*)";

function newline(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function endedLine(text: string): string {
  return text === "" || text.endsWith("\n") ? text : text + newline(text);
}

/** Writes the file for its owner alone, all of it or nothing. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const target = await Deno.realPath(file).catch(() => file); // a link stays one
  const draft = `${target}.${crypto.randomUUID()}`;
  try {
    using handle = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
    await handle.write(new TextEncoder().encode(text));
    await handle.sync();
    await Deno.rename(draft, target);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error instanceof Deno.errors.NotFound
      ? new Complaint(`${file} cannot be written: its folder does not exist`)
      : error;
  }
}

/** What a person sees in the terminal; the only place in `local/` and `tools/` that writes to it. */

const encoder = new TextEncoder();

/** Writes each line to standard output; without one, an empty line. */
export function say(...lines: string[]): void {
  Deno.stdout.writeSync(encoder.encode(written(lines)));
}

/** Writes each line to standard error. */
export function complain(...lines: string[]): void {
  Deno.stderr.writeSync(encoder.encode(written(lines)));
}

/** Writes a value as JSON, to standard output. */
export function sayJson(value: unknown): void {
  say(...JSON.stringify(value, null, 2).split("\n"));
}

function written(lines: string[]): string {
  return lines.length === 0 ? "\n" : lines.map((line) => `${printable(line)}\n`).join("");
}

/**
 * One line of text in which nothing moves the cursor, begins a line or turns the direction of reading:
 * a value in it may come from a stranger. Such a character is shown as its escape in JSON.
 */
export function printable(line: string): string {
  return line.replaceAll(CONTROLS, (character) => SHORT[character] ?? escaped(character));
}

/** Controls (C0, DEL, C1), marks of direction, and separators of lines and paragraphs. */
// deno-lint-ignore no-control-regex -- these are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** An error a person can act on: its message is shown line by line, without a stack trace. */
export class Complaint extends Error {
  override name = "Complaint";
}

/** Runs a command-line program; a `Complaint` becomes its lines on standard error, and an exit code. */
export async function runProgram(program: () => Promise<number>, failed = 1): Promise<never> {
  try {
    Deno.exit(await program());
  } catch (error) {
    const text = error instanceof Complaint ? error.message : Deno.inspect(error);
    complain(...text.split("\n"));
    Deno.exit(failed);
  }
}

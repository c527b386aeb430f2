/** The terminal's output. No other file in `local/`, `cli/` and `proofs/` writes to the terminal. */

import { printable } from "../supabase/functions/_shared/printable.ts";

const encoder = new TextEncoder();

/** Writes each line to standard output; without one, an empty line. */
export function say(...lines: string[]): void {
  Deno.stdout.writeSync(encoder.encode(written(lines)));
}

/** Writes each line to standard error. */
export function printError(...lines: string[]): void {
  Deno.stderr.writeSync(encoder.encode(written(lines)));
}

/** Writes a value as JSON, to standard output. */
export function sayJson(value: unknown): void {
  say(...JSON.stringify(value, null, 2).split("\n"));
}

function written(lines: string[]): string {
  return lines.length === 0 ? "\n" : lines.map((line) => `${printable(line)}\n`).join("");
}

/** An error that the user can fix: its message says how, and is shown without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}

/** The message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

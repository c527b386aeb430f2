/** What a person sees in the terminal; the only place in `local/` and `tools/` that writes to it. */

import { printable } from "../supabase/functions/_shared/printable.ts";

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

/** What a person sees in the terminal; the only place in `local/` and `proofs/` that writes to it. */

import { asksForHelp, helpOf } from "./help.ts";
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

/**
 * Runs a command-line program; a `Complaint` becomes its lines on standard error, and an exit code. Asked for help,
 * it says what its file says of it, and does nothing.
 *
 * @param inWords what is said of any other error: by default all that is known of it, for the person who fixes the program
 */
export async function runProgram(
  program: () => Promise<number>,
  failed = 1,
  inWords: (error: unknown) => string = Deno.inspect,
): Promise<never> {
  try {
    Deno.exit(asksForHelp(Deno.args) ? await sayHelp() : await program());
  } catch (error) {
    const text = error instanceof Complaint ? error.message : inWords(error);
    complain(...text.split("\n"));
    Deno.exit(failed);
  }
}

/** An error as its message alone. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function sayHelp(): Promise<number> {
  say(...await helpOf(Deno.mainModule));
  return 0;
}

/** What a person sees in the terminal; the only place in `local/` and `tools/` that writes to it. */

const encoder = new TextEncoder();

/** Writes one line to standard output. */
export function say(line = ""): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

/** Writes one line to standard error. */
export function complain(line: string): void {
  Deno.stderr.writeSync(encoder.encode(`${line}\n`));
}

/** An error a person can act on: shown as its one line, without a stack trace. */
export class Complaint extends Error {
  override name = "Complaint";
}

/** Runs a command-line program; a `Complaint` becomes one line on standard error, and its exit code. */
export async function runProgram(program: () => Promise<number>, failed = 1): Promise<never> {
  try {
    Deno.exit(await program());
  } catch (error) {
    complain(error instanceof Complaint ? error.message : Deno.inspect(error));
    Deno.exit(failed);
  }
}

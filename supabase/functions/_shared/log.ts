/** What may be known of one request outside of it: identifiers and words, nothing of its body. */
export interface LogLine {
  event_id?: string;
  type?: string;
  /** An object that was to be read from Stripe. */
  object_id?: string;
  /** Fields with a word that we do not know: `subscription.status=hibernating`. */
  unknown?: string[];
  outcome?: string;
  /** Why not: a word of Postgres' or a problem's, a SQLSTATE, or the class of an error. */
  code?: string;
  ms?: number;
}

export function writeLine(line: LogLine): void {
  // deno-lint-ignore no-console -- the platform collects its logs from the console
  console.log(JSON.stringify(line));
}

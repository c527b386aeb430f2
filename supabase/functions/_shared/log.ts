import { printable } from "./printable.ts";

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
  /** Why a signature probably does not hold. */
  cause?: string;
  ms?: number;
}

/** The characters of one value: more than any id of Stripe's has. */
const LONGEST_VALUE = 150;

/** The values of one list. With all that a line has, it stays below the 10,000 characters of the platform. */
const MOST_VALUES = 5;

export function writeLine(line: LogLine): void {
  // deno-lint-ignore no-console -- the platform collects its logs from the console
  console.log(logged(line));
}

/** A line as it is written: JSON, on one line and within bounds, whatever an event has put into it. */
export function logged(line: LogLine): string {
  return printable(JSON.stringify(line, (_, value) => {
    if (typeof value === "string") return cut(value);
    return Array.isArray(value) ? fewOf(value) : value;
  }));
}

function cut(text: string): string {
  if (text.length <= LONGEST_VALUE) return text;
  return `${text.slice(0, LONGEST_VALUE).toWellFormed()}… (${text.length} characters)`;
}

function fewOf(values: unknown[]): unknown[] {
  const left = values.length - MOST_VALUES;
  return left <= 0 ? values : [...values.slice(0, MOST_VALUES), `… and ${left} more`];
}

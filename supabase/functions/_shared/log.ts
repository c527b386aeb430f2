import { printable } from "./printable.ts";

/** The log fields of a request: identifiers and words, nothing of its body. */
export interface LogLine {
  event_id?: string;
  type?: string;
  /** The object that was requested from Stripe. */
  object_id?: string;
  /** Fields with an unknown word: `subscription.status=hibernating`. */
  unknown?: string[];
  outcome?: string;
  /** The reason of a failure: a word, a problem code, a SQLSTATE, or the class of an error. */
  code?: string;
  /** The probable cause of a bad signature. */
  cause?: string;
  ms?: number;
}

/** The maximum length of one value, in characters. Every id of Stripe is shorter. */
const LONGEST_VALUE = 150;

/** The maximum number of values in one list. The whole line stays below the platform's 10,000 characters. */
const MOST_VALUES = 5;

export function writeLine(line: LogLine): void {
  // deno-lint-ignore no-console -- the platform collects its logs from the console
  console.log(logged(line));
}

/** The log line: JSON, on one line and within the limits, whatever the event contains. */
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

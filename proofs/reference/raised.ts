/**
 * The SQLSTATEs that our SQL raises, read from its text.
 *
 * @module
 */

import type { SqlFunction } from "./catalogue.ts";

/** One `raise` with a state and a constant message. */
export interface Raise {
  state: string;
  message: string;
}

/** The conditions that our SQL raises by their name in Postgres. */
const CONDITIONS: Record<string, string> = {
  check_violation: "23514",
  insufficient_privilege: "42501",
  lock_not_available: "55P03",
};

const RAISE = /raise (?:sqlstate '(\w{5})'|([a-z_]+)) using\s+message = '((?:[^']|'')*)'/g;

/** All of a text, each message once. Throws if a condition has no state here. */
export function raisedIn(sql: string): Raise[] {
  const raises = [...sql.matchAll(RAISE)].map(([, state, condition = "", message = ""]) => {
    const known = state ?? CONDITIONS[condition];
    if (known === undefined) throw new Error(`CONDITIONS in raised.ts lacks ${condition}`);
    return { state: known, message: message.replaceAll("''", "'") };
  });
  return distinct(raises);
}

/** The states that a comment names, as in `SE006: no such module`. */
export function statesIn(comment: string): string[] {
  return [...new Set(comment.match(/\b(SE\d{3}|PT\d{3}|(?=\w*\d)[0-9][0-9A-Z]{4})\b/g))];
}

/** A name with its schema, before the bracket of a call. */
const CALL = /\b(?:sesame|public)\.\w+(?=\()/g;

/** What a function raises, itself or through the functions that it calls. Triggers are not followed. */
export function raisesOf(name: string, functions: readonly SqlFunction[]): Raise[] {
  const found: Raise[] = [];
  const waiting = [name];
  for (const at of waiting) { // which grows meanwhile
    for (const { source } of functions.filter((one) => one.name === at)) {
      found.push(...raisedIn(source));
      for (const called of source.match(CALL) ?? []) {
        if (!waiting.includes(called)) waiting.push(called);
      }
    }
  }
  return distinct(found);
}

function distinct(raises: Raise[]): Raise[] {
  const byText = new Map(raises.map((raise) => [`${raise.state} ${raise.message}`, raise]));
  return [...byText.values()].sort((one, other) => one.state.localeCompare(other.state));
}

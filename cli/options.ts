/** The kinds of options that a command may have, and those that several commands share. */

import { UserError } from "../local/terminal.ts";

/** One option of a command; `Value` is what the command gets. */
export interface Option<Value> {
  /** Stands for the value in the help, as `<file>`; null: a switch, which takes none. */
  placeholder: string | null;
  /** One line of the help. */
  summary: string;
  /** The default, as it would be typed. */
  fallback: string | undefined;
  /** True: it may be given several times. */
  isList: boolean;
  /** Reads the typed text; `flag` is the option's name, for the error. */
  read(typed: unknown, flag: string): Value;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values of a command's options. */
export type Values<Some extends Options> = {
  [Name in keyof Some]: Some[Name] extends Option<infer Value> ? Value : never;
};

/** A switch: true if it is given. */
export function flag(summary: string): Option<boolean> {
  return {
    placeholder: null,
    summary,
    fallback: undefined,
    isList: false,
    read: (typed) => typed === true,
  };
}

/** A value. `parse` reads its text; without `parse` it stays text. */
export function value(placeholder: string, summary: string): Option<string | undefined>;
export function value<Value>(
  placeholder: string,
  summary: string,
  parse: (text: string, flag: string) => Value,
): Option<Value | undefined>;
export function value<Value>(
  placeholder: string,
  summary: string,
  parse: (text: string, flag: string) => Value | string = (text) => text,
): Option<Value | string | undefined> {
  return {
    placeholder,
    summary,
    fallback: undefined,
    isList: false,
    read: (typed, flag) => typeof typed === "string" ? parse(typed, flag) : undefined,
  };
}

/** The same option with a default. */
export function withDefault<Value>(
  option: Option<Value | undefined>,
  fallback: string,
): Option<Value> {
  return {
    ...option,
    fallback,
    read: (typed, flag) => option.read(typed ?? fallback, flag) as Value,
  };
}

/** A value that may be given several times. */
export function list(placeholder: string, summary: string): Option<string[]> {
  return {
    placeholder,
    summary,
    fallback: undefined,
    isList: true,
    read: (typed) => (typed ?? []) as string[],
  };
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  summary: string,
): Option<Word | undefined> {
  return value(`<${words.join("|")}>`, summary, (text, flag) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new UserError(`${flag} takes ${inWords(words)}, not ${text}`);
    return found;
  });
}

/** A whole number from 0. */
export function whole(text: string, flag: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new UserError(`${flag} takes a whole number, not ${text}`);
  return Number(text);
}

/** A whole number from 1. */
export function positive(text: string, flag: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UserError(`${flag} takes a whole number above 0, not ${text}`);
}

function inWords(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(words);
}

/** The file with the project and its secrets. Secrets are never on a command line. */
export const ENV_FILE = value(
  "<file>",
  "a file with the variables of the project, which count before the environment's",
);

export const URL_OPTION = value("<url>", "the project's URL, in place of SUPABASE_URL");

export const JSON_OPTION = flag("print the answer as JSON, for scripts");

/** The file that the functions' secrets are set from. */
export function secretsFile(summary: string): Option<string | undefined> {
  return value("<file>", summary);
}

/** The file in which `dev` describes the running stack. */
export function stackFile(summary: string): Option<string | undefined> {
  return value("<file>", `${summary} (default: supabase/.temp/local.env)`);
}

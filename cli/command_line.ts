/** Reads a command line. A mistake becomes one line that says what to type instead, and never shows a value. */

// Commander: help, strict options and "did you mean", without a dependency of its own.
import { Command as Parser, CommanderError, Option as ParserOption } from "commander";
import { say, UserError } from "../local/terminal.ts";
import type { Options, Values } from "./options.ts";

/** Options that once carried a secret, and the variable that carries it now. */
const SECRETS: Readonly<Record<string, string>> = {
  "--key": "SUPABASE_SECRET_KEY",
  "--db-url": "SUPABASE_DB_URL",
};

/** The syntax of a command's arguments and options. */
export interface Syntax<Some extends Options> {
  /** The arguments beside the options: `<reference> [module]`. */
  arguments?: string;
  options: Some;
  /** Old names of options, and the names that they have today. */
  renamed?: Readonly<Record<string, string>>;
}

/** The parsed arguments and options. */
export interface CommandLine<Some extends Options> {
  options: Values<Some>;
  /** The arguments beside the options. */
  words: (string | undefined)[];
}

/**
 * Reads what was typed after `typedAs`, the name of the command; null: help was asked for and shown.
 *
 * @param describe adds to the help what a syntax does not say
 * @throws UserError that names an option, and never its value: the value may be a secret
 */
export function readCommandLine<const Some extends Options>(
  syntax: Syntax<Some>,
  args: readonly string[],
  typedAs: string,
  describe: (parser: Parser) => void = () => {},
): CommandLine<Some> | null {
  refuseSecrets(args);
  refuseRenamed(args, syntax.renamed);
  const parser = parserOf(syntax, typedAs);
  describe(parser);
  try {
    parser.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw mistakeOf(error, typedAs, ([name]) => readCommandLine(syntax, [name], typedAs));
  }
  return valuesOf(parser, syntax.options);
}

/** A parser that prints nothing but help, and throws instead of ending the process. */
export function quietParser(typedAs: string): Parser {
  return new Parser(typedAs)
    .exitOverride()
    .configureOutput({ writeOut: (text) => say(...text.trimEnd().split("\n")), writeErr() {} })
    .helpOption("-h, --help", "show this help");
}

function parserOf({ arguments: words, options }: Syntax<Options>, typedAs: string): Parser {
  const parser = quietParser(typedAs);
  if (words !== undefined) parser.arguments(words);
  for (const [key, { placeholder, summary, fallback, isList }] of Object.entries(options)) {
    const flags = placeholder === null ? flagOf(key) : `${flagOf(key)} ${placeholder}`;
    const option = new ParserOption(flags, summary);
    if (fallback !== undefined) option.default(fallback, fallback);
    if (isList) option.argParser((text, all: string[] = []) => [...all, text]);
    parser.addOption(option);
  }
  return parser;
}

/** The result of a parser, with each option's text turned into its value. */
function valuesOf<Some extends Options>(parser: Parser, options: Some): CommandLine<Some> {
  const typed: Record<string, unknown> = parser.opts();
  const values = Object.entries(options)
    .map(([key, option]) => [key, option.read(typed[key], flagOf(key))]);
  return { options: Object.fromEntries(values) as Values<Some>, words: parser.processedArgs };
}

/** `secretsFile` is typed as `--secrets-file`. */
function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Other users can read a command line, and Deno prints it, so it must contain no secret. */
function refuseSecrets(args: readonly string[]): void {
  const name = args.map(nameOf).find((name) => Object.hasOwn(SECRETS, name));
  if (name === undefined) return;
  throw new UserError(
    `${name} is not accepted, because others can read a command line: set ${SECRETS[name]} in ` +
      "the environment, or in a file named with --env-file. If you typed a real secret, " +
      "it is in your shell's history: remove it there.",
  );
}

function refuseRenamed(
  args: readonly string[],
  renamed: Readonly<Record<string, string>> = {},
): void {
  const name = args.map(nameOf).find((name) => Object.hasOwn(renamed, name));
  if (name !== undefined) throw new UserError(`${name} is called ${renamed[name]} now.`);
}

/** An error of the parser in our words. `retry` reads an option that was typed with a value, without the value. */
export function mistakeOf(
  { code, message }: CommanderError,
  typedAs: string,
  retry: (args: [string]) => unknown,
): UserError {
  const near = /\(Did you mean ([^)]+)\?\)/.exec(message)?.[1];
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  const quoted = /'([^']*)/.exec(message)?.[1] ?? "";
  const help = `All options: ${typedAs} --help`;
  switch (code) {
    case "commander.unknownOption":
      return nameOf(quoted) === quoted
        ? new UserError(`Unknown option ${harmless(quoted)}.${hint} ${help}`)
        : withoutValue(quoted, help, retry);
    case "commander.optionMissingArgument":
      return new UserError(`${quoted} needs a value. ${help}`);
    case "commander.missingArgument":
      return new UserError(`<${quoted}> is missing. ${help}`);
    case "commander.excessArguments":
      return new UserError(`There are more words than this command takes. ${help}`);
    case "commander.unknownCommand":
      return new UserError(
        `Unknown command ${harmless(quoted)}.${hint} All commands: ${typedAs} --help`,
      );
    default:
      return new UserError(`This command line cannot be read (${code}). ${help}`);
  }
}

/** In `--jsn=x` the name is unknown. In `--json=x` the value is wrong, because the option is a switch. */
function withoutValue(typed: string, help: string, retry: (args: [string]) => unknown): UserError {
  const name = nameOf(typed);
  try {
    retry([name]);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  return new UserError(`${name} takes no value. ${help}`);
}

function nameOf(word: string): string {
  return word.split("=")[0] ?? "";
}

/** The typed word, unless it may be a secret. */
function harmless(word: string): string {
  return /^(--)?[a-z][a-z-]{1,24}$/.test(word) ? word : word.replace(/^(-*).*$/s, "$1…");
}

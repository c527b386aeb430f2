/** The frame of every command: its help, its command line, its errors and its exit code. */

import { task } from "../diagnosis/task_command.ts";
import { printError } from "../local/terminal.ts";
import { type CommandLine, readCommandLine, type Syntax } from "./command_line.ts";
import { failureInWords } from "./failure.ts";
import type { Options } from "./options.ts";

export interface Command<Some extends Options = Options> extends Syntax<Some> {
  /** The name of its `deno task`. */
  name: string;
  /** One line, without a full stop. */
  summary: string;
  /** Details beyond the summary. */
  details?: string;
  /** Arguments and options. */
  examples: readonly string[];
  /** The meaning of each exit code, from 0. The code of a failure is added. */
  exitCodes: readonly string[];
  /** The meaning of the failure's exit code, if it differs from the usual text. */
  failure?: string;
  /** Does the work and returns the exit code. */
  run(typed: CommandLine<Some>): Promise<number>;
}

/** A command that can be run, alone or below another program. */
export interface Runnable {
  readonly name: string;
  readonly summary: string;
  /** Runs it with these arguments and ends the process with its exit code. */
  runAndExit(args?: readonly string[], typedAs?: string): Promise<never>;
}

/** Makes a command of its description. */
export function command<const Some extends Options>(description: Command<Some>): Runnable {
  const { name, summary } = description;
  return {
    name,
    summary,
    async runAndExit(args = Deno.args, typedAs = task(name)) {
      Deno.exit(await exitCodeOf(description, args, typedAs));
    },
  };
}

async function exitCodeOf<Some extends Options>(
  description: Command<Some>,
  args: readonly string[],
  typedAs: string,
): Promise<number> {
  try {
    const typed = readCommandLine(description, args, typedAs, (parser) =>
      parser
        .description(paragraphs(description))
        .addHelpText("after", examplesAndCodes(description, typedAs)));
    return typed === null ? 0 : await description.run(typed);
  } catch (error) {
    printError(...failureInWords(error));
    return failedCode(description.exitCodes);
  }
}

function paragraphs({ summary, details }: Pick<Command, "summary" | "details">): string {
  return details === undefined ? `${summary}.` : `${summary}.\n\n${details}`;
}

function examplesAndCodes(
  { examples, exitCodes, failure = "it could not be done" }: Pick<
    Command,
    "examples" | "exitCodes" | "failure"
  >,
  typedAs: string,
): string {
  const codes = Object.entries({
    ...exitCodes,
    [failedCode(exitCodes)]: `${failure}; standard error says why`,
  });
  return [
    "",
    "Examples:",
    ...examples.map((example) => `  ${typedAs} ${example}`.trimEnd()),
    "",
    "Exit codes:",
    ...codes.map(([code, meaning]) => `  ${code}  ${meaning}`),
  ].join("\n");
}

/** 2, as in most programs, unless the command uses 2 for something else. */
function failedCode(exitCodes: readonly string[]): number {
  return Math.max(2, exitCodes.length);
}

/** `sesame`: all commands under one name. */

import { CommanderError } from "commander";
import { task } from "../diagnosis/task_command.ts";
import { complain } from "../local/terminal.ts";
import { backfillCommand } from "./backfill/main.ts";
import { mistakeOf, quietParser } from "./command_line.ts";
import { demo } from "./demo/main.ts";
import { dev } from "./dev/main.ts";
import { doctor } from "./doctor/main.ts";
import { explainCommand } from "./explain/main.ts";
import { failureInWords } from "./failure.ts";
import type { Runnable } from "./frame.ts";
import { keys } from "./keys/main.ts";
import { reconcile } from "./reconcile/main.ts";
import { setup } from "./setup/main.ts";
import { stripe } from "./stripe/main.ts";

const NAME = task("sesame");

/** In the order in which a newcomer needs them. */
export const COMMANDS: readonly Runnable[] = [
  demo,
  dev,
  stripe,
  setup,
  doctor,
  explainCommand,
  reconcile,
  backfillCommand,
  keys,
];

/** The command that the first word names; null: help was asked for and shown. */
function commandNamed(word: string | undefined): Runnable | null {
  let named: Runnable | null = null;
  const parser = quietParser(NAME)
    .description("Stripe payments become access to modules on Supabase.")
    .usage("<command> [options]")
    .helpCommand(false)
    .addHelpText("after", `\n${NAME} <command> --help shows the options of a command.`);
  for (const command of COMMANDS) {
    parser.command(command.name).helpOption(false).summary(command.summary)
      .action(() => void (named = command));
  }
  try {
    parser.parse([word === undefined || word === "help" ? "--help" : word], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw mistakeOf(error, NAME, ([name]) => commandNamed(name));
  }
  return named;
}

async function sesame([word, ...args]: readonly string[]): Promise<number> {
  try {
    const command = commandNamed(word);
    return command === null ? 0 : await command.runAndExit(args, `${NAME} ${command.name}`);
  } catch (error) {
    complain(...failureInWords(error));
    return 2;
  }
}

if (import.meta.main) Deno.exit(await sesame(Deno.args));

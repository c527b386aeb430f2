/** `sesame`: all commands under one name. */

import { CommanderError } from "commander";
import { PROGRAM } from "../diagnosis/edition.ts";
import { printError } from "../local/terminal.ts";
import { add } from "./add/main.ts";
import { backfillCommand } from "./backfill/main.ts";
import { mistakeOf, quietParser } from "./command_line.ts";
import { demo } from "./demo/main.ts";
import { dev } from "./dev/main.ts";
import { doctor } from "./doctor/main.ts";
import { explainCommand } from "./explain/main.ts";
import { endWithParent } from "./end_with_parent.ts";
import { failureInWords } from "./failure.ts";
import type { Runnable } from "./frame.ts";
import { keys } from "./keys/main.ts";
import { reconcile } from "./reconcile/main.ts";
import { remove } from "./remove/main.ts";
import { setup } from "./setup/main.ts";
import { status } from "./status/main.ts";
import { stripe } from "./stripe/main.ts";
import { upgrade } from "./upgrade/main.ts";
import { test } from "./test/main.ts";
import { VERSION } from "./version.ts";

/** In the order in which a newcomer needs them. */
export const COMMANDS: readonly Runnable[] = [
  demo,
  dev,
  stripe,
  add,
  status,
  upgrade,
  test,
  remove,
  setup,
  doctor,
  explainCommand,
  reconcile,
  backfillCommand,
  keys,
];

/** The command that the first word names; null: help or the version was asked for and shown. */
function commandNamed(word: string | undefined): Runnable | null {
  let named: Runnable | null = null;
  const parser = quietParser(PROGRAM)
    .description("Stripe payments become access to modules on Supabase.")
    .usage("<command> [options]")
    .version(VERSION, "--version", "show the version")
    .helpCommand(false)
    .addHelpText("after", `\n${PROGRAM} <command> --help shows the options of a command.`);
  for (const command of COMMANDS) {
    parser.command(command.name).helpOption(false).summary(command.summary)
      .action(() => void (named = command));
  }
  try {
    parser.parse([word === undefined || word === "help" ? "--help" : word], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw mistakeOf(error, PROGRAM, ([name]) => commandNamed(name));
  }
  return named;
}

async function sesame([word, ...args]: readonly string[]): Promise<number> {
  try {
    const command = commandNamed(word);
    return command === null ? 0 : await command.runAndExit(args, `${PROGRAM} ${command.name}`);
  } catch (error) {
    printError(...failureInWords(error));
    return 2;
  }
}

if (import.meta.main) {
  endWithParent();
  Deno.exit(await sesame(Deno.args));
}

/** An explanation as lines for a terminal. */

import { CAUSES } from "../../diagnosis/causes.ts";
import { commandsOf } from "../../diagnosis/fill_command.ts";
import type { Explanation, Link } from "./explain.ts";

const MARKS = { holds: "✓", broken: "✗", beside: "·" };

const LINKS: Record<string, string> = {
  module: "the module",
  account: "the account",
  delivered: "delivered by Stripe, and signed",
  understood: "understood, and applied",
  mapped: "what was sold opens something",
  buyer: "the buyer is known",
  decision: "the sources say open",
  access: "module_access says the same",
  reading: "the user may read it",
  uses: "uses are left",
  purchase: "the purchase",
};

/** `envFile` is the file that names the project: a command to paste has to name it as well. */
export function inWords({ user, module, links, cause }: Explanation, envFile?: string): string[] {
  const whose = [module, user].filter((part) => part !== null).join(" for ");
  const state = cause === null ? "open" : "not open";
  return [
    whose === "" ? "Nothing is open by it." : `${whose}: ${state}.`,
    ...links.map(lineOf),
    ...cause === null ? [] : conclusionOf(cause, envFile),
    "",
  ];
}

function lineOf({ link, state, code, detail }: Link): string {
  const why = [code, detail].filter((part) => part !== null).join(": ");
  return `  ${MARKS[state]} ${LINKS[link] ?? link}  ${why}`.trimEnd();
}

function conclusionOf({ code, known }: Link, envFile: string | undefined): string[] {
  const cause = CAUSES[code ?? ""];
  if (cause === undefined) return [];
  const commands = commandsOf(code ?? "", known, envFile).map((command) => `  $ ${command}`);
  return ["", `  ${cause.en.cause}`, `  ${cause.en.mend}`, ...commands];
}

/** An explanation as lines for a terminal. */

import { causeOf, isCode } from "../../diagnosis/codes.ts";
import { commandsOf } from "../../diagnosis/fill_command.ts";
import { LINKS } from "../../diagnosis/links.ts";
import type { Explanation, Link } from "./explain.ts";

const MARKS = { holds: "✓", broken: "✗", beside: "·" };

/** `envFile` is the file that names the project: printed commands name it as well. */
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
  return `  ${MARKS[state]} ${LINKS[link].en}  ${why}`.trimEnd();
}

function conclusionOf({ code, known }: Link, envFile: string | undefined): string[] {
  if (code === null || !isCode(code)) return [];
  const { en } = causeOf(code);
  const commands = commandsOf(code, known, envFile).map((command) => `  $ ${command}`);
  return ["", `  ${en.cause}`, `  ${en.fix}`, ...commands];
}

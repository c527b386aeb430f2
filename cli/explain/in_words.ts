/** An explanation as lines for a terminal. */

import { causeOf, isCode } from "../../diagnosis/codes.ts";
import { type CommandPlace, commandsOf, promptFor } from "../../diagnosis/fill_command.ts";
import { LINKS } from "../../diagnosis/links.ts";
import type { Explanation, Link } from "./explain.ts";

const MARKS = { holds: "✓", broken: "✗", beside: "·" };

/** `place` is the project that the printed commands are for. */
export function inWords(
  { user, module, links, cause }: Explanation,
  place: CommandPlace = {},
): string[] {
  const subject = [module, user].filter((part) => part !== null).join(" for ");
  const state = cause === null ? "open" : "not open";
  return [
    subject === "" ? "It opens nothing." : `${subject}: ${state}.`,
    ...links.map(lineOf),
    ...cause === null ? [] : conclusionOf(cause, place),
    "",
  ];
}

function lineOf({ link, state, code, detail }: Link): string {
  const why = [code, detail].filter((part) => part !== null).join(": ");
  return `  ${MARKS[state]} ${LINKS[link].en}  ${why}`.trimEnd();
}

function conclusionOf({ code, known }: Link, place: CommandPlace): string[] {
  if (code === null || !isCode(code)) return [];
  const { en } = causeOf(code);
  const commands = commandsOf(code, known, place).map((command) =>
    `  ${promptFor(command)}${command}`
  );
  return ["", `  ${en.cause}`, `  ${en.fix}`, ...commands];
}

/** Asks before anything is written. */

import { UserError } from "../../local/terminal.ts";
import { flag } from "../options.ts";

export const YES_OPTION = flag("do it without asking");
export const DRY_RUN_OPTION = flag("print the plan, and change nothing");

/** Whether the plan that was shown may be carried out. If not, it prints that nothing was changed. */
export function mayGoOn(yes: boolean, print: (line: string) => void): boolean {
  if (yes) return true;
  if (!Deno.stdin.isTerminal()) {
    throw new UserError(
      "There is no terminal to ask at. Nothing was changed: add --yes to go on without asking.",
    );
  }
  const isWanted = confirm("Go on?");
  if (!isWanted) print("Nothing was changed.");
  return isWanted;
}

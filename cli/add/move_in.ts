/** Old tables with the names of ours: the migration takes them over where the user asks for it. */

import type { MoveIn } from "../project/manifest.ts";
import { choice, type Option } from "../options.ts";

const WORDS = choice(
  ["now", "later"],
  "take over old tables of what was sold; with later, the command backfill copies their rows",
);

/** Without a word it means `now`. */
export const MOVE_IN_OPTION: Option<MoveIn | undefined> = {
  ...WORDS,
  placeholder: "[now|later]",
  read: (typed, flag) => WORDS.read(typed === true ? "now" : typed, flag),
};

/** The migration with the setting that its first chapter reads. */
export function withMoveIn(sql: string, moveIn: MoveIn | undefined): string {
  return moveIn === undefined ? sql : `${settingOf(moveIn)}\n\n${sql}`;
}

export function settingOf(moveIn: MoveIn): string {
  return `set local sesame.move_in = '${moveIn}';`;
}

/** Whether the first chapter can move an object of this name, as `createdNames` writes it. */
export function canMove(name: string): boolean {
  return /^(relation|function) public\./.test(name);
}

/** Whether the names may be a record of what was sold, and not something else with the same names. */
export function areOldTables(names: readonly string[]): boolean {
  return names.some((name) =>
    /^relation public\.(modules|module_access|access_tokens)$/.test(name)
  );
}

export const HOW_TO_MOVE_IN =
  "If modules, module_access and access_tokens are your own record of who has bought what, do not rename them: " +
  "add --move-in takes them over. docs/moving_in.md says what moves.";

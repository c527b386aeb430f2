/** What the keys' keeper is told: never anything that is secret. */

import { say } from "../../local/terminal.ts";
import { algorithmOf } from "../../supabase/functions/module-token/key_set.ts";
import { findRole, type KeptKey, roleOf, written } from "../../local/kept_key.ts";
import { hasEndedAt, maySignAt } from "./rotation.ts";
import { task } from "../../diagnosis/task_command.ts";

type Keys = readonly KeptKey[];

/** Says what was done, what there is now and what comes next. */
export function tell(file: string, before: Keys, after: Keys, hours: number): void {
  const added = after.filter(({ kid }) => !before.some((key) => key.kid === kid));
  const removed = before.filter(({ kid }) => !after.some((key) => key.kid === kid));
  added.forEach(({ kid }) => say(`Made ${kid}.`));
  removed.forEach(({ kid }) => say(`Withdrew ${kid}.`));
  if (before.length > 0 && before[0]?.kid !== after[0]?.kid) {
    say(`${after[0]?.kid} signs from now on.`);
  }

  say(`MODULE_TOKEN_KEYS in ${file}:`);
  for (const key of after) say(`  ${lineOf(key, after)}`);
  say();
  say(`Now:  npx supabase@3.1.0 secrets set --env-file ${file}`);
  say(`Then: ${nextStep(after, hours)}`);
}

function lineOf(key: KeptKey, keys: readonly KeptKey[]): string {
  const role = roleOf(key, keys);
  const made = key.iat === undefined ? "made elsewhere" : `made ${written(key.iat)}`;
  const since = key.retired_at === undefined ? "" : ` since ${written(key.retired_at)}`;
  return `${key.kid}  ${algorithmOf(key)}  ${made}  ${role}${since}`;
}

function nextStep(keys: readonly KeptKey[], hours: number): string {
  const published = findRole("published", keys);
  if (published !== undefined) {
    return `${task("keys rotate")}, at ${written(maySignAt(published))} or later, lets it sign`;
  }
  const retired = findRole("verifies only", keys);
  if (retired !== undefined) {
    return `${task("keys withdraw")}, at ${written(hasEndedAt(retired, hours))} or later`;
  }
  return `${task("keys rotate")}, when the key has served long enough`;
}

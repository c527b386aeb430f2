/** The output of `keys`. It never contains a secret part of a key. */

import { quoted } from "../../diagnosis/fill_command.ts";
import { task } from "../../diagnosis/task_command.ts";
import { findRole, type KeptKey, roleOf, written } from "../../local/kept_key.ts";
import { algorithmOf } from "../../supabase/functions/module-token/key_set.ts";
import { hasEndedAt, maySignAt } from "./rotation.ts";

type Keys = readonly KeptKey[];

/** What was done, the present keys, and the next step. `others` are the other variables of the file. */
export function changesInWords(
  { file, others }: { file: string; others: readonly string[] },
  before: Keys,
  after: Keys,
  hours: number,
): string[] {
  const added = after.filter(({ kid }) => !before.some((key) => key.kid === kid));
  const removed = before.filter(({ kid }) => !after.some((key) => key.kid === kid));
  const promoted = before.length > 0 && before[0]?.kid !== after[0]?.kid;
  return [
    ...added.map(({ kid }) => `Made ${kid}.`),
    ...removed.map(({ kid }) => `Withdrew ${kid}.`),
    ...promoted ? [`${after[0]?.kid} signs from now on.`] : [],
    `MODULE_TOKEN_KEYS in ${file}:`,
    ...after.map((key) => `  ${lineOf(key, after)}`),
    "",
    `Now:  npx supabase@3.1.0 secrets set --env-file ${quoted(file)}`,
    ...othersInWords(others),
    `Then: ${nextStep(after, hours)}`,
  ];
}

/** A file for this machine has values that would stop a hosted project. */
function othersInWords(others: readonly string[]): string[] {
  if (others.length === 0) return [];
  return [
    `      It sets ${others.join(", ")} too. If they are for this machine only, first move`,
    "      MODULE_TOKEN_KEYS into a file of its own, and name that one with --secrets-file.",
  ];
}

/** A key for scripts, without its secret parts. */
export function keyAsJson(key: KeptKey, keys: Keys) {
  const { kid, iat = null, retired_at = null } = key;
  return { kid, alg: algorithmOf(key), role: roleOf(key, keys), iat, retired_at };
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
  return `${task("keys rotate")}, when you want to replace the key`;
}

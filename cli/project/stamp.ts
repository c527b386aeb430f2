/** The version of a new migration: the time, but after every migration that is there. */

import { UserError } from "../../local/terminal.ts";

/** Fourteen digits, as the CLI writes them. `names` are the files of `supabase/migrations`. */
export function nextStamp(now: Date, names: readonly string[]): string {
  const last = names.map(stampOf).sort().at(-1) ?? "";
  const time = now.toISOString().replaceAll(/\D/g, "").slice(0, 14);
  if (time > last) return time;
  const next = String(BigInt(last.slice(0, 14)) + 1n).padEnd(14, "0");
  if (next.length === 14) return next;
  throw new UserError(
    `supabase/migrations has the version ${last}, and none can come after it. Rename that file.`,
  );
}

/** The version of a migration, from the name of its file. */
export function stampOf(name: string): string {
  return /^\d+/.exec(name)?.[0] ?? "";
}

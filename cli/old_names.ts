/** The names that an older site may use for the variables of Sesame. */

import { task } from "../diagnosis/task_command.ts";
import { optional, type Source } from "../supabase/functions/_shared/env.ts";

interface OldName {
  old: readonly string[];
  /** The fix; absent: write the same value under the new name. */
  instead?: string;
}

/** Each variable, and what it may be called on an old site. */
export const OLD_NAMES: Readonly<Record<string, OldName>> = {
  SUPABASE_URL: { old: ["NEXT_PUBLIC_SUPABASE_URL"] },
  SUPABASE_SECRET_KEY: { old: ["SUPABASE_SERVICE_ROLE_KEY"] },
  SUPABASE_DB_URL: {
    old: ["POSTGRES_URL_NON_POOLING", "POSTGRES_URL", "DATABASE_URL"],
    instead: "if that is the project's database, as its owner, write its value under that name",
  },
  SITE_URL: { old: ["NEXT_PUBLIC_SITE_URL", "NEXT_PUBLIC_APP_URL"] },
  STRIPE_SECRET_KEY: { old: ["STRIPE_API_KEY"] },
  STRIPE_WEBHOOK_SECRET: {
    old: ["STRIPE_WEBHOOK_SIGNING_SECRET", "STRIPE_ENDPOINT_SECRET"],
    instead: "that endpoint has a secret of its own, and the old site's is another",
  },
  MODULE_TOKEN_KEYS: {
    old: ["JWT_SECRET"],
    instead: `${task("keys")} makes it, an ES256 key pair; for modules that still verify HS256 ` +
      "with the site's secret there is MODULE_TOKEN_LEGACY_SECRET",
  },
};

/** Old names with the same meaning. Their values count as values of the new name. */
const ACCEPTED = ["SUPABASE_URL", "SUPABASE_SECRET_KEY", "SITE_URL"];

/** The variables that a file has only under an old name: old and new name. */
export function takenOver(source: Source): [old: string, today: string][] {
  return ACCEPTED.filter((today) => optional(source, today) === null).flatMap((today) => {
    const old = foundAs(today, source);
    return old === null ? [] : [[old, today]];
  });
}

/** The same variables under the names of today. */
export function withOldNames(source: Source): Source {
  const names = new Map(takenOver(source).map(([old, today]) => [today, old]));
  return (name) => source(names.get(name) ?? name);
}

/** A sentence to follow "… is missing", if the variable is set under an old name; otherwise empty. */
export function oldNameHint(today: string, source: Source): string {
  const old = foundAs(today, source);
  if (old === null) return "";
  const what = OLD_NAMES[today]?.instead ?? "write its value under that name";
  return `you have ${old}; Sesame calls it ${today}: ${what}`;
}

function foundAs(today: string, source: Source): string | null {
  return OLD_NAMES[today]?.old.find((old) => optional(source, old) !== null) ?? null;
}

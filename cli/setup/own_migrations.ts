/**
 * The migrations of the user's own project, with ours among them. They are pushed in their order, or not at all.
 *
 * Ours alone before the app's would leave the app's out of order, and then the CLI refuses the app's next push.
 *
 * @module
 */

import { isOurMigration } from "../project/migrations.ts";
import { stampOf } from "../project/stamp.ts";
import type { Rehearsed } from "./rehearsal.ts";
import type { Step } from "./steps.ts";

/** One migration of the files, of the database, or of both; empty where it is not there. */
export interface HistoryRow {
  local: string;
  remote: string;
}

export interface OwnMigrations {
  /** Files that the database does not have, in their order. */
  pending: string[];
  /** Files of the app among them that are older than the last one applied. */
  late: string[];
  /** Versions of the database that have no file. */
  unknown: string[];
  /** What our migration says about the database; null: it is applied, or was not tried. */
  rehearsed: Rehearsed | null;
}

/** `names` are the files of `supabase/migrations`. */
export function compareHistory(
  rows: readonly HistoryRow[],
  names: readonly string[],
): Omit<OwnMigrations, "rehearsed"> {
  const applied = new Set(rows.map(({ remote }) => remote).filter((version) => version !== ""));
  const last = [...applied].sort().at(-1) ?? "";
  const pending = names.filter((name) => !applied.has(stampOf(name)));
  const known = new Set(names.map(stampOf));
  return {
    pending,
    late: pending.filter((name) => !isOurMigration(name) && stampOf(name) < last),
    unknown: [...applied].filter((version) => !known.has(version)).sort(),
  };
}

/** `mayPush`: the user lets setup push the app's own migrations. */
export function ownMigrationsStep(
  plan: OwnMigrations,
  mayPush: boolean,
  push: () => Promise<void>,
): Step {
  const { pending, rehearsed } = plan;
  const refusal = whyNot(plan, mayPush);
  if (pending.length === 0 && refusal === null) {
    return { name: "migrations", says: "the database: every migration of your project is applied" };
  }
  const untried = rehearsed?.kind === "unknown"
    ? `; it could not be tried beforehand (${rehearsed.why.replaceAll("\n", " ")})`
    : "";
  return {
    name: "migrations",
    says: `push ${pending.length} migration(s) of your project: ${pending.join(", ")}${untried}`,
    act: push,
    ...refusal === null ? {} : { refusal },
  };
}

function whyNot({ pending, late, unknown, rehearsed }: OwnMigrations, mayPush: boolean) {
  if (unknown.length > 0) {
    return `The database has migrations without a file in supabase/migrations: ${
      unknown.join(", ")
    }.\n` +
      "Take the files from your repository's history, or from where they were pushed, and run setup again.\n" +
      "Do not mark them as reverted: the next push would apply them a second time.";
  }
  if (rehearsed?.kind === "refused") return rehearsed.why;
  if (rehearsed?.kind === "added") {
    return `The database has Sesame already, by ${rehearsed.by}, and your project has no such file.\n` +
      "Find the repository that added it, and go on from there.";
  }
  if (late.length > 0) {
    return `Older than the last one that is applied: ${late.join(", ")}.\n` +
      "Look whether that order is right, push with supabase db push --include-all, and run setup again.";
  }
  const own = pending.filter((name) => !isOurMigration(name));
  if (own.length === 0 || mayPush) return null;
  return `Your own migrations are not pushed yet: ${own.join(", ")}.\n` +
    "Push as usual, with npx supabase@3.1.0 db push, and run setup again.\n" +
    "Or let setup push all of them in their order: --push";
}

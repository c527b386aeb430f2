/** An upgrade as one file: it checks, locks, moves rows, replaces objects, and notes the new version. */

import { startBareDatabase } from "../../../local/bare_database.ts";
import { copiesOf, runOn } from "../../../local/database_copies.ts";
import { bind, type Chapter } from "../../../cli/project/release.ts";
import { takeSnapshot } from "../../../cli/catalogue/snapshot.ts";
import { STAMP } from "../../../cli/project/upgrade_steps.ts";
import { differencesBetween, inWords } from "./differences.ts";
import { fullCatalogue, generate, type Generated, refuse, withNames } from "./generate.ts";

export interface UpgradeRequest {
  from: string;
  to: string;
  /** The `install.sql` of `from`. */
  install: string;
  /** What is written by hand: before the generated part, and after it. */
  moves: string;
  after: string;
  /** The chapters of `to`. */
  book: readonly Chapter[];
}

/**
 * Writes the file, applies it to an installation of `from`, and compares the result with one of `to`.
 *
 * @throws UserError with the list of what still differs
 */
export async function writeUpgrade(request: UpgradeRequest): Promise<string> {
  const { install, moves, book } = request;
  // Two servers, because a role and its settings belong to the whole server.
  await using old = await startBareDatabase();
  await using fresh = await startBareDatabase();
  await runOn(fresh.url, bind(book, null));
  await runOn(old.url, install);
  const start = await fullCatalogue(old.url);
  const { copy } = copiesOf(old);
  const [moved, upgraded] = [await copy(), await copy()];
  await runOn(moved, moves);
  const text = await assemble(request, await generate(moved, fresh.url, start, book));
  await runOn(upgraded, text);
  await refuseDifferences(upgraded, fresh.url);
  return text;
}

/** Compares a database that was upgraded with a fresh one: every object, and the rows that an installation writes. */
export async function refuseDifferences(upgraded: string, fresh: string): Promise<void> {
  const [rows, freshRows] = [await rowsIn(upgraded), await rowsIn(fresh)];
  refuse([
    ...await differentObjects(upgraded, fresh),
    ...[...freshRows.difference(rows)].map((row) => `missing row: ${row}`),
    ...[...rows.difference(freshRows)].map((row) => `row too many: ${row}`),
  ], "The upgrade does not lead to a fresh installation");
}

/** One line for each object that is not the same in both databases. */
export async function differentObjects(upgraded: string, fresh: string): Promise<string[]> {
  const [was, is] = [await fullCatalogue(upgraded), await fullCatalogue(fresh)];
  return differencesBetween(was, is).map(inWords);
}

/** One line for each row of a database without data. The versions differ, and so do pg_cron's port, counters, ids and history. */
async function rowsIn(dbUrl: string): Promise<Set<string>> {
  const lines = await takeSnapshot(withNames(dbUrl));
  const rows = lines.filter((line) =>
    /^\S+ \{"/.test(line) &&
    !/^(sesame\.release|cron\.(jobid_seq|runid_seq|job_run_details)) /.test(line)
  );
  return new Set(rows.map((row) => row.replaceAll(/"(?:nodeport|jobid)": \d+/g, "")));
}

async function assemble(
  { from, to, moves, after }: UpgradeRequest,
  { comments, drops, creates, newComments, closes, grants }: Generated,
): Promise<string> {
  const [guard, locks] = await Promise.all(
    ["guard", "locks"].map((name) => Deno.readTextFile(new URL(`${name}.sql`, import.meta.url))),
  );
  const words = { from, to, stamp: STAMP } as Record<string, string>;
  return [
    `-- Sesame ${from} to ${to}. Sesame wrote this file: do not edit it.`,
    guard!.replaceAll(/<(from|to|stamp)>/g, (_, word) => words[word] ?? ""),
    locks!,
    moves.trim(),
    comments.join("\n"),
    dropBlock(drops),
    creates.join("\n\n"),
    newComments.join("\n"),
    closes.join("\n"),
    grants.join("\n"),
    after.trim(),
    `insert into sesame.release (version) values ('${to}');`,
    "notify pgrst, 'reload schema';",
  ].map((part) => part.trim()).filter((part) => part !== "").join("\n\n") + "\n";
}

/**
 * An object of the user's may depend on one of these. Postgres' own error would advise to drop that too. One that is
 * missing already, because somebody dropped it, is no reason to refuse.
 */
function dropBlock(drops: readonly string[]): string {
  if (drops.length === 0) return "";
  return `do $$
declare
  v_users text;
begin
${drops.map((object) => `  drop ${object.replace(" ", " if exists ")};`).join("\n")}
exception when dependent_objects_still_exist then
  get stacked diagnostics v_users = pg_exception_detail;
  raise sqlstate 'SE010' using
    message = 'Sesame cannot be upgraded yet; nothing was changed',
    detail = v_users,
    hint = 'Change each of these in a migration before this one, so that it does without. Then push again.';
end
$$;`;
}

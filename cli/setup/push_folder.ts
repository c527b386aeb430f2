/**
 * A folder to push from: our migrations, and a placeholder for each migration that only the project has.
 *
 * The CLI pushes only if it has a file for every version in the project's history. A project that
 * is older than Sesame has versions of its own, and setup does not have their files.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { chapterNames } from "../project/release.ts";
import { stampOf } from "../project/stamp.ts";

/** Whether the rows of an old site come with the push, or later with `backfill`. */
export type MoveIn = "now" | "later";

const MIGRATIONS = fileURLToPath(new URL("../../supabase/migrations/", import.meta.url));

/** The versions of the project's history that are not ours. */
export async function versionsOfTheProject(history: string[]): Promise<string[]> {
  const ours = new Set((await chapterNames()).map(stampOf));
  return history.filter((version) => !ours.has(version));
}

/** Makes the folder, hands its path to `use`, and removes it. */
export async function withPushFolder<Result>(
  history: string[],
  moveIn: MoveIn | null,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-push-" });
  try {
    const migrations = `${folder}/supabase/migrations`;
    await Deno.mkdir(migrations, { recursive: true });
    for (const name of await chapterNames()) {
      await Deno.writeTextFile(`${migrations}/${name}`, await migrationText(name, moveIn));
    }
    for (const version of await versionsOfTheProject(history)) {
      await Deno.writeTextFile(`${migrations}/${version}_of_the_project.sql`, PLACEHOLDER);
    }
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The text that is pushed. The first migration asks whether an old site is to be moved in. */
export async function migrationText(name: string, moveIn: MoveIn | null): Promise<string> {
  const text = await Deno.readTextFile(`${MIGRATIONS}${name}`);
  if (moveIn === null || name !== (await chapterNames())[0]) return text;
  return `set local sesame.move_in = '${moveIn}';\n\n${text}`;
}

/**
 * Never run, since its version is in the history. If the row disappears at that moment, the push stops
 * here and records nothing.
 */
const PLACEHOLDER = `do $$
begin
  raise exception 'this is a placeholder for a migration of the project, and its row is missing from the history';
end
$$;
`;

/**
 * A project that has Sesame already, by the chapters of a clone, pushed one by one.
 *
 * `add` takes it over as it is. The chapters stay, or come, beside the app's migrations, because the database
 * remembers them. The new migration only says that from here on the project is an added one.
 *
 * @module
 */

import { join } from "node:path";
import type { AddOptions } from "../project/manifest.ts";
import { isRemoval, lastOfOurs, migrationNames } from "../project/migrations.ts";
import { chapterNames, readBook } from "../project/release.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { isSameText, readIfThere } from "../project/text_file.ts";
import { VERSION } from "../version.ts";

/** Whether the project has chapters among its migrations, and no later migration has removed Sesame. */
export async function hasChapters(folder: string): Promise<boolean> {
  const book = new Set(await chapterNames());
  const last = await lastOfOurs(folder);
  if (last !== null && isRemoval(last)) return false;
  return (await migrationNames(folder)).some((name) => book.has(name));
}

const IN_PUBLIC =
  "Sesame is here already, in schema public, by the chapters of a clone. add cannot move it: leave --schema out.";

/** Why it cannot be taken over: the chapters there are not those of this version. */
export async function takeoverClashes(
  folder: string,
  { functionsPrefix: prefix, schema = PUBLIC }: AddOptions,
): Promise<string[]> {
  if (!await hasChapters(folder)) return [];
  if (schema !== PUBLIC) return [IN_PUBLIC];
  const different: string[] = [];
  for (const { name, text } of await readBook()) {
    const there = await readIfThere(join(folder, "migrations", name));
    if (there === null || !isSameText(withoutSetting(there), text)) different.push(name);
  }
  return [
    ...different.length === 0 ? [] : [
      `supabase/migrations has chapters of Sesame from a clone, but ${different.length} of them are missing or ` +
      `differ from ${VERSION}, such as ${
        different[0]
      }. So add cannot know what the database has. ` +
      "Use the version of Sesame that the chapters came from.",
    ],
    ...prefix === "" ? [] : [
      "This project has Sesame already, from a clone, and there the functions have no prefix. " +
      "Run add without --functions-prefix.",
    ],
  ];
}

/** The first chapter may begin with the line that takes over old tables. */
function withoutSetting(text: string): string {
  return text.replace(/^set local sesame\.move_in = '\w+';\r?\n/, "");
}

/** The chapters, and the migration that changes nothing. */
export async function takeoverMigrations(migration: string): Promise<[string, string][]> {
  const chapters = (await readBook())
    .map(({ name, text }): [string, string] => [`migrations/${name}`, text]);
  return [...chapters, [`migrations/${migration}`, MARKER]];
}

const MARKER = `-- Sesame ${VERSION}. Sesame wrote this file: do not edit it.
-- The chapters before this migration have installed it, so this one changes nothing.
do $$
begin
  if coalesce(obj_description(to_regnamespace('sesame'), 'pg_namespace'), '') not like 'Sesame:%' then
    raise sqlstate 'SE010' using
      message = 'Sesame is not installed here; nothing was changed',
      hint = 'The chapters beside this migration install it: 20261121000050_preconditions.sql and those after it.';
  end if;
end
$$;
`;

/** What this copy of Sesame installs: the chapters of the schema, and all of them as one file. */

import { fileURLToPath, pathToFileURL } from "node:url";
import { CACHE } from "../../local/places.ts";
import { VERSION } from "../version.ts";
import { inSchema, openingOf, PUBLIC } from "./schema_name.ts";
import { checksum } from "./text_file.ts";

const BOOK = fileURLToPath(new URL("../../supabase/migrations/", import.meta.url));

export interface Chapter {
  /** The name of its file. */
  name: string;
  text: string;
}

/** The names of the chapters' files, in their order. */
export async function chapterNames(): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(BOOK));
  return files.map(({ name }) => name).filter((name) => name.endsWith(".sql")).sort();
}

/** The chapters for this exposed schema, in their order. */
export async function readBook(schema = PUBLIC): Promise<Chapter[]> {
  return await Promise.all(
    (await chapterNames()).map(async (name, index) => {
      const text = inSchema(await Deno.readTextFile(BOOK + name), schema);
      return { name, text: index === 0 ? openingOf(schema) + text : text };
    }),
  );
}

/**
 * The chapters as files in a folder, whose URL ends with a slash. For another schema than `public`, the folder is
 * one of the cache. Its name is a checksum of its content, so it never has to be written again.
 */
export async function bookFolder(schema = PUBLIC): Promise<URL> {
  if (schema === PUBLIC) return pathToFileURL(BOOK);
  const book = await readBook(schema);
  const folder = `${CACHE}/book/${await checksum(JSON.stringify(book))}`;
  if (!await Deno.stat(folder).then(() => true, () => false)) await writeBook(folder, book);
  return pathToFileURL(`${folder}/`);
}

/** The folder appears when it is whole. */
async function writeBook(folder: string, book: readonly Chapter[]): Promise<void> {
  const draft = `${folder}.${crypto.randomUUID()}`;
  await Deno.mkdir(draft, { recursive: true });
  for (const { name, text } of book) await Deno.writeTextFile(`${draft}/${name}`, text);
  try {
    await Deno.rename(draft, folder);
  } catch (error) {
    await Deno.remove(draft, { recursive: true });
    // Another command may have been faster. Its folder is the same.
    if (!await Deno.stat(folder).then(() => true, () => false)) throw error;
  }
}

/** All chapters as one file, each below its name. As a migration it has a version, `stamp`, and checks it. */
export function bind(book: readonly Chapter[], stamp: string | null, version = VERSION): string {
  const head = `-- Sesame ${version}. Sesame wrote this file: do not edit it.\n` +
    (stamp === null ? "" : `\n${guard(stamp)}`);
  const chapters = book.map(({ name, text }) => `-- chapter: ${name}\n\n${text.trim()}\n`);
  return [head, ...chapters].join("\n");
}

/** If the history loses the row of this migration, it runs again. Then it changes nothing and says how to go on. */
function guard(stamp: string): string {
  return `do $$
begin
  if coalesce(obj_description(to_regnamespace('sesame'), 'pg_namespace'), '') like 'Sesame:%' then
    raise sqlstate 'SE010' using
      message = 'Sesame is installed here already; nothing was changed',
      detail = '- If only its row of the history is missing: '
        'npx supabase@3.1.0 migration repair --status applied ${stamp}';
  end if;
end
$$;
`;
}

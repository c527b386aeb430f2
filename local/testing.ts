/** Helpers for the tests of `local/`: a project in a temporary folder. */

import { pathToFileURL } from "node:url";
import { withDatabase } from "./with_database.ts";

/** A folder laid out like `supabase/`, removed when disposed. */
export interface Project extends AsyncDisposable {
  /** With its last slash. */
  url: URL;
  write(files: Record<string, string>): Promise<void>;
}

/** Makes a project of these files, by path; `functions/` and `migrations/` are always there. */
export async function makeProject(files: Record<string, string> = {}): Promise<Project> {
  const folder = await Deno.makeTempDir({ prefix: "sesame-project-" });
  const url = pathToFileURL(`${folder}/`);
  async function write(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      const file = new URL(path, url);
      await Deno.mkdir(new URL(".", file), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
  }
  for (const name of ["functions", "migrations"]) await Deno.mkdir(new URL(name, url));
  await write(files);
  return { url, write, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** The next moment at which `condition` holds; gives up after this many seconds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const end = Date.now() + 1_000 * seconds;
  while (!await condition()) {
    if (Date.now() > end) {
      throw new Error(`waited ${seconds} seconds without success for ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Whether the path exists. */
export async function exists(path: string | URL): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** One value from one query on a connection of its own. */
export async function ask(url: string, query: string): Promise<unknown> {
  const [row] = await withDatabase(url, (sql) => sql.unsafe(query), { connect_timeout: 2 });
  return Object.values(row ?? {})[0];
}

/** The links between the libraries of an embedded Postgres; a tarball of npm has none. */

import { dirname, join, relative } from "node:path";

/** One link, by paths in the package. */
interface Link {
  source: string;
  target: string;
}

/**
 * Makes the missing links and returns the folder.
 *
 * The package makes them in its install script, but npm and Deno do not run every install script.
 */
export async function linkLibraries(native: string): Promise<string> {
  const links = await readLinks(`${native}/pg-symlinks.json`);
  await Promise.all(links.map((link) => make(dirname(native), link)));
  return native;
}

async function make(folder: string, { source, target }: Link): Promise<void> {
  try {
    await Deno.symlink(relative(dirname(target), source), join(folder, target));
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** A system without links has no such file. */
async function readLinks(file: string): Promise<Link[]> {
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Where this machine keeps what Sesame writes.
 *
 * In the repository that is the repository itself. The npm package lies in a folder of npm's, which may
 * be read-only and is replaced at each update. So it writes to the user's project and to their cache.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { IS_PACKAGE } from "../diagnosis/edition.ts";

const ROOT = new URL("../", import.meta.url);

/** Downloads and prepared databases. Deleting it costs only time. */
export const CACHE: string = IS_PACKAGE
  ? cacheFolder(Deno.build.os, (name) => Deno.env.get(name))
  : fileURLToPath(new URL("node_modules/.cache", ROOT));

/** The URL of the `supabase/` that the commands work in, with its last slash. It may not exist yet. */
export const PROJECT: URL = IS_PACKAGE ? findProject(Deno.cwd()) : new URL("supabase/", ROOT);

/** The URL of the `supabase/` that a stack runs: the user's if Sesame was added to it, otherwise ours. */
export const RUN_PROJECT: URL = isFile(new URL("sesame.json", PROJECT))
  ? PROJECT
  : new URL("supabase/", ROOT);

/** Where the running stack is described. A folder that is no project gets no new folder. */
export const STACK_FOLDER: string = !IS_PACKAGE || isProject(PROJECT)
  ? fileURLToPath(new URL(".temp", PROJECT))
  : CACHE;

/**
 * The flags with which Deno finds the dependencies of code: by the first of these folders that has a
 * `deno.json`.
 *
 * Below a `node_modules`, Deno does not see that a folder belongs to a workspace. So the package's own code
 * gets the package's `deno.json`. Hosted functions have no lock file, so the user's get none either.
 */
export function configFlags(...folders: URL[]): string[] {
  const areOurs = folders.every(isOurs);
  const candidates = IS_PACKAGE && areOurs ? [ROOT] : folders;
  const config = candidates.map((folder) => new URL("deno.json", folder)).find(isFile);
  if (config === undefined) return ["--no-config", "--no-lock"];
  return ["--config", fileURLToPath(config), ...areOurs ? [] : ["--no-lock"]];
}

/** Whether it belongs to this copy of Sesame, and not to a user's project. */
export function isOurs({ href }: URL): boolean {
  return href.startsWith(ROOT.href);
}

/** The folder for caches that each system has, and ours in it. */
export function cacheFolder(
  os: typeof Deno.build.os,
  read: (name: string) => string | undefined,
): string {
  const home = read("HOME") ?? read("USERPROFILE") ?? "";
  switch (os) {
    case "windows":
      return join(read("LOCALAPPDATA") || join(home, "AppData/Local"), "sesame");
    case "darwin":
      return join(home, "Library/Caches/sesame");
    default:
      return join(read("XDG_CACHE_HOME") || join(home, ".cache"), "sesame");
  }
}

/** The nearest `supabase/` from this folder upwards; if there is none, the one that may be made here. */
export function findProject(folder: string): URL {
  for (let above = pathToFileURL(`${folder}/`);; above = new URL("../", above)) {
    const supabase = new URL("supabase/", above);
    if (isProject(supabase)) return supabase;
    if (above.pathname === new URL("../", above).pathname) break;
  }
  return new URL("supabase/", pathToFileURL(`${folder}/`));
}

/** As the CLI does it: a folder `supabase` with a `config.toml`. */
function isProject(supabase: URL): boolean {
  return isFile(new URL("config.toml", supabase));
}

export function isFile(path: URL): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

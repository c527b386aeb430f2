/** The project of the user: the folder that has, or will have, `supabase/`. */

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findProject as nearestProject } from "../../local/places.ts";
import { value } from "../options.ts";
import { UserError } from "../../local/terminal.ts";

export const PROJECT_OPTION = value(
  "<folder>",
  "the folder of your project; without it, the nearest folder upwards with supabase/config.toml",
);

export interface UserProject {
  /** The path of `supabase/`, without a slash at its end. */
  folder: string;
  /** False: `supabase/` does not exist yet. */
  exists: boolean;
}

/**
 * The project that was named. Otherwise the nearest one upwards, as the Supabase CLI finds it: by
 * `supabase/config.toml`. If there is none, the folder itself is where one can be created.
 */
export async function findProject(named: string | undefined): Promise<UserProject> {
  const start = resolve(named ?? Deno.cwd());
  if (!await isFolder(start)) throw new UserError(`${start} is not a folder. Create it first.`);
  const folder = named === undefined
    ? fileURLToPath(nearestProject(start)).replace(/[\\/]$/, "")
    : join(start, "supabase");
  const exists = await isFolder(folder);
  const isOther = !exists && await Deno.lstat(folder).then(() => true, () => false);
  if (isOther) throw new UserError(`${folder} is a file, or a link to nothing, and not a folder.`);
  return { folder, exists };
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}

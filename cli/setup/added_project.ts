/** The user's own project, where Sesame was added to it. Setup then works with the files that are there. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { task } from "../../diagnosis/task_command.ts";
import { PROJECT } from "../../local/places.ts";
import { UserError } from "../../local/terminal.ts";
import { readManifest } from "../project/manifest.ts";
import { readIfThere } from "../project/text_file.ts";
import { slugsWith } from "../project/vendored.ts";

export interface AddedProject {
  /** The path of `supabase/`. */
  folder: string;
  functionsPrefix: string;
}

/**
 * The project in which the command runs; null: Sesame was not added to it.
 *
 * @throws UserError if `add` or another command was interrupted there, or if files of ours are missing
 */
export async function findAddedProject(folder = fileURLToPath(PROJECT)): Promise<
  AddedProject | null
> {
  const manifest = await readManifest(folder);
  if (manifest === null) return null;
  const { state, options: { functionsPrefix } } = manifest;
  if (state !== "added") {
    const command = { adding: "add", upgrading: "upgrade", removing: "remove" }[state];
    throw new UserError(`${command} was interrupted in this project. Finish it: ${task(command)}`);
  }
  const missing = await missingFunctions(folder, functionsPrefix);
  if (missing.length === 0) return { folder, functionsPrefix };
  throw new UserError(`${missing.join(", ")}: missing. This restores it: ${task("add")}`);
}

async function missingFunctions(folder: string, prefix: string): Promise<string[]> {
  const paths = (await slugsWith(prefix)).map((slug) => `functions/${slug}/index.ts`);
  const texts = await Promise.all(paths.map((path) => readIfThere(join(folder, path))));
  return paths.filter((_, index) => texts[index] === null).map((path) => `supabase/${path}`);
}

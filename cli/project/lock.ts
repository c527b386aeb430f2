/** One command at a time changes a project. */

import { join } from "node:path";
import { CACHE } from "../../local/places.ts";
import { UserError } from "../../local/terminal.ts";
import { hex, sha256 } from "../../supabase/functions/_shared/sha256.ts";

/**
 * Held until it is disposed of, or until the process ends, however it ends.
 *
 * @throws UserError if another command holds it
 */
export async function lockProject(folder: string): Promise<Disposable> {
  const path = await Deno.realPath(folder).catch(() => folder);
  const name = hex(await sha256(path)).slice(0, 32);
  await Deno.mkdir(join(CACHE, "locks"), { recursive: true });
  const file = await Deno.open(join(CACHE, "locks", name), { write: true, create: true });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new UserError(
    `Another command is changing ${folder}. Nothing was changed: wait until it has ended, and run it again.`,
  );
}

/** The upgrade from the newest release to the book of today. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBook } from "../../../cli/project/release.ts";
import { readIfThere } from "../../../cli/project/text_file.ts";
import { compareVersions } from "compare-versions";
import { releasedVersions } from "../../../cli/project/upgrade_steps.ts";
import { VERSION } from "../../../cli/version.ts";
import { UserError } from "../../../local/terminal.ts";
import type { UpgradeRequest } from "./upgrade_file.ts";

/** Everything that the upgrade is made from; null: nothing was released before. */
export async function nextUpgrade(releases: URL): Promise<UpgradeRequest | null> {
  const from = (await releasedVersions(releases)).at(-1);
  if (from === undefined) return null;
  const to = VERSION.replace(/-.*$/, "");
  if (compareVersions(from, to) >= 0) {
    throw new UserError(`${from} is released already. Set the next version in deno.json.`);
  }
  const read = async (path: string) => await readIfThere(join(fileURLToPath(releases), path)) ?? "";
  return {
    ...{ from, to: VERSION, book: await readBook() },
    install: await read(`${from}/install.sql`),
    moves: await read(`${to}/moves.sql`),
    after: await read(`${to}/after.sql`),
  };
}

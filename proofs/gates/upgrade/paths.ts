/** The upgrades to prove: from every released version to the newest, and to the book of today. */

import { fileURLToPath } from "node:url";
import { bind, readBook } from "../../../cli/project/release.ts";
import { releasedVersions, RELEASES, upgradeSteps } from "../../../cli/project/upgrade_steps.ts";
import { VERSION } from "../../../cli/version.ts";
import { nextUpgrade } from "../../makers/upgrade/next_upgrade.ts";
import { writeUpgrade } from "../../makers/upgrade/upgrade_file.ts";

export interface UpgradePath {
  from: string;
  to: string;
  /** The installation of `from`. */
  install: string;
  /** The files to apply to it, in their order. */
  upgrades: string[];
  /** A fresh installation of `to`. */
  fresh: string;
}

/** None, as long as only one version was released and the book is that version. */
export async function releasedPaths(): Promise<UpgradePath[]> {
  const versions = await releasedVersions();
  const newest = versions.at(-1);
  if (newest === undefined) return [];
  // Between two releases, the upgrade of the next one is made of what is there.
  const request = versions.includes(VERSION) ? null : await nextUpgrade(RELEASES);
  const next = request === null ? [] : [await writeUpgrade(request)];
  const fresh = bind(await readBook(), null);
  const paths = await Promise.all(versions.map(async (from) => ({
    ...{ from, to: VERSION, fresh },
    install: await Deno.readTextFile(
      fileURLToPath(new URL(`${from}/install.sql`, RELEASES)),
    ),
    upgrades: [...(await upgradeSteps(from, newest)).map(({ sql }) => sql), ...next],
  })));
  return paths.filter(({ upgrades }) => upgrades.length > 0);
}

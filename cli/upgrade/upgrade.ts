/** Upgrades a project as planned. */

import { carryOut, removeDrafts, removeEmpty } from "../project/changes.ts";
import { writeManifest } from "../project/manifest.ts";
import type { UpgradePlan } from "./plan.ts";

/** The last write is the manifest. Until then its state is `upgrading`, and `upgrade` can be run again. */
export async function upgradeAsPlanned(
  folder: string,
  { interim, manifest, changes }: UpgradePlan,
): Promise<void> {
  await writeManifest(folder, interim);
  await carryOut(folder, changes);
  const { files, blocks } = interim;
  await removeDrafts(folder, Object.keys({ ...files, ...blocks }));
  await removeEmpty(folder, manifest.folders);
  await writeManifest(folder, manifest);
}

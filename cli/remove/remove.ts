/** Takes Sesame out of a project as planned. */

import { join } from "node:path";
import { carryOut, removeDrafts, removeEmpty } from "../project/changes.ts";
import { MANIFEST, writeManifest } from "../project/manifest.ts";
import type { RemovalPlan } from "./plan.ts";

/** The manifest goes last. Until then its state is `removing`, and `remove` can be run again. */
export async function removeAsPlanned(
  folder: string,
  { manifest, changes }: RemovalPlan,
): Promise<void> {
  await writeManifest(folder, manifest);
  await carryOut(folder, changes);
  const { files, blocks, folders } = manifest;
  await removeDrafts(folder, [...Object.keys({ ...files, ...blocks }), MANIFEST]);
  await removeEmpty(folder, folders);
  await Deno.remove(join(folder, MANIFEST));
  await removeEmpty(folder, folders);
}

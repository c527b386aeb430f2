/** Writes Sesame into a project as planned. */

import { carryOut } from "../project/changes.ts";
import { type Manifest, writeManifest } from "../project/manifest.ts";
import type { AddPlan } from "./plan.ts";

/**
 * Writes the manifest first, so that after an interruption it is known what is ours.
 *
 * The last write is the manifest again. Until then its state is `adding`, and `add` can be run again.
 */
export async function addAsPlanned(
  folder: string,
  { manifest, changes }: AddPlan,
  there: Manifest | null,
): Promise<void> {
  if (changes.length === 0 && there?.state === "added") return;
  if (there?.state !== "added") await writeManifest(folder, { ...manifest, state: "adding" });
  await carryOut(folder, changes);
  await writeManifest(folder, manifest);
}

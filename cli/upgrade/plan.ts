/** The plan of `upgrade`: what it writes, what it leaves because the user changed it, and what stands in its way. */

import { join } from "node:path";
import { type Change, missingFolders } from "../project/changes.ts";
import { type Manifest, migrationSums, type Upgrading } from "../project/manifest.ts";
import { migrationNames } from "../project/migrations.ts";
import { checksums, type Edit, planBlocks, planFiles } from "../project/planned_files.ts";
import { nextStamp } from "../project/stamp.ts";
import { checksum, readIfThere } from "../project/text_file.ts";
import { RELEASES, type UpgradeStep, upgradeSteps } from "../project/upgrade_steps.ts";
import { slugsIn, vendoredFiles } from "../project/vendored.ts";
import { VERSION } from "../version.ts";
import { upgradeClashes } from "./clashes.ts";
import { migrationText } from "./migration.ts";

export interface UpgradePlan {
  from: string;
  /** As it is while the files change. */
  interim: Manifest;
  /** As it will be when all is written. */
  manifest: Manifest;
  /** In the order in which they are written. */
  changes: Change[];
  /** What the user changed, and stays as it is. */
  edits: Edit[];
  /** Files that the new version no longer has. The user changed them, so they stay and are the user's now. */
  left: string[];
  /** Functions that the new version no longer has, and the user did not change. They stay deployed until deleted. */
  lostFunctions: string[];
  /** If there is one, nothing is written. */
  clashes: string[];
}

/**
 * From the version that a project has to this one. It reads the project, and changes nothing.
 *
 * @throws UserError if there is no way between the two
 */
export async function planUpgrade(
  folder: string,
  there: Manifest,
  now: Date,
  releases = RELEASES,
): Promise<UpgradePlan> {
  const from = there.version;
  const steps = await upgradeSteps(from, VERSION, releases);
  const clashes = await upgradeClashes(folder, there, steps);
  if (clashes.length > 0) return refused(there, clashes);

  const upgrading = there.upgrading ??
    { to: VERSION, migration: await migrationName(folder, from, now) };
  const migration = await planMigration(folder, upgrading, steps, there);
  const files = await vendoredFiles(there.options);
  const plain = await planFiles(folder, files, there);
  const blocks = await planBlocks(folder, there.options, there);
  const gone = await planGone(folder, there, files);
  const manifest = {
    ...withoutUpgrading(there),
    version: VERSION,
    state: "added" as const,
    upgrades: [...there.upgrades, upgrading.migration],
    files: await checksums(files, { ...migrationSums(there), ...migration.sums }),
    blocks: blocks.blocks,
    folders: await foldersOf(folder, there, [...files.keys()]),
  };
  return {
    from,
    interim: interimOf(there, manifest, upgrading),
    manifest,
    // The migration comes last: until then, the database that the old files belong to is not upgraded.
    changes: [...plain.changes, ...blocks.changes, ...gone.changes, ...migration.changes],
    edits: [...plain.edits, ...blocks.edits],
    left: gone.left,
    lostFunctions: slugsIn(there.files, gone.left).filter((slug) =>
      !slugsIn(manifest.files).includes(slug)
    ),
    clashes,
  };
}

function refused(there: Manifest, clashes: string[]): UpgradePlan {
  return {
    ...{ from: there.version, interim: there, manifest: there, clashes },
    ...{ changes: [], edits: [], left: [], lostFunctions: [] },
  };
}

/** What is new counts as ours already. What was there keeps its old checksum, which tells an edit. */
function interimOf(there: Manifest, manifest: Manifest, upgrading: Upgrading): Manifest {
  return {
    ...there,
    state: "upgrading",
    upgrading,
    files: { ...manifest.files, ...there.files },
    blocks: { ...manifest.blocks, ...there.blocks },
    folders: manifest.folders,
  };
}

function withoutUpgrading({ upgrading: _, ...manifest }: Manifest): Manifest {
  return manifest;
}

async function migrationName(folder: string, from: string, now: Date): Promise<string> {
  return `${nextStamp(now, await migrationNames(folder))}_sesame_${from}_to_${VERSION}.sql`;
}

interface MigrationPart {
  changes: Change[];
  sums: Record<string, string>;
}

/** A migration that is there already stays: it may have been pushed. */
async function planMigration(
  folder: string,
  { migration }: Upgrading,
  steps: readonly UpgradeStep[],
  there: Manifest,
): Promise<MigrationPart> {
  const path = `migrations/${migration}`;
  const after = await migrationText(migration, steps, there);
  const before = await readIfThere(join(folder, path));
  return {
    changes: before === null ? [{ path, before, after }] : [],
    sums: { [path]: await checksum(after) },
  };
}

interface GonePart {
  changes: Change[];
  left: string[];
}

/** The files that only the old version has. */
async function planGone(
  folder: string,
  there: Manifest,
  files: ReadonlyMap<string, string>,
): Promise<GonePart> {
  const part: GonePart = { changes: [], left: [] };
  for (const [path, sum] of Object.entries(there.files)) {
    if (files.has(path) || path.startsWith("migrations/")) continue;
    const before = await readIfThere(join(folder, path));
    if (before === null) continue;
    if (await checksum(before) === sum) part.changes.push({ path, before, after: null });
    else part.left.push(path);
  }
  return part;
}

/** The folders of the old version stay in the list, so that `remove` finds them. */
async function foldersOf(folder: string, there: Manifest, paths: string[]): Promise<string[]> {
  const missing = await missingFolders(folder, paths);
  return [...new Set([...there.folders, ...missing])].sort();
}

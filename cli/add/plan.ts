/** The plan of `add`: every file that it creates or changes, and everything that stands in its way. */

import { type Change, missingFolders } from "../project/changes.ts";
import { CONFIG } from "../project/config_block.ts";
import { ENV_EXAMPLE } from "../project/env_example.ts";
import { type AddOptions, type Manifest, migrationSums } from "../project/manifest.ts";
import { isRemoval, lastOfOurs, migrationNames } from "../project/migrations.ts";
import { checksums, planBlocks, planFiles } from "../project/planned_files.ts";
import { bind, readBook } from "../project/release.ts";
import { VERSION } from "../version.ts";
import { nextStamp, stampOf } from "../project/stamp.ts";
import { ourFunctions, vendoredFiles, withPrefix } from "../project/vendored.ts";
import { findObstacles, type Obstacles } from "./clashes.ts";
import { withMoveIn } from "./move_in.ts";
import { hasChapters, takeoverMigrations } from "./takeover.ts";

export interface AddPlan extends Obstacles {
  /** As it will be when all is written. */
  manifest: Manifest;
  /** In the order in which they are written. */
  changes: Change[];
  /** Files of ours that the user changed. They stay as they are. */
  edited: string[];
  /** The migration of an earlier `remove`, which a database may not have run yet; null: there is none. */
  removal: string | null;
}

/** Reads the project, and changes nothing. `manifest` is the one that is there. */
export async function planAdd(
  folder: string,
  wanted: AddOptions,
  manifest: Manifest | null,
  now: Date,
): Promise<AddPlan> {
  const takesOver = wanted.takesOver ?? manifest?.options.takesOver ?? await hasChapters(folder);
  const options = { ...wanted, ...takesOver ? { takesOver } : {} };
  const obstacles = await findObstacles(folder, options, manifest);
  if (obstacles.clashes.length > 0) {
    return {
      manifest: emptyManifest(options),
      changes: [],
      edited: [],
      removal: null,
      ...obstacles,
    };
  }
  const migration = manifest?.migration ?? await migrationName(folder, now);
  const files = await filesOf(options, migration);
  // After an upgrade the first migrations are of an older version, and stay as they are.
  if (isUpgraded(manifest)) {
    for (const path of files.keys()) if (isMigration(path)) files.delete(path);
  }
  const blocks = await planBlocks(folder, options, manifest);
  const parts = [await planFiles(folder, files, manifest), blocks];
  const changes = migrationLast(parts.flatMap(({ changes }) => changes));
  return {
    manifest: {
      ...emptyManifest(options),
      migration,
      upgrades: manifest?.upgrades ?? [],
      files: await checksums(files, migrationSums(manifest)),
      blocks: blocks.blocks,
      folders: manifest?.folders ??
        await missingFolders(folder, [...files.keys(), CONFIG, ENV_EXAMPLE]),
    },
    changes,
    edited: parts.flatMap(({ edits }) => edits).map(({ path }) => path),
    removal: manifest === null ? await lastRemoval(folder) : null,
    ...obstacles,
  };
}

async function lastRemoval(folder: string): Promise<string | null> {
  const last = await lastOfOurs(folder);
  return last !== null && isRemoval(last) ? last : null;
}

function emptyManifest(options: AddOptions): Manifest {
  return {
    about: "Written by sesame add. sesame status, upgrade and remove need it: keep it in git.",
    version: VERSION,
    state: "added",
    options,
    migration: "",
    upgrades: [],
    files: {},
    blocks: {},
    folders: [],
  };
}

async function migrationName(folder: string, now: Date): Promise<string> {
  return `${nextStamp(now, await migrationNames(folder))}_sesame_${VERSION}.sql`;
}

/** The files that are ours alone, by path. */
async function filesOf(
  options: AddOptions,
  migration: string,
): Promise<Map<string, string>> {
  const { functionsPrefix, schema, moveIn, takesOver } = options;
  const files = await vendoredFiles(options);
  if (takesOver === true) return new Map([...files, ...await takeoverMigrations(migration)]);
  const sql = withMoveIn(bind(await readBook(schema), stampOf(migration)), moveIn);
  const text = withPrefix(sql, await ourFunctions(), functionsPrefix);
  return files.set(`migrations/${migration}`, text);
}

function isUpgraded(manifest: Manifest | null): boolean {
  return (manifest?.upgrades ?? []).length > 0;
}

/** Without its migration, an installation that was interrupted has reached no database. */
function migrationLast(changes: readonly Change[]): Change[] {
  const [migrations = [], others = []] = [true, false].map((is) =>
    changes.filter(({ path }) => isMigration(path) === is)
  );
  return [...others, ...migrations];
}

function isMigration(path: string): boolean {
  return path.startsWith("migrations/");
}

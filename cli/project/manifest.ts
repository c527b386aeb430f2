/** `supabase/sesame.json`: what Sesame wrote into a project. Nothing else is ours to change or to remove. */

import { join } from "node:path";
import { task } from "../../diagnosis/task_command.ts";
import { UserError } from "../../local/terminal.ts";
import { VERSION } from "../version.ts";
import { isOurMigration } from "./migrations.ts";
import { withVersion } from "./package_command.ts";
import { PUBLIC } from "./schema_name.ts";
import { readIfThere, writeWhole } from "./text_file.ts";
import { compareVersions, validate } from "compare-versions";

export const MANIFEST = "sesame.json";

/** Paths are below `supabase/`, with `/`. */
export interface Manifest {
  about: string;
  version: string;
  /** `adding`, `upgrading` and `removing`: the command was interrupted, and can be run again. */
  state: "adding" | "added" | "upgrading" | "removing";
  options: AddOptions;
  /** The migration that installs it. It stays after `remove`, because databases remember it. */
  migration: string;
  /** The migrations that upgraded it, the oldest first. */
  upgrades: string[];
  /** The upgrade that has begun: its version and its migration. */
  upgrading?: Upgrading;
  /** The migration that removes it, once `remove` has begun. */
  removal?: string;
  /** The checksum of every file that is ours alone, with `\n` as line end. */
  files: Record<string, string>;
  /** Our lines in files of the user's. */
  blocks: Record<string, Block>;
  /** Folders that did not exist before, outermost first. */
  folders: string[];
}

export interface AddOptions {
  functionsPrefix: string;
  /** The exposed schema; `public` if it is left out. */
  schema?: string;
  /** Whether the migration takes over old tables, and when it copies their rows. */
  moveIn?: MoveIn | undefined;
  /** True: the chapters of a clone had installed it before. */
  takesOver?: boolean | undefined;
}

/** The exposed schema of a project that was added with these options. */
export function schemaOf({ schema }: AddOptions): string {
  return schema ?? PUBLIC;
}

export interface Upgrading {
  to: string;
  migration: string;
}

export type MoveIn = "now" | "later";

export interface Block {
  /** What was inserted, with `\n` as line end. */
  inserted: string;
  /** An entry that was inserted into an array of the user's, with its comma. */
  entry?: string;
  /** The text before the block, where Sesame created the file; null: the file was there. */
  head: string | null;
}

/**
 * The manifest of a project; null: Sesame is not there.
 *
 * @throws UserError if it cannot be read, or if a newer version wrote it
 */
export async function readManifest(folder: string): Promise<Manifest | null> {
  const path = join(folder, MANIFEST);
  const text = await readIfThere(path);
  if (text === null) return null;
  if (/^<{7} /m.test(text)) throw new UserError(`${path} ${CONFLICT}`);
  const read = parsed(text);
  refuseNewer(read);
  if (isManifest(read)) return { ...read, upgrades: read.upgrades ?? [] };
  throw new UserError(`${path} cannot be read. Restore it from your repository's history.`);
}

/** @throws UserError if Sesame is not in the project, or its manifest cannot be read */
export async function requireManifest(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (manifest !== null) return manifest;
  throw new UserError(
    `Sesame is not in this project: ${folder} has no sesame.json. ${task("add")} adds it.`,
  );
}

const CONFLICT =
  "has the marks of a merge conflict. Nothing was changed: take the whole file from the branch with the " +
  "newer version, together with the migrations that it names.";

/** A newer version may write a manifest that this one does not understand. So this comes first. */
function refuseNewer(read: unknown): void {
  const { version, upgrading } = Object(read);
  const newest = [version, upgrading?.to].filter((one) => typeof one === "string" && validate(one))
    .toSorted(compareVersions).at(-1);
  if (newest === undefined || compareVersions(newest, VERSION) <= 0) return;
  throw new UserError(
    `This project has Sesame ${newest}, and this is the older ${VERSION}. Nothing was changed. ` +
      `Use ${withVersion(newest)} or newer.`,
  );
}

/** The checksums of our migrations. Databases remember them, so a newer version does not change them. */
export function migrationSums(manifest: Manifest | null): Record<string, string> {
  const files = Object.entries(manifest?.files ?? {});
  return Object.fromEntries(files.filter(([path]) => path.startsWith("migrations/")));
}

/** All migrations that install or upgrade it, in their order. */
export function migrationsOf({ migration, upgrades }: Manifest): string[] {
  return [migration, ...upgrades];
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeWhole(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isManifest(read: unknown): read is Manifest {
  const { version, state, migration, upgrades = [], upgrading, removal, files, blocks, folders } =
    Object(read);
  const migrations = [
    migration,
    ...upgrades,
    ...upgrading === undefined ? [] : [upgrading?.migration],
    ...removal === undefined ? [] : [removal],
  ];
  return [version, state].every((text) => typeof text === "string") && validate(version) &&
    areOptions(Object(read).options) &&
    migrations.every((name) => typeof name === "string" && isOurMigration(name)) &&
    [files, blocks].every((map) => typeof map === "object" && map !== null) &&
    Array.isArray(folders) && folders.every((path) => path === "" || isInside(path)) &&
    Object.keys({ ...files, ...blocks }).every(isInside);
}

/** They become parts of paths and of SQL. */
function areOptions(options: unknown): boolean {
  const { functionsPrefix, schema = PUBLIC } = Object(options);
  return [functionsPrefix, schema].every((text) => typeof text === "string") &&
    /^([A-Za-z][\w-]*)?$/.test(functionsPrefix) && /^[a-z][a-z0-9_]*$/.test(schema);
}

/** `remove` deletes these paths, so none may lead out of `supabase/`. */
function isInside(path: unknown): boolean {
  return typeof path === "string" && /^[\w.-]+(\/[\w.-]+)*$/.test(path) &&
    !path.split("/").includes("..");
}

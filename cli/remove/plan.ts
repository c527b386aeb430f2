/** The plan of `remove`: every file that it deletes or restores, and the migration that it writes. */

import { join } from "node:path";
import { hasBlock } from "../project/block.ts";
import type { Change } from "../project/changes.ts";
import { cutOurs } from "../project/config_block.ts";
import { type Block, type Manifest, schemaOf } from "../project/manifest.ts";
import { isOurMigration, migrationNames } from "../project/migrations.ts";
import { nextStamp } from "../project/stamp.ts";
import { checksum, isSameText, readIfThere } from "../project/text_file.ts";
import { unknownMigrations } from "../project/unknown_migrations.ts";
import { UserError } from "../../local/terminal.ts";
import { removalSql } from "./removal_sql.ts";

export interface RemovalPlan {
  /** As it is while the files go. */
  manifest: Manifest;
  /** In the order in which they are done. */
  changes: Change[];
  /** Files of ours, or with our lines, that the user changed. They stay as they are. */
  edited: string[];
  /** The migration that removes Sesame from a database; null: no database can have it. */
  removal: string | null;
  /** Whether that migration copies the rows first. */
  keepsData: boolean;
}

/**
 * Reads the project, and changes nothing.
 *
 * @throws UserError if there is a migration of ours that the manifest does not name: it would stop every new database
 */
export async function planRemoval(
  folder: string,
  there: Manifest,
  keepsData: boolean,
  now: Date,
): Promise<RemovalPlan> {
  const unknown = await unknownMigrations(folder, there);
  if (unknown.length > 0) throw new UserError(["Nothing was changed.", ...unknown].join("\n"));
  const manifest = { ...there, state: "removing" as const };
  const removal = there.removal ?? await removalName(folder, there, now);
  if (removal !== null) manifest.removal = removal;
  const parts = [
    ...await Promise.all(Object.entries(there.blocks).map((entry) => planBlock(folder, ...entry))),
    ...await Promise.all(Object.entries(there.files).map((entry) => planFile(folder, ...entry))),
  ];
  const migration = removal === null
    ? NO_MIGRATION
    : await planMigration(folder, removal, there, keepsData);
  const emptied = removal === null ? [] : await planEmptied(folder, there, removal);
  return {
    manifest,
    changes: [...migration.changes, ...emptied, ...parts.flatMap(({ changes }) => changes)],
    edited: parts.flatMap(({ edited }) => edited),
    removal,
    keepsData: migration.keepsData,
  };
}

/** An `add` that was interrupted before its migration has reached no database. */
async function removalName(folder: string, there: Manifest, now: Date): Promise<string | null> {
  const names = await migrationNames(folder);
  if (there.state === "adding" && !names.includes(there.migration)) return null;
  return `${nextStamp(now, names)}_sesame_remove.sql`;
}

interface MigrationPart {
  changes: Change[];
  keepsData: boolean;
}

const NO_MIGRATION: MigrationPart = { changes: [], keepsData: false };

/**
 * A migration that an interrupted run has left stays: it may have been pushed. Only one that drops the rows gives way to
 * one that keeps them. A database that has run it does not notice.
 */
async function planMigration(
  folder: string,
  name: string,
  { options }: Manifest,
  keepsData: boolean,
): Promise<MigrationPart> {
  const path = `migrations/${name}`;
  const schema = schemaOf(options);
  const [dropping, keeping] = [await removalSql(false, schema), await removalSql(true, schema)];
  const before = await readIfThere(join(folder, path));
  const isWritten = before === null || keepsData && isSameText(before, dropping);
  if (!isWritten) return { changes: [], keepsData: isSameText(before, keeping) };
  return { changes: [{ path, before, after: keepsData ? keeping : dropping }], keepsData };
}

/**
 * Our migrations that none of the app's follows need not run any more: nothing can use what they create. A database
 * that remembers them does not notice, and one that lacks them is spared the way there and back. So an installation
 * or upgrade that a push refuses cannot block every later push.
 */
async function planEmptied(
  folder: string,
  { files }: Manifest,
  removal: string,
): Promise<Change[]> {
  const names = (await migrationNames(folder)).filter((name) => name !== removal);
  const last = names.slice(names.findLastIndex((name) => !isOurMigration(name)) + 1);
  const planned = await Promise.all(last.map(async (name) => {
    const path = `migrations/${name}`;
    const before = await readIfThere(join(folder, path));
    if (before === null || await checksum(before) !== files[path]) return [];
    return [{ path, before, after: `-- Empty: ${removal} has removed Sesame.\n` }];
  }));
  return planned.flat();
}

interface Part {
  changes: Change[];
  edited: string[];
}

const NOTHING: Part = { changes: [], edited: [] };

async function planFile(folder: string, path: string, sum: string): Promise<Part> {
  if (path.startsWith("migrations/")) return NOTHING; // the history of a database may have it
  const before = await readIfThere(join(folder, path));
  if (before === null) return NOTHING;
  if (await checksum(before) !== sum) return { changes: [], edited: [path] };
  return { changes: [{ path, before, after: null }], edited: [] };
}

async function planBlock(folder: string, path: string, block: Block): Promise<Part> {
  const before = await readIfThere(join(folder, path));
  if (before === null) return NOTHING;
  const after = cutOurs(before, block);
  if (after === null) return { changes: [], edited: hasBlock(before) ? [path] : [] };
  const isOursAlone = block.head !== null && after === block.head;
  return { changes: [{ path, before, after: isOursAlone ? null : after }], edited: [] };
}

/** What a project has of Sesame, compared with its manifest. */

import { join } from "node:path";
import type postgres from "postgres";
import { withDatabase } from "../../local/with_database.ts";
import type { Source } from "../../supabase/functions/_shared/env.ts";
import { databaseUrlOf } from "../environment.ts";
import { isWhole } from "../project/config_block.ts";
import { hasSesame, installedVersion, recordedMigrations } from "../project/database.ts";
import { type Manifest, migrationsOf } from "../project/manifest.ts";
import { stampOf } from "../project/stamp.ts";
import { checksum, readIfThere } from "../project/text_file.ts";
import { unknownMigrations } from "../project/unknown_migrations.ts";

export interface FileStatus {
  /** Files and blocks that differ from what Sesame wrote. */
  edited: string[];
  missing: string[];
  /** As Sesame wrote them. */
  whole: number;
  /** Migrations of Sesame's that the manifest does not name. One line each, with the fix. */
  unknown: string[];
}

/** What the inbox takes on disk, as `sesame.inbox_size` answers it. */
export interface InboxSize {
  /** An estimate; null before the first ANALYZE. */
  events: number | null;
  bytes: number;
  body_bytes: number;
  row_bytes: number;
  index_bytes: number;
}

/** What a large change left to be derived, as `sesame.unfolded_now` answers it. */
export interface Unfolded {
  left: number;
  /** Objects that could not be folded. */
  failed: number;
  /** The age of the oldest. An older version does not measure it. */
  seconds?: number;
}

export interface DatabaseStatus {
  /** Whether schema sesame is there. */
  isThere: boolean;
  /** Null: Sesame is not there, or it is from before the first release. */
  version: string | null;
  /** The project's migrations of Sesame that its history has, and those that it lacks. */
  recorded: string[];
  unrecorded: string[];
  /** Null: Sesame is not there, or its version does not measure it. */
  inbox: InboxSize | null;
  /** Null: Sesame is not there, or its version folds no parts. */
  unfolded: Unfolded | null;
}

export async function examineFiles(folder: string, manifest: Manifest): Promise<FileStatus> {
  const unknown = await unknownMigrations(folder, manifest);
  const status: FileStatus = { edited: [], missing: [], whole: 0, unknown };
  const note = (path: string, text: string | null, isAsWritten: boolean) => {
    if (isAsWritten) status.whole++;
    else (text === null ? status.missing : status.edited).push(path);
  };
  for (const [path, sum] of Object.entries(manifest.files)) {
    const text = await readIfThere(join(folder, path));
    note(path, text, text !== null && await checksum(text) === sum);
  }
  for (const [path, block] of Object.entries(manifest.blocks)) {
    const text = await readIfThere(join(folder, path));
    note(path, text, text !== null && isWhole(text, block));
  }
  return status;
}

/** The database that the environment names; null: it names none. */
export async function examineDatabase(
  source: Source,
  manifest: Manifest,
): Promise<DatabaseStatus | null> {
  const dbUrl = databaseUrlOf(source);
  if (dbUrl === null) return null;
  return await withDatabase(dbUrl, async (sql) => {
    const rows = await recordedMigrations(sql);
    const isRecorded = (name: string) => rows.has(stampOf(name));
    return {
      isThere: await hasSesame(sql),
      version: await installedVersion(sql),
      recorded: migrationsOf(manifest).filter(isRecorded),
      unrecorded: migrationsOf(manifest).filter((name) => !isRecorded(name)),
      inbox: await measured<InboxSize>(sql, "sesame.inbox_size()"),
      unfolded: await measured<Unfolded>(sql, "sesame.unfolded_now()"),
    };
  });
}

/** The answer of a function without arguments; null: this database does not have it. */
async function measured<Figures>(sql: postgres.Sql, routine: string): Promise<Figures | null> {
  const [known] = await sql`select to_regprocedure(${routine}) is not null as it`;
  if (known?.it !== true) return null;
  const [row] = await sql.unsafe(`select ${routine} as figures`);
  return row?.figures ?? null;
}

/** Sesame's own pgTAP files, run on the migrations of a project. */

import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PROGRAM } from "../../diagnosis/edition.ts";
import { UserError } from "../../local/terminal.ts";
import { withDatabase } from "../../local/with_database.ts";
import { hasSesame, installedVersion } from "../project/database.ts";
import { type Manifest, readManifest, schemaOf } from "../project/manifest.ts";
import { withVersion } from "../project/package_command.ts";
import { migrationNames } from "../project/migrations.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { VERSION } from "../version.ts";
import type { FileReport } from "./run_file.ts";
import { listTests, runSuite } from "./run_suite.ts";
import { startTestDatabase } from "./test_database.ts";

const TESTS = fileURLToPath(new URL("../../supabase/tests", import.meta.url));

export interface SuiteOptions {
  /** Only the files with one of these in their name; none: all. */
  only: readonly string[];
  /** The database is there, and the tests begin. */
  started(): void;
  /** Receives each report as soon as its file is done. */
  seen(report: FileReport): void;
}

/**
 * Applies the migrations below `folder` to two new databases, and runs the files there.
 *
 * @throws UserError if there is nothing to test, or a migration is refused
 */
export async function testProject(
  folder: string,
  { only, started, seen }: SuiteOptions,
): Promise<FileReport[]> {
  const files = chosenFiles(only);
  const manifest = await readWithMigrations(folder);
  const migrations = pathToFileURL(join(folder, "migrations/"));
  const schema = manifest === null ? PUBLIC : schemaOf(manifest.options);
  await using first = await startTestDatabase(migrations, {}, schema);
  await refuseOtherVersions(first.url, folder);
  await using second = await startTestDatabase(migrations, {}, schema); // now a copy of the first
  started();
  return await runSuite(files, [first.url, second.url], seen, schema);
}

/** The name of a test file: its path below our tests. */
export function nameOf({ file }: FileReport): string {
  return relative(TESTS, file).replaceAll(sep, "/");
}

function chosenFiles(only: readonly string[]): string[] {
  const files = listTests(TESTS).filter((file) =>
    only.length === 0 || only.some((name) => relative(TESTS, file).includes(name))
  );
  if (files.length === 0) throw new UserError(`No test has ${only.join(" or ")} in its name.`);
  return files;
}

/** The manifest of a project that has migrations. Without one, no database is needed to see that Sesame is not there. */
async function readWithMigrations(folder: string): Promise<Manifest | null> {
  if ((await migrationNames(folder)).length === 0) throw notThere(folder);
  return await readManifest(folder);
}

async function refuseOtherVersions(dbUrl: string, folder: string): Promise<void> {
  await withDatabase(dbUrl, async (sql) => {
    if (!await hasSesame(sql)) throw notThere(folder);
    const version = await installedVersion(sql);
    if (version === null || version === VERSION) return;
    throw new UserError(
      `Your migrations install Sesame ${version}, and these are the tests of ${VERSION}. ` +
        `Run ${PROGRAM} upgrade, or ${withVersion(version, "test")}.`,
    );
  });
}

function notThere(folder: string): UserError {
  return new UserError(
    `Sesame is not in ${join(folder, "migrations")}. This adds it: ${PROGRAM} add`,
  );
}

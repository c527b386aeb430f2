/** Whether a database fits the files that are upgraded, where one is named. It is only read. */

import { withDatabase } from "../../local/with_database.ts";
import type { Source } from "../../supabase/functions/_shared/env.ts";
import { databaseUrlOf } from "../environment.ts";
import { installedVersion } from "../project/database.ts";
import type { Manifest } from "../project/manifest.ts";
import { compareVersions } from "compare-versions";

/** A database that is newer than the files was upgraded from elsewhere: a second upgrade would clash with it. */
export async function databaseClashes(
  source: Source,
  { version, upgrading }: Manifest,
): Promise<string[]> {
  const dbUrl = databaseUrlOf(source);
  if (dbUrl === null) return [];
  const there = await withDatabase(dbUrl, installedVersion);
  if (there === null || compareVersions(there, upgrading?.to ?? version) <= 0) return [];
  return [
    `The database of SUPABASE_DB_URL has Sesame ${there} already, and these files have ${version}. ` +
    "Fetch the newest commits of your repository.",
  ];
}

/** Migrations of ours that the manifest does not name, as after a merge of two branches that both upgraded. */

import { type Manifest, migrationsOf } from "./manifest.ts";
import { isOurMigration, migrationNames } from "./migrations.ts";

/** One line for each, with the fix. Older ones than the installation are from an earlier time, and were removed. */
export async function unknownMigrations(folder: string, manifest: Manifest): Promise<string[]> {
  const { migration, upgrading, removal } = manifest;
  const known = [...migrationsOf(manifest), upgrading?.migration, removal];
  return (await migrationNames(folder))
    .filter((name) => isOurMigration(name) && name > migration && !known.includes(name))
    .map((name) =>
      `supabase/migrations/${name} is there, but supabase/sesame.json does not name it. ` +
      "Take sesame.json and all migrations of Sesame's from one commit of your repository."
    );
}

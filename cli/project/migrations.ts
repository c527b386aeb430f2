/** The migrations of a user's project. */

import { join } from "node:path";

/** The files of `supabase/migrations`, in their order. */
export async function migrationNames(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(join(folder, "migrations")));
    return entries.map(({ name }) => name).filter((name) => /^\d+_.*\.sql$/.test(name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Whether Sesame wrote it: `<stamp>_sesame_<version>.sql`, `<stamp>_sesame_<from>_to_<to>.sql` or
 * `<stamp>_sesame_remove.sql`.
 */
export function isOurMigration(name: string): boolean {
  return /^\d+_sesame_(\d+\.\d+\.\d+[\w.-]*|remove)\.sql$/.test(name);
}

/** The last migration in a project that Sesame wrote; null: there is none. */
export async function lastOfOurs(folder: string): Promise<string | null> {
  return (await migrationNames(folder)).findLast(isOurMigration) ?? null;
}

/** Whether `remove` wrote it. */
export function isRemoval(name: string): boolean {
  return isOurMigration(name) && name.endsWith("_sesame_remove.sql");
}

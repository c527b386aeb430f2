/** Names that a new version needs, and that the user's project has of its own. */

import { join } from "node:path";
import { outsideBlock } from "../project/block.ts";
import { CONFIG, configuredFunctions } from "../project/config_block.ts";
import { createdNames, type SqlText } from "../project/created_names.ts";
import type { Manifest } from "../project/manifest.ts";
import { isOurMigration, migrationNames } from "../project/migrations.ts";
import { readIfThere } from "../project/text_file.ts";
import { unknownMigrations } from "../project/unknown_migrations.ts";
import type { UpgradeStep } from "../project/upgrade_steps.ts";
import { slugsIn, slugsWith } from "../project/vendored.ts";

/** One line each, with the fix. */
export async function upgradeClashes(
  folder: string,
  there: Manifest,
  steps: readonly UpgradeStep[],
): Promise<string[]> {
  const old = slugsIn(there.files);
  const slugs = await slugsWith(there.options.functionsPrefix);
  return [
    ...await unknownMigrations(folder, there),
    ...await takenNames(folder, steps),
    ...await takenFunctions(folder, slugs.filter((slug) => !old.includes(slug))),
    ...await takenTables(folder, slugs),
  ];
}

/** A migration of the app may name what is ours, as a dump does. So only what the new version adds counts. */
async function takenNames(folder: string, steps: readonly UpgradeStep[]): Promise<string[]> {
  const [ours, theirs] = await Promise.all([true, false].map(async (areOurs) => {
    const names = (await migrationNames(folder)).filter((it) => isOurMigration(it) === areOurs);
    return (await createdNames(await textsOf(folder, names))).names;
  }));
  const coming = await createdNames(steps.map(({ to, sql }) => ({ path: to, text: sql })));
  return [...theirs!].filter(([name]) => coming.names.has(name) && !ours!.has(name))
    .map(([name, path]) =>
      `${name.replace(/^relation/, "table or view")} is created by supabase/migrations/${path}. ` +
      "Rename it in a new migration, and change what uses it."
    );
}

async function textsOf(folder: string, names: readonly string[]): Promise<SqlText[]> {
  return await Promise.all(names.map(async (path) => ({
    path,
    text: await readIfThere(join(folder, "migrations", path)) ?? "",
  })));
}

async function takenFunctions(folder: string, slugs: readonly string[]): Promise<string[]> {
  const taken = await Promise.all(slugs.map(async (slug) => {
    const path = `functions/${slug}`;
    const isThere = await Deno.lstat(join(folder, path)).then(() => true, () => false);
    return isThere ? [`supabase/${path} is a function of your own. ${RENAME}`] : [];
  }));
  return taken.flat();
}

async function takenTables(folder: string, slugs: readonly string[]): Promise<string[]> {
  const text = await readIfThere(join(folder, CONFIG));
  if (text === null) return [];
  return configuredFunctions(outsideBlock(text)).filter((name) => slugs.includes(name))
    .map((name) => `supabase/${CONFIG} has [functions.${name}] outside of our lines. ${RENAME}`);
}

const RENAME = "The new version has a function of this name. Give yours another name.";

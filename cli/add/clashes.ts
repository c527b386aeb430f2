/** What stands in the way of `add`, and what moves out of it. All of it is reported at once. */

import { join } from "node:path";
import { CONFIG, configuredFunctions } from "../project/config_block.ts";
import { createdNames, type SqlText } from "../project/created_names.ts";
import type { AddOptions, Manifest } from "../project/manifest.ts";
import { isOurMigration, isRemoval, lastOfOurs, migrationNames } from "../project/migrations.ts";
import { chapterNames, readBook } from "../project/release.ts";
import { PUBLIC } from "../project/schema_name.ts";
import { readIfThere } from "../project/text_file.ts";
import { slugsWith, VENDOR } from "../project/vendored.ts";
import { takeoverClashes } from "./takeover.ts";
import { areOldTables, canMove, HOW_TO_MOVE_IN } from "./move_in.ts";

export interface Obstacles {
  /** One line each, with the fix. If there is one, nothing is written. */
  clashes: string[];
  /** What the migration moves to schema `legacy`, because the user asks for it. */
  moves: string[];
}

/** `manifest` says what is ours already. */
export async function findObstacles(
  folder: string,
  options: AddOptions,
  manifest: Manifest | null,
): Promise<Obstacles> {
  const { functionsPrefix: prefix, moveIn, schema = PUBLIC } = options;
  const ours = new Set(Object.keys(manifest?.files ?? {}));
  // Once it was added, a migration of the app may name our objects.
  const taken = manifest?.state === "added" ? [] : await takenNames(folder, schema);
  const moves = moveIn === undefined ? [] : taken.filter(({ name }) => canMove(name));
  const clashes = [
    ...manifest === null
      ? [...await takeoverClashes(folder, options), ...await forgotten(folder)]
      : [],
    ...takenInWords(taken.filter((it) => !moves.includes(it)), schema),
    ...await takenFolders(folder, prefix, ours),
    ...await takenTables(folder, prefix, manifest),
  ];
  return { clashes, moves: moves.map(({ name }) => titleOf(name)) };
}

/** A migration of ours without a manifest: a second one would create everything again. */
async function forgotten(folder: string): Promise<string[]> {
  const last = await lastOfOurs(folder);
  if (last === null || isRemoval(last)) return [];
  return [
    `supabase/migrations/${last} is there, but supabase/sesame.json is not. Restore it from your repository's history.`,
  ];
}

interface TakenName {
  name: string;
  /** The migration that creates it. */
  path: string;
}

/** Names that our schema needs, and that a migration of the app creates. */
async function takenNames(folder: string, schema: string): Promise<TakenName[]> {
  const needed = await createdNames(
    (await readBook(schema)).map(({ name, text }) => ({ path: name, text })),
  );
  const { names } = await createdNames(await appMigrations(folder));
  const isShown = new RegExp(`^schema | (${schema}|on auth)\\.`);
  return [...names]
    .filter(([name]) => needed.names.has(name) && isShown.test(name))
    .map(([name, path]) => ({ name, path }));
}

function takenInWords(taken: readonly TakenName[], schema: string): string[] {
  const lines = taken.map(({ name, path }) =>
    `${titleOf(name)} is created by supabase/migrations/${path}. ` +
    "Rename it in a new migration, and change what uses it."
  );
  const isPublic = schema === PUBLIC && taken.some(({ name }) => name.includes(" public."));
  return [
    ...lines,
    ...isPublic && areOldTables(taken.map(({ name }) => name)) ? [HOW_TO_MOVE_IN] : [],
    ...isPublic ? [OWN_SCHEMA] : [],
  ];
}

function titleOf(name: string): string {
  return name.replace(/^relation/, "table or view");
}

/** The way on where names of schema `public` are taken. */
export const OWN_SCHEMA =
  "If these tables, views and functions are to keep their names, give Sesame a schema of its own: --schema sesame_api";

async function appMigrations(folder: string): Promise<SqlText[]> {
  const book = new Set(await chapterNames());
  const names = (await migrationNames(folder))
    .filter((name) => !isOurMigration(name) && !book.has(name));
  return await Promise.all(names.map(async (path) => ({
    path,
    text: await readIfThere(join(folder, "migrations", path)) ?? "",
  })));
}

async function takenFolders(folder: string, prefix: string, ours: Set<string>): Promise<string[]> {
  const slugs = await slugsWith(prefix);
  const taken = await Promise.all(slugs.map(async (slug) => {
    const path = `functions/${slug}`;
    return !isOurs(path, ours) && await isThere(join(folder, path))
      ? [`supabase/${path} is a function of your own. ${USE_PREFIX}`]
      : [];
  }));
  const isVendorTaken = !isOurs(VENDOR, ours) && await isThere(join(folder, VENDOR));
  const vendor = isVendorTaken
    ? [`supabase/${VENDOR} is in the way. Give that folder another name.`]
    : [];
  return [...taken.flat(), ...vendor];
}

const USE_PREFIX = "Give ours other names: --functions-prefix sesame";

/** `[functions.checkout]` without its folder, as a function that is deployed from elsewhere has it. */
async function takenTables(
  folder: string,
  prefix: string,
  manifest: Manifest | null,
): Promise<string[]> {
  const text = await readIfThere(join(folder, CONFIG));
  if (text === null || manifest?.blocks[CONFIG] !== undefined) return [];
  const slugs = await slugsWith(prefix);
  return configuredFunctions(text).filter((name) => slugs.includes(name))
    .map((name) => `supabase/${CONFIG} has [functions.${name}] already. ${USE_PREFIX}`);
}

function isOurs(folder: string, ours: Set<string>): boolean {
  return [...ours].some((path) => path.startsWith(`${folder}/`));
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

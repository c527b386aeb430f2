/**
 * Servers that begin with a prepared database: it is made once, saved, and copied at each start.
 *
 * A saved database is named by a hash of everything it is made from. So a changed migration gives
 * another name, and the old database is never used again. It holds no port, no key and no secret:
 * those are new at each start.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { CACHE as PLACE } from "./places.ts";
import { type LocalPostgres, type PostgresOptions, startPostgres } from "./postgres.ts";
import { chosenVersion, findServer, type PostgresVersion } from "./postgres_server.ts";

/** What to make of a new server. */
export interface Preparation {
  /** What decides the result of `prepare`, beside the code in `local/` and its dependencies. */
  sources: string[];
  prepare(server: LocalPostgres): Promise<void>;
}

/** The saved databases; tests of this file have folders of their own. */
const CACHE = `${PLACE}/postgres`;
/** How many are kept; each takes 45 MB. */
const KEPT = 6;
/** A start copies what it has found within seconds. Until then it is kept, in milliseconds. */
const IN_USE = 60_000;

/**
 * Starts a server with a prepared database; the first start takes two seconds longer.
 *
 * @throws whatever `prepare` throws; then nothing is saved
 */
export async function startPrepared(
  options: PostgresOptions,
  preparation: Preparation,
  cache = CACHE,
): Promise<LocalPostgres> {
  const version = options.version ?? chosenVersion();
  const data = `${cache}/${await nameOf(version, preparation.sources)}`;
  if (!await markUsed(data)) {
    await Deno.mkdir(cache, { recursive: true });
    await make(data, version, preparation);
    await prune(cache);
  }
  return await startPostgres({ ...options, version, data });
}

/** Makes it beside its place and renames it when it is whole, so that no start finds half of one. */
async function make(
  folder: string,
  version: PostgresVersion,
  { prepare }: Preparation,
): Promise<void> {
  const draft = `${folder}.${crypto.randomUUID()}`;
  try {
    await using server = await startPostgres({ version, durable: false });
    await prepare(server);
    await server.save(draft);
    await Deno.rename(draft, folder);
  } catch (error) {
    await removeIfThere(draft);
    // Another start may have been faster: its database is as good.
    if (!await markUsed(folder)) throw error;
  }
}

/** Removes all but the newest, drafts of starts that were killed among them. */
async function prune(cache: string): Promise<void> {
  const entries = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) =>
    `${cache}/${name}`
  );
  const dated = await Promise.all(
    entries.map(async (path) => ({ path, used: await usedAt(path) })),
  );
  const old = dated.sort((a, b) => b.used - a.used).slice(KEPT)
    .filter(({ used }) => used < Date.now() - IN_USE);
  for (const { path } of old) {
    // Renamed first: a start that is still copying it fails, instead of missing the files removed.
    const removed = `${path}.removed`;
    if (await unlessGone(Deno.rename(path, removed))) await removeIfThere(removed);
  }
}

async function nameOf(version: PostgresVersion, sources: string[]): Promise<string> {
  const local = new URL("./", import.meta.url);
  const parts = [
    Deno.build.target,
    await buildOf(version),
    await Deno.readTextFile(new URL("../deno.lock", import.meta.url)),
    ...await readTexts(local, /(?<!_test)\.ts$/),
    ...await readTexts(new URL("prelude/", local), /\.sql$/),
    ...sources,
  ];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `${version}-${hash.slice(0, 32)}`;
}

/** The server itself: Debian's may be upgraded in place. */
async function buildOf(version: PostgresVersion): Promise<string> {
  const { native } = await findServer(version);
  const path = `${native}/bin/postgres${Deno.build.os === "windows" ? ".exe" : ""}`;
  const { size, mtime } = await Deno.stat(path);
  return `${path} ${size} ${mtime?.getTime()}`;
}

/** The names and the texts of a folder's files, in order. */
export async function readTexts(folder: URL, name: RegExp): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter((entry) => entry.isFile && name.test(entry.name)).map(({ name }) => name).sort();
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(new URL(name, folder))));
  return names.flatMap((name, index) => [name, texts[index] ?? ""]);
}

/** Notes that a saved database is in use; false where there is none. */
function markUsed(folder: string): Promise<boolean> {
  const now = new Date();
  return unlessGone(Deno.utime(folder, now, now));
}

/** When it was last used, in milliseconds; 0 where it is gone meanwhile. */
async function usedAt(path: string): Promise<number> {
  let used = 0;
  await unlessGone(Deno.stat(path).then(({ mtime }) => used = mtime?.getTime() ?? 0));
  return used;
}

function removeIfThere(path: string): Promise<boolean> {
  return unlessGone(Deno.remove(path, { recursive: true }));
}

/** False where the file or folder does not exist. */
async function unlessGone(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

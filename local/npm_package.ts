/**
 * Packages that only some runs need, each in an exact version.
 *
 * They come from npm into a cache of their own and not through the import map, so that a fresh clone
 * does not download them.
 *
 * @module
 */

import { CACHE as PLACE } from "./places.ts";

/** On Windows it is a batch file, which is only found under its full name. */
const NPM = Deno.build.os === "windows" ? "npm.cmd" : "npm";

const CACHE = `${PLACE}/npm/`;

/** Installs a package if it is missing. Returns the folder with its `node_modules`. */
export async function npmPackage(name: string, version: string): Promise<string> {
  const folder = `${CACHE}${name.replace("/", "+")}@${version}`;
  const isThere = await Deno.stat(`${folder}/node_modules`).then(() => true, () => false);
  if (!isThere) await install(`${name}@${version}`, folder);
  return folder;
}

async function install(spec: string, folder: string): Promise<void> {
  await Deno.mkdir(CACHE, { recursive: true });
  const draft = await Deno.makeTempDir({ dir: CACHE });
  const npm = new Deno.Command(NPM, {
    args: ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", draft, spec],
  });
  const { success, stderr } = await npm.output();
  if (!success) {
    await Deno.remove(draft, { recursive: true });
    throw new Error(`npm install ${spec}: ${new TextDecoder().decode(stderr).trim()}`);
  }
  // Renamed when complete. If another run was faster, its copy is as good.
  await Deno.rename(draft, folder).catch(() => Deno.remove(draft, { recursive: true }));
}

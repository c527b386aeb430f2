/** Runs `npm pack` on a folder. */

import { join } from "node:path";

/** What `npm pack` says of a tarball. */
export interface Tarball {
  name: string;
  version: string;
  /** Its path. */
  path: string;
  /** In bytes. */
  size: number;
  /** In bytes. */
  unpackedSize: number;
  files: string[];
}

/** Packs the package that lies in `stage` into a tarball in `folder`. */
export async function npmPack(stage: string, folder: string): Promise<Tarball> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--json", "--pack-destination", folder],
    cwd: stage,
  }).output();
  if (!success) throw new Error(`npm pack: ${new TextDecoder().decode(stderr).trim()}`);
  const [packed] = JSON.parse(new TextDecoder().decode(stdout));
  const { name, version, filename, size, unpackedSize, files } = packed;
  const paths = (files as { path: string }[]).map(({ path }) => path);
  return { name, version, path: join(folder, filename), size, unpackedSize, files: paths };
}

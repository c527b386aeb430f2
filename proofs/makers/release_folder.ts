/** `releases/`: what users got, by version, and the checksum of every file. A released file never changes. */

import { join } from "node:path";
import { checksum, readIfThere } from "../../cli/project/text_file.ts";
import { UserError } from "../../local/terminal.ts";

const CHECKSUMS = "checksums.json";

/** The checksum of every released file, by its path below `releases/`. */
export async function readChecksums(folder: string): Promise<Record<string, string>> {
  return JSON.parse(await readIfThere(join(folder, CHECKSUMS)) ?? "{}");
}

/** Writes the files of a version, and notes all files of its folder as released. */
export async function writeRelease(
  folder: string,
  version: string,
  files: Record<string, string>,
): Promise<void> {
  const sums = await readChecksums(folder);
  if (versionsIn(sums).has(version)) {
    throw new UserError(`${version} is released already. Set the next version in deno.json.`);
  }
  await Deno.mkdir(join(folder, version), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, version, name), text);
  }
  for (const path of await filesOf(folder, version)) {
    sums[path] = await checksum(await readIfThere(join(folder, path)) ?? "");
  }
  await Deno.writeTextFile(join(folder, CHECKSUMS), `${JSON.stringify(sums, null, 2)}\n`);
}

/** What differs from the checksums, one line for each file. */
export async function changedFiles(folder: string): Promise<string[]> {
  const sums = await readChecksums(folder);
  const there = await Promise.all([...versionsIn(sums)].map((one) => filesOf(folder, one)));
  const added = there.flat().filter((path) => !(path in sums)).map((path) => `${path} was added`);
  const changed = Object.entries(sums).map(async ([path, sum]) => {
    const text = await readIfThere(join(folder, path));
    if (text === null) return [`${path} is missing`];
    return await checksum(text) === sum ? [] : [`${path} was changed`];
  });
  return [...(await Promise.all(changed)).flat(), ...added].sort();
}

function versionsIn(sums: Record<string, string>): Set<string> {
  return new Set(Object.keys(sums).map((path) => path.split("/")[0] ?? ""));
}

async function filesOf(folder: string, version: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(join(folder, version)));
    return entries.map(({ name }) => `${version}/${name}`).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

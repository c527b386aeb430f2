/** The files of the repository, as git lists them. */

import { fileURLToPath } from "node:url";

export interface TrackedFile {
  /** From the root of the repository. */
  path: string;
  text: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The files that are committed or may be, with their content on disk. */
export async function trackedFiles(): Promise<TrackedFile[]> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(`git ls-files: ${new TextDecoder().decode(stderr)}`);
  const paths = new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
  const files = await Promise.all(paths.map(readIfThere));
  return files.filter((file) => file !== null);
}

/** Null: git has the file, and it is deleted on disk; or it is no text. */
async function readIfThere(path: string): Promise<TrackedFile | null> {
  try {
    const bytes = await Deno.readFile(ROOT + path);
    return bytes.includes(0) ? null : { path, text: new TextDecoder().decode(bytes) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Changes of files: planned first, shown, and then written one by one. */

// Deno.remove would also delete a file or a link.
import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DRAFT, readIfThere, removeIfThere, writeWhole } from "./text_file.ts";

/** A change of one file; the path is below `supabase/`. */
export interface Change {
  path: string;
  /** Null: the file does not exist yet. */
  before: string | null;
  /** Null: the file is deleted. */
  after: string | null;
}

/** Carries out the changes in their order. Each is done or not, so a killed run can be repeated. */
export async function carryOut(folder: string, changes: readonly Change[]): Promise<void> {
  for (const { path, after } of changes) {
    if (after === null) await removeIfThere(join(folder, path));
    else await writeWhole(join(folder, path), after);
  }
}

/** Removes the drafts that a killed run left beside these files. */
export async function removeDrafts(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await removeIfThere(join(folder, path) + DRAFT);
}

/** Removes the folders that are empty now, and the folders in them. */
export async function removeEmpty(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of [...paths].sort().reverse()) {
    await rmdir(join(folder, path)).catch(ignoreOther);
  }
}

/** The folders of these files that do not exist yet, outermost first; `""` is `supabase/` itself. */
export async function missingFolders(folder: string, paths: readonly string[]): Promise<string[]> {
  const needed = new Set(paths.flatMap(foldersOf));
  const missing = await Promise.all(
    [...needed].map(async (path) =>
      await Deno.stat(join(folder, path)).then(() => [], () => [path])
    ),
  );
  return missing.flat().sort();
}

/** One line for each file, and one for a folder of many. */
export function changesInWords(changes: readonly Change[]): string[] {
  const groups = Map.groupBy(changes, groupOf);
  return [...groups].map(([title, grouped]) => {
    const size = bytesIn(grouped);
    const count = grouped.length === 1 ? "" : `${grouped.length} files, `;
    return `  ${markOf(grouped[0]!)} supabase/${title} (${count}${size})`;
  });
}

export function changeAsJson({ path, before, after }: Change) {
  const does = before === null ? "create" : after === null ? "delete" : "change";
  return { path: `supabase/${path}`, does, bytes: byteLength(after ?? "") };
}

/** The plan: what `+` creates, `~` changes and `-` deletes. */
function markOf({ before, after }: Change): string {
  return before === null ? "+" : after === null ? "-" : "~";
}

/** The vendored code is one line of the plan, and so are the chapters of a clone. */
function groupOf({ path }: Change): string {
  return /^functions\/_sesame\/|^migrations\/20261121(?=\d{6}_)/.exec(path)?.[0] ?? path;
}

function bytesIn(changes: readonly Change[]): string {
  const bytes = changes.reduce(
    (sum, { before, after }) => sum + Math.abs(byteLength(after ?? "") - byteLength(before ?? "")),
    0,
  );
  return bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [""] : [...foldersOf(folder), folder];
}

/** A folder with something of the user's in it stays, and so does a file or a link in its place. */
function ignoreOther(error: unknown): void {
  const { code = "" } = error as { code?: string };
  if (["ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST"].includes(code)) return;
  throw error;
}

/** The change that gives a file this text; none, if it has it. */
export async function changeTo(folder: string, path: string, after: string): Promise<Change[]> {
  const before = await readIfThere(join(folder, path));
  return before === after ? [] : [{ path, before, after }];
}

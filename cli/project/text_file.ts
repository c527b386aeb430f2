/**
 * Text files of a user's project.
 *
 * Git may change line ends when it checks a file out. So two texts that differ only in their line ends count as the same.
 *
 * @module
 */

import { dirname } from "node:path";
import { hex, sha256 } from "../../supabase/functions/_shared/sha256.ts";
import { UserError } from "../../local/terminal.ts";

/** A killed command may leave a file with this ending. The next run replaces or removes it. */
export const DRAFT = ".sesame-draft";

/** The text of a file; null: there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    const bytes = await Deno.readFile(path);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    if (error instanceof TypeError) throw new UserError(`${path} is not UTF-8 text`);
    throw inWords(path, "read", error);
  }
}

/** Writes all of the file or nothing, and creates its folder. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const target = await Deno.realPath(path).catch(() => path); // a symbolic link stays a link
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await write(target, text);
  } catch (error) {
    await removeIfThere(target + DRAFT).catch(() => {}); // the first error is the one to report
    throw inWords(path, "written", error);
  }
}

async function write(target: string, text: string): Promise<void> {
  const mode = await Deno.stat(target).then(({ mode }) => mode, () => null);
  await Deno.writeTextFile(target + DRAFT, text);
  if (mode !== null && Deno.build.os !== "windows") await Deno.chmod(target + DRAFT, mode & 0o777);
  await Deno.rename(target + DRAFT, target);
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw inWords(path, "deleted", error);
  }
}

/** What the system refuses, and what the user can do. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: "you may not. Allow it",
  EPERM: "you may not. Allow it",
  EROFS: "the disk is read-only. Make it writable",
  ENOSPC: "the disk is full. Make room",
  EDQUOT: "your part of the disk is full. Make room",
};

/** The error as a line for the user, if its cause is known. */
function inWords(path: string, done: "read" | "written" | "deleted", error: unknown): unknown {
  const reason = REFUSALS[String((error as { code?: unknown }).code)];
  if (reason === undefined) return error;
  return new UserError(`${path} cannot be ${done}: ${reason}, and run it again.`);
}

/** The SHA-256 of a text with `\n` as its line end, in hexadecimal. */
export async function checksum(text: string): Promise<string> {
  return hex(await sha256(withLineEnds(text, "\n")));
}

export function isSameText(a: string, b: string): boolean {
  return withLineEnds(a, "\n") === withLineEnds(b, "\n");
}

/** The line end that a text uses. */
export function lineEndOf(text: string): "\n" | "\r\n" {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

export function withLineEnds(text: string, end: "\n" | "\r\n"): string {
  return text.replaceAll(/\r?\n/g, end);
}

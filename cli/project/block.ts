/** Our lines in a file of the user's: one block at the end, which can be cut out again without a trace. */

import { lineEndOf, withLineEnds } from "./text_file.ts";

const BEGIN = "# >>> sesame: `sesame remove` takes these lines out again, up to <<<";
const END = "# <<< sesame";

/** A text with our block, and what was inserted, with `\n` as its line end. */
export interface WithBlock {
  text: string;
  inserted: string;
}

/** Appends the lines as a block, in the line ends of the text. */
export function appendBlock(text: string, lines: readonly string[]): WithBlock {
  const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  const inserted = gap + written(lines);
  return { text: text + withLineEnds(inserted, lineEndOf(text)), inserted };
}

/** The text without the block; null: the block is not there as it was inserted. */
export function cutBlock(text: string, inserted: string): string | null {
  return replaced(text, inserted, "");
}

/** The text with these lines in the same place; null: the block was changed. Without lines it is cut out. */
export function renewBlock(
  text: string,
  known: string,
  lines: readonly string[],
): WithBlock | null {
  const inserted = lines.length === 0 ? "" : gapOf(known) + written(lines);
  // An interrupted run may have renewed it already.
  if (inserted !== "" && cutBlock(text, inserted) !== null) return { text, inserted };
  const renewed = replaced(text, known, inserted);
  return renewed === null ? null : { text: renewed, inserted };
}

/** Puts these lines in the place of a block that was changed. */
export function overwriteBlock(text: string, lines: readonly string[]): string {
  return text.replace(REGION, () => withLineEnds(written(lines), lineEndOf(text)));
}

/** What is not ours of a text, whether the block was changed or not. */
export function outsideBlock(text: string): string {
  return text.replace(REGION, "");
}

/** Whether a text has a block of ours, changed or not. */
export function hasBlock(text: string): boolean {
  return text.includes(BEGIN);
}

const REGION = /# >>> sesame[^]*?\n# <<< sesame(\r?\n|$)/;

function written(lines: readonly string[]): string {
  return `${[BEGIN, ...lines, END].join("\n")}\n`;
}

/** The empty lines before the block. */
function gapOf(inserted: string): string {
  return inserted.slice(0, inserted.indexOf(BEGIN));
}

function replaced(text: string, inserted: string, by: string): string | null {
  for (const end of ["\n", "\r\n"] as const) {
    const block = withLineEnds(inserted, end);
    const at = text.lastIndexOf(block);
    if (at === -1) continue;
    return text.slice(0, at) + withLineEnds(by, end) + text.slice(at + block.length);
  }
  return null;
}

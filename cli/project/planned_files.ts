/** Which of our files and blocks have to be written into a project, and which the user changed. */

import { basename, dirname, join } from "node:path";
import {
  appendBlock,
  hasBlock,
  outsideBlock,
  overwriteBlock,
  renewBlock,
  type WithBlock,
} from "./block.ts";
import { type Change, changeTo } from "./changes.ts";
import {
  blockLines,
  checkTables,
  CONFIG,
  newConfig,
  type WithEntry,
  withSchema,
} from "./config_block.ts";
import { ENV_EXAMPLE, envLines } from "./env_example.ts";
import { type AddOptions, type Block, type Manifest, schemaOf } from "./manifest.ts";
import { checksum, isSameText, lineEndOf, readIfThere, withLineEnds } from "./text_file.ts";
import { slugsWith } from "./vendored.ts";

/** A file of ours, or with our lines, that the user changed. It stays as it is. */
export interface Edit {
  path: string;
  theirs: string;
  /** As Sesame would write it. */
  ours: string;
  /** Whether that is something else than what Sesame wrote last. */
  isNew: boolean;
}

export interface Part {
  changes: Change[];
  edits: Edit[];
}

export type BlockPart = Part & { blocks: Record<string, Block> };

/** `manifest` is the one that is there. */
export async function planFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  manifest: Manifest | null,
): Promise<Part> {
  const part: Part = { changes: [], edits: [] };
  for (const [path, ours] of files) {
    const before = await readIfThere(join(folder, path));
    if (before !== null && isSameText(before, ours)) continue;
    const known = manifest?.files[path];
    if (before === null || known === await checksum(before)) {
      const after = before === null ? ours : withLineEnds(ours, lineEndOf(before));
      part.changes.push({ path, before, after });
    } else {
      const isNew = known !== await checksum(ours);
      part.edits.push({ path, theirs: before, ours, isNew });
    }
  }
  return part;
}

/** Of these files, beside those that are known already. */
export async function checksums(
  files: ReadonlyMap<string, string>,
  known: Record<string, string>,
): Promise<Record<string, string>> {
  const sums = await Promise.all(
    [...files].map(async ([path, text]) => [path, await checksum(text)] as const),
  );
  return Object.fromEntries(Object.entries({ ...known, ...Object.fromEntries(sums) }).sort());
}

/** Our blocks in the configuration and in the example of the secrets. */
export async function planBlocks(
  folder: string,
  options: AddOptions,
  manifest: Manifest | null,
): Promise<BlockPart> {
  const slugs = await slugsWith(options.functionsPrefix);
  const schema = schemaOf(options);
  const config = await planBlock(folder, CONFIG, manifest, {
    head: newConfig(basename(dirname(folder))),
    prepare: (text) => withSchema(text, schema),
    lines: (without) => blockLines(without, slugs, schema),
    check: checkTables,
  });
  const env = await planBlock(folder, ENV_EXAMPLE, manifest, {
    head: "",
    prepare: (text) => ({ text }),
    lines: envLines,
    check: () => {},
  });
  return {
    changes: [...config.changes, ...env.changes],
    edits: [...config.edits, ...env.edits],
    blocks: { ...config.blocks, ...env.blocks },
  };
}

interface BlockKind {
  /** The text before the block, where there is no such file. */
  head: string;
  /** Changes the rest of the file, before our block comes to it for the first time. */
  prepare(text: string): WithEntry;
  /** Our lines, given the rest of the file. */
  lines(without: string): string[];
  /** Throws if the file that is patched with these lines would mean something else. */
  check(without: string, patched: string, lines: readonly string[]): void;
}

/** Plans our block in one file: a new one at the end, or the known one renewed in its place. */
async function planBlock(
  folder: string,
  path: string,
  manifest: Manifest | null,
  { head, prepare, lines: linesFor, check }: BlockKind,
): Promise<BlockPart> {
  const text = await readIfThere(join(folder, path));
  const without = outsideBlock(text ?? head);
  const lines = linesFor(without);
  const known = manifest?.blocks[path];
  if (text !== null && known !== undefined && hasBlock(text)) {
    const renewed = renewBlock(text, known.inserted, lines);
    if (renewed === null) return editedBlock(path, text, known, lines);
    if (renewed.text !== text) check(without, renewed.text, lines);
    return await blockPart(folder, path, renewed, known);
  }
  if (lines.length === 0) return { changes: [], edits: [], blocks: {} };
  const prepared = prepare(text ?? head);
  const patched = appendBlock(prepared.text, lines);
  check(prepared.text, patched.text, lines);
  const isNew = known === undefined ? text === null : known.head !== null;
  // The entry of an earlier time may be there still.
  return await blockPart(folder, path, patched, {
    ...known,
    ...prepared,
    head: isNew ? head : null,
  });
}

async function blockPart(
  folder: string,
  path: string,
  { text, inserted }: WithBlock,
  { entry, head }: Pick<Block, "entry" | "head">,
): Promise<BlockPart> {
  const block = { inserted, ...entry === undefined ? {} : { entry }, head };
  const blocks = inserted === "" ? {} : { [path]: block };
  return { changes: await changeTo(folder, path, text), edits: [], blocks };
}

function editedBlock(path: string, text: string, known: Block, lines: string[]): BlockPart {
  const { inserted } = renewBlock(known.inserted, known.inserted, lines)!;
  const ours = lines.length === 0 ? outsideBlock(text) : overwriteBlock(text, lines);
  const isNew = inserted !== known.inserted;
  return {
    changes: [],
    edits: [{ path, theirs: text, ours, isNew }],
    blocks: { [path]: { ...known, inserted } },
  };
}

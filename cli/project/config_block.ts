/** Our tables in `supabase/config.toml`, and our schema among those that the local Data API exposes. */

// smol-toml checks that the block changes nothing else. It cannot write a file with its comments, so we append text.
import { parse, TomlError, type TomlTable } from "smol-toml";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../local/terminal.ts";
import { cutBlock } from "./block.ts";
import type { Block } from "./manifest.ts";
import { PUBLIC } from "./schema_name.ts";
import { lineEndOf, withLineEnds } from "./text_file.ts";

export const CONFIG = "config.toml";

/** The lines of our tables. The functions check their callers themselves, so the platform must let all of them in. */
export function configLines(slugs: readonly string[]): string[] {
  return slugs.flatMap((slug, index) => [
    ...(index === 0 ? [] : [""]),
    `[functions.${slug}]`,
    "verify_jwt = false",
    `import_map = "./functions/${slug}/deno.json"`,
    `entrypoint = "./functions/${slug}/index.ts"`,
  ]);
}

/** The smallest configuration that the CLI accepts, for a project that has none. */
export function newConfig(projectId: string): string {
  const id = projectId.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return `project_id = "${id || "app"}"\n`;
}

/** The names in `[functions.…]`. */
export function configuredFunctions(text: string): string[] {
  return Object.keys(Object(read(text).functions));
}

/** Our lines, given the rest of the file: a table for each function, and `[api]` where the file has none. */
export function blockLines(
  without: string,
  slugs: readonly string[],
  schema: string,
): string[] {
  const isNew = schema !== PUBLIC && read(without).api === undefined;
  return [...isNew ? ["[api]", lineFor(schema), ""] : [], ...configLines(slugs)];
}

/**
 * Checks that a configuration has our tables, and is otherwise the one that it was without them.
 *
 * @throws UserError if the file is not TOML, or writes `functions` in a way that takes no more tables
 */
export function checkTables(without: string, patched: string, lines: readonly string[]): void {
  const before = read(without);
  const { functions, ...others } = read(lines.join("\n"));
  const wanted = {
    ...before,
    ...others,
    functions: { ...Object(before.functions), ...Object(functions) },
  };
  if (!isDeepStrictEqual(readOrNull(patched), wanted)) throw new UserError(INLINE);
}

/** What the CLI exposes where `schemas` is not written. */
const EXPOSED = ["public", "graphql_public"];

/** A text, and what was inserted into an array of the user's; undefined: nothing. */
export interface WithEntry {
  text: string;
  entry?: string;
}

/**
 * The configuration with this schema among those that the local Data API exposes. Without `[api]`, our block has it.
 *
 * @throws UserError if `schemas` is written in a way that takes no more entries
 */
export function withSchema(text: string, schema: string): WithEntry {
  const before = read(text);
  const api = Object(before.api);
  const isThere = before.api === undefined || schemasOf(api).includes(schema);
  if (schema === PUBLIC || isThere) return { text };
  const wanted = { ...before, api: { ...api, schemas: [...schemasOf(api), schema] } };
  // Every place is tried, and the parser says which one is right.
  for (const [at, entry] of places(text, schema)) {
    const patched = text.slice(0, at) + entry + text.slice(at);
    if (isDeepStrictEqual(readOrNull(patched), wanted)) {
      return { text: patched, entry: withLineEnds(entry, "\n") };
    }
  }
  throw new UserError(
    `supabase/${CONFIG}: add "${schema}" to schemas of [api] there, and run it again.`,
  );
}

/** After a string of an array, in an empty array, and below the head of the table. */
function* places(text: string, schema: string): Generator<[number, string]> {
  const from = text.indexOf("schemas");
  for (const { 0: found, index } of text.matchAll(/["'[]/g)) {
    if (from === -1 || index < from) continue;
    yield [index + 1, found === "[" ? `"${schema}"` : `, "${schema}"`];
  }
  for (const { 0: head, index } of text.matchAll(/^[ \t]*\[[ \t]*api[ \t]*\][^\r\n]*/gm)) {
    yield [index + head.length, lineEndOf(text) + lineFor(schema)];
  }
}

function lineFor(schema: string): string {
  return `schemas = [${[...EXPOSED, schema].map((name) => `"${name}"`).join(", ")}]`;
}

function schemasOf(api: unknown): string[] {
  const { schemas = EXPOSED } = Object(api);
  return schemas;
}

/** The text without what we inserted; null: our block is not there as it was inserted. */
export function cutOurs(text: string, { inserted, entry }: Inserted): string | null {
  const rest = cutBlock(text, inserted);
  if (rest === null || entry === undefined) return rest;
  return cutEntry(rest, entry) ?? rest; // the user took the entry out
}

/** Whether all that we inserted is there. */
export function isWhole(text: string, { inserted, entry }: Inserted): boolean {
  return cutBlock(text, inserted) !== null &&
    (entry === undefined || cutEntry(text, entry) !== null);
}

type Inserted = Pick<Block, "inserted" | "entry">;

/** The text without an entry of `schemas`. The same text may stand elsewhere, so the parser says which one it is. */
function cutEntry(text: string, entry: string): string | null {
  const schema = /"(\w+)"\]?$/.exec(entry)?.[1] ?? "";
  const others = withoutSchemas(readOrNull(text));
  const written = withLineEnds(entry, lineEndOf(text));
  for (let at = text.indexOf(written); at !== -1; at = text.indexOf(written, at + 1)) {
    const rest = text.slice(0, at) + text.slice(at + written.length);
    const read = readOrNull(rest);
    if (read === null || schemasOf(read.api).includes(schema)) continue;
    if (isDeepStrictEqual(withoutSchemas(read), others)) return rest;
  }
  return null;
}

function withoutSchemas(table: TomlTable | null): unknown {
  const { schemas: _, ...api } = Object(table?.api);
  return { ...table, api };
}

const INLINE = `supabase/${CONFIG}: no table can be added to functions as it is written there. ` +
  "Write each function as a table of its own, such as [functions.hello], and run it again.";

function read(text: string): TomlTable {
  try {
    // A byte order mark is no part of TOML.
    return plain(parse(text.replace(/^\uFEFF/, "")));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new UserError(
      `supabase/${CONFIG}, line ${error.line}: this is not TOML. Correct it, and run it again.`,
    );
  }
}

function readOrNull(text: string): TomlTable | null {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Without the parser's own prototypes, which would make equal tables unequal. */
function plain(table: TomlTable): TomlTable {
  return structuredClone(table);
}

/**
 * The chapters of `supabase/migrations` can be read in their order: each names only what it or an earlier chapter
 * creates, and none is long without a reason.
 */

import assert from "node:assert/strict";
import { divideSql } from "../../local/sql_file.ts";
import { type Chapter, readBook } from "../../cli/project/release.ts";

const LONGEST = 200;

const CREATED =
  /^create\s+(?:or\s+replace\s+)?(?:table|view|function|type|domain)\s+((?:sesame|public)\.\w+)/;

/** The statements of a chapter without comments, and without the texts of `comment on`. */
async function statementsOf({ name, text }: Chapter): Promise<string[]> {
  const statements = await divideSql(text, name);
  return statements
    .map((statement) => statement.text.replaceAll(/--.*$/gm, "").trim())
    .filter((statement) => !statement.startsWith("comment on"));
}

/** The objects that a statement names. A literal counts if all of it is a name but not the name of a setting. */
function namesIn(statement: string): string[] {
  const masked = statement.replaceAll(
    /((?:current_setting|set_config)\()?'((?:[^'\n]|'')*)'/g,
    (_literal, setting: string | undefined, words: string) =>
      setting === undefined && /^\w+\.\w+(\(.*\))?$/.test(words) ? ` ${words} ` : "''",
  );
  return [...masked.matchAll(/\b(?:sesame|public)\.\w+/g)].map(([name]) => name);
}

/** `chapter names object, of a later chapter`, for each object that a chapter names too early. */
async function forwardReferences(chapters: Chapter[]): Promise<string[]> {
  const read = await Promise.all(chapters.map(statementsOf));
  const createdIn = new Map<string, number>();
  for (const [place, statements] of read.entries()) {
    for (const statement of statements) {
      const name = CREATED.exec(statement)?.[1];
      if (name !== undefined && !createdIn.has(name)) createdIn.set(name, place);
    }
  }
  return read.flatMap((statements, place) =>
    [...new Set(statements.flatMap(namesIn))]
      .filter((name) => (createdIn.get(name) ?? 0) > place)
      .map((name) =>
        `${chapters[place]?.name} names ${name}, of ${chapters[createdIn.get(name)!]?.name}`
      )
  );
}

/** Chapters over the limit without a reason in their first comment: `Long because …`. */
function longWithoutReason(chapters: Chapter[]): string[] {
  return chapters
    .filter(({ text }) => text.trimEnd().split("\n").length > LONGEST)
    .filter(({ text }) => !/^(?:--.*\n)*?--.*\bLong because\b/.test(text))
    .map(({ name, text }) => `${name} has ${text.trimEnd().split("\n").length} lines`);
}

const chapter = (name: string, text: string): Chapter => ({ name, text });

Deno.test("every chapter names only what it or an earlier chapter creates", async () => {
  assert.deepEqual(await forwardReferences(await readBook()), []);
});

Deno.test("given a name of a later chapter, the reader reports it", async () => {
  const later = chapter("2.sql", "create table sesame.later (id int);");
  const report = ["1.sql names sesame.later, of 2.sql"];
  for (
    const text of [
      "create function sesame.a() returns void language plpgsql as $$ begin perform 1 from sesame.later; end $$;",
      "create view sesame.b as select * from sesame.later;",
      "create function sesame.c() returns regclass language sql as $$ select 'sesame.later'::regclass $$;",
      "create function sesame.d() returns void language plpgsql as $$ begin execute $q$ table sesame.later $q$; end $$;",
    ]
  ) {
    assert.deepEqual(await forwardReferences([chapter("1.sql", text), later]), report, text);
  }
});

Deno.test("given words and settings that only look like a later name, the reader reports nothing", async () => {
  const later = chapter("2.sql", "create table sesame.later (id int);");
  const text = `
    -- sesame.later
    create table sesame.a (id int);
    comment on table sesame.a is 'Written from sesame.later.';
    select current_setting('sesame.later', true), 'see sesame.later', 'sesame.later = now';
  `;
  assert.deepEqual(await forwardReferences([chapter("1.sql", text), later]), []);
  assert.deepEqual(
    await forwardReferences([later, chapter("3.sql", "select * from sesame.later;")]),
    [],
  );
});

Deno.test("a chapter over 200 lines says why in its first comment", async () => {
  assert.deepEqual(longWithoutReason(await readBook()), []);
});

Deno.test("given a long chapter without a reason, its lines are reported", () => {
  const lines = "select 1;\n".repeat(LONGEST);
  assert.deepEqual(longWithoutReason([chapter("1.sql", lines)]), []);
  assert.deepEqual(longWithoutReason([chapter("1.sql", `-- A chapter.\n${lines}`)]), [
    "1.sql has 201 lines",
  ]);
  assert.deepEqual(
    longWithoutReason([
      chapter("1.sql", `-- A chapter.\n-- Long because all of it is one list.\n${lines}`),
    ]),
    [],
  );
  assert.deepEqual(longWithoutReason([chapter("1.sql", `${lines}-- Long because.\n`)]), [
    "1.sql has 201 lines",
  ]);
});

Deno.test("chapters are named <stamp>_<name>.sql, each stamp and each name once", async () => {
  const names = (await readBook()).map(({ name }) => /^(20261121\d{6})_([a-z_]+)\.sql$/.exec(name));
  assert.equal(names.includes(null), false);
  assert.equal(new Set(names.map((name) => name?.[1])).size, names.length);
  assert.equal(new Set(names.map((name) => name?.[2])).size, names.length);
});

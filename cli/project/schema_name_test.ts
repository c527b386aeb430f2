import assert from "node:assert/strict";
import { parse } from "libpg-query";
import { bind, readBook } from "./release.ts";
import { inSchema, isPlainName, openingOf, PUBLIC, readSchemaName } from "./schema_name.ts";
import { removalSql } from "../remove/removal_sql.ts";

const BOOK = bind(await readBook("sesame_api"), "20261130090000");
const REMOVAL = await removalSql(true, "sesame_api");

/** The word where it means everyone and not the schema. */
const EVERYONE = /\b(from|to) public(?=[,;\s])|then 'public' else grantee|^-- .* public tables\b/g;

for (const [title, sql] of Object.entries({ "the book": BOOK, "the removal": REMOVAL })) {
  Deno.test(`${title} for another schema has the word public only where it means everyone`, () => {
    const left = sql.split("\n").filter((line) =>
      /\bpublic\b/i.test(line.replaceAll(EVERYONE, ""))
    );
    assert.deepEqual(left, []);
    assert.ok(sql.includes("sesame_api"));
  });

  Deno.test(`${title} for another schema names no object of public, by Postgres' own parser`, async () => {
    assert.deepEqual(namesIn(await parse(sql)).filter((path) => path[0] === PUBLIC), []);
  });
}

/** Every qualified name in a tree: of relations, functions, types and objects of other kinds. */
function namesIn(node: unknown): string[][] {
  if (typeof node !== "object" || node === null) return [];
  const { schemaname, relname } = node as Record<string, string>;
  const own = schemaname === undefined ? [] : [[schemaname, relname ?? ""]];
  const words = Array.isArray(node) ? node.map((word) => word?.String?.sval) : [];
  const listed = words.length > 1 && words.every((word) => typeof word === "string") ? [words] : [];
  return [...own, ...listed, ...Object.values(node).flatMap(namesIn)];
}

Deno.test("for public the book is as it is written", async () => {
  const text = "select 'public', public.modules from public.f(); -- schema public";
  assert.equal(inSchema(text, PUBLIC), text);
  assert.equal(openingOf(PUBLIC), "");
  assert.deepEqual(await readBook(), await readBook(PUBLIC));
});

Deno.test("the schema is named, and everyone stays everyone", () => {
  const before =
    "revoke all on public.modules from public, anon; -- 'public'::regnamespace, schema public";
  const after = "revoke all on api.modules from public, anon; -- 'api'::regnamespace, schema api";
  assert.equal(inSchema(before, "api"), after);
});

for (const name of ["public", "sesame_api", "api", "s1"]) {
  Deno.test(`a schema may be called ${name}`, async () => {
    assert.equal(readSchemaName(name, "--schema"), name);
    assert.ok(await isPlainName(name) || name === PUBLIC);
  });
}

for (
  const name of [
    "Api",
    "1st",
    "my-api",
    "auth",
    "sesame",
    "pg_mine",
    "legacy",
    "graphql_public",
    "",
  ]
) {
  Deno.test(`a schema may not be called ${JSON.stringify(name)}`, () => {
    assert.throws(() => readSchemaName(name, "--schema"), /^UserError: --schema /);
  });
}

for (const word of ["order", "values", "left", "user", "time"]) {
  Deno.test(`${word} is a word of SQL and no name for a schema`, async () => {
    assert.equal(await isPlainName(word), false);
  });
}

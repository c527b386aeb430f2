import assert from "node:assert/strict";
import { KINDS } from "../../supabase/functions/_shared/facts/kinds.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

Deno.test("every kind of fact has a table to merge into", async () => {
  const chapters: string[] = [];
  for await (const { name } of Deno.readDir(MIGRATIONS)) {
    chapters.push(await Deno.readTextFile(new URL(name, MIGRATIONS)));
  }
  const book = chapters.join("\n");
  const missing = KINDS.filter(({ kind }) => !book.includes(`create table sesame.${kind}s (`));
  assert.deepEqual(missing.map(({ kind }) => kind), []);
});

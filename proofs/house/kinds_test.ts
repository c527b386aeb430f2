import assert from "node:assert/strict";
import { readBook } from "../../cli/project/release.ts";
import { KINDS } from "../../supabase/functions/_shared/facts/kinds.ts";

Deno.test("every kind of fact has a table to merge into", async () => {
  const book = (await readBook()).map(({ text }) => text).join("\n");
  const missing = KINDS.filter(({ kind }) => !book.includes(`create table sesame.${kind}s (`));
  assert.deepEqual(missing.map(({ kind }) => kind), []);
});

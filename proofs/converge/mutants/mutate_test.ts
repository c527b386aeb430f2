import assert from "node:assert/strict";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { mutate } from "./mutate.ts";

for (const mutant of MUTANTS) {
  Deno.test(`the text of the mutant occurs once: ${mutant.name}`, async () => {
    const statement = await mutate(mutant);
    assert.match(statement, /^create or replace (function|view) /m);
    assert.ok(statement.includes(mutant.instead));
    assert.ok(!statement.includes(mutant.text) || mutant.instead.includes(mutant.text));
  });
}

Deno.test("every mutant has a name of its own", () => {
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
});

const gone: Mutant = { name: "gone", chapter: "fold", text: "no such text", instead: "" };

Deno.test("mutate() refuses a mutant with a text that does not occur", async () => {
  await assert.rejects(mutate(gone), /mutant "gone": its text is 0 times in fold, not once/);
  await assert.rejects(mutate({ ...gone, chapter: "none" }), /"gone": there is no chapter none/);
});

Deno.test("mutate() refuses a mutant of a table, which cannot be replaced", async () => {
  const table = {
    name: "table",
    chapter: "refunds",
    text: "create table",
    instead: "create  table",
  };
  await assert.rejects(
    mutate(table),
    /mutant "table": its text is not part of one function or view/,
  );
});

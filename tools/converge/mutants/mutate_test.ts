import assert from "node:assert/strict";
import { MUTANTS } from "./mutants.ts";
import { mutate } from "./mutate.ts";

for (const mutant of MUTANTS) {
  Deno.test(`the rule is there to be weakened: ${mutant.name}`, async () => {
    await using mutated = await mutate(mutant);
    const names = (await Array.fromAsync(Deno.readDir(mutated.folder))).map(({ name }) => name);
    const chapter = names.find((name) => name.slice(15) === `${mutant.chapter}.sql`) ?? "";
    assert.ok((await Deno.readTextFile(new URL(chapter, mutated.folder))).includes(mutant.instead));
  });
}

Deno.test("mutate() refuses a mutant whose rule is not there", async () => {
  const mutant = { name: "gone", chapter: "fold", text: "no such text", instead: "" };
  await assert.rejects(mutate(mutant), /mutant "gone": its text is 0 times in fold, not once/);
});

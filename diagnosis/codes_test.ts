import assert from "node:assert/strict";
import { causeOf, CODES, codesIn } from "./codes.ts";

Deno.test("each code is in one part of the table only, and has texts in both languages", async () => {
  const parts = await Array.fromAsync(Deno.readDir(new URL("codes/", import.meta.url)));
  const modules = await Promise.all(parts.map(({ name }) => import(`./codes/${name}`)));
  const codes = modules.flatMap((module) =>
    Object.values(module).flatMap((part) => Object.keys(part!))
  );
  assert.deepEqual(codes.toSorted(), codesIn(CODES).sort());
  for (const code of codesIn(CODES)) {
    const { en, fr } = causeOf(code);
    for (const sentence of [en, fr].flatMap((words) => Object.values(words))) {
      assert.match(sentence, /^\S.*[.)]$/s, code);
    }
    assert.notEqual(en.symptom, fr.symptom, code);
  }
});

Deno.test("the doctor finds every code that --fix fixes", () => {
  const fixed = codesIn(CODES).filter((code) => causeOf(code).fixedBy !== null);
  assert.ok(fixed.length > 20);
  assert.deepEqual(fixed.filter((code) => causeOf(code).order === null), []);
});

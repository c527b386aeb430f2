import assert from "node:assert/strict";
import { type FactKind, kindOf, KINDS, SILENT } from "./kinds.ts";

Deno.test("every descriptor in this folder is listed", async () => {
  const listed = new Set<unknown>(KINDS);
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (!name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
    const exported = Object.values(await import(`./${name}`));
    const missing = exported.filter((value) => isDescriptor(value) && !listed.has(value));
    assert.deepEqual(missing, [], `${name} has a kind that kinds.ts does not list`);
  }
});

Deno.test("no events are listed and silent at once", () => {
  const starts = KINDS.flatMap(({ head, events }) => events ?? [`${head}.`]);
  assert.deepEqual(starts.filter((start) => start in SILENT), []);
});

Deno.test("the prefix of an id names one kind only", () => {
  const prefixes = KINDS.flatMap(({ byId }) => Object.keys(byId));
  assert.equal(new Set(prefixes).size, prefixes.length);
});

Deno.test("a fetched object is read as the kind that it was fetched for", () => {
  for (const kind of KINDS) assert.equal(kindOf(`${kind.head}.fetched`), kind);
});

function isDescriptor(value: unknown): value is FactKind {
  return typeof value === "object" && value !== null && "read" in value && "byId" in value;
}

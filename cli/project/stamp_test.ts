import assert from "node:assert/strict";
import { nextStamp } from "./stamp.ts";

const NOW = new Date("2026-11-30T09:08:07.654Z");

const STAMPS: readonly [title: string, names: string[], stamp: string][] = [
  ["no migration", [], "20261130090807"],
  ["an older one", ["20250301090000_a.sql"], "20261130090807"],
  ["one of this second", ["20261130090807_a.sql"], "20261130090808"],
  ["a later one", ["20991231235959_a.sql", "20250301090000_b.sql"], "20991231235960"],
  ["a short version", ["2025_a.sql"], "20261130090807"],
  ["a short later version", ["2027_a.sql"], "20280000000000"],
  ["a long later version", ["202701010000001_a.sql"], "20270101000001"],
];

for (const [title, names, stamp] of STAMPS) {
  Deno.test(`the next migration after ${title} sorts last`, () => {
    assert.equal(nextStamp(NOW, names), stamp);
    assert.deepEqual([...names, `${stamp}_z.sql`].sort().at(-1), `${stamp}_z.sql`);
  });
}

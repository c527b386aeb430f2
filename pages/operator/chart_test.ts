import assert from "node:assert/strict";
import { extremes } from "./chart.ts";

const at = new Date(0);
const BARS = [{ at, good: 3, bad: 2 }, { at, good: 4, bad: 0 }, { at, good: 0, bad: 1 }];

Deno.test("bars on top of each other reach as high as their sum", () => {
  assert.deepEqual(extremes(BARS, false), { most: 5, least: 0 });
});

Deno.test("bars on both sides of the line reach as far as each of them", () => {
  assert.deepEqual(extremes(BARS, true), { most: 4, least: 2 });
});

Deno.test("nothing reaches nowhere", () => {
  assert.deepEqual(extremes([], true), { most: 0, least: 0 });
});

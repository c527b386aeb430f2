import assert from "node:assert/strict";
import { extremes } from "./chart.ts";

const at = new Date(0);
const BARS = [{ at, good: 3, bad: 2 }, { at, good: 4, bad: 0 }, { at, good: 0, bad: 1 }];

Deno.test("stacked bars reach as high as their sum", () => {
  assert.deepEqual(extremes(BARS, false), { most: 5, least: 0 });
});

Deno.test("mirrored bars reach as far as each of their parts", () => {
  assert.deepEqual(extremes(BARS, true), { most: 4, least: 2 });
});

Deno.test("a chart without bars has no extent", () => {
  assert.deepEqual(extremes([], true), { most: 0, least: 0 });
});

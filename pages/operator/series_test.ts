import assert from "node:assert/strict";
import type { Report } from "./health.ts";
import { daysOf, hoursOf } from "./series.ts";

const NOW = Date.parse("2026-11-25T12:34:56Z");

const REPORT = {
  events_by_hour: [
    { hour: "2026-11-24T13:00:00", events: 3, failed: 0 },
    { hour: "2026-11-25T12:00:00", events: 5, failed: 2 },
    { hour: "2026-11-24T12:00:00", events: 9, failed: 9 }, // a day ago: half of this hour is more than 24 hours ago
  ],
  access_by_day: [{ day: "2026-11-25", opened: 4, closed: 1 }],
} as unknown as Report;

Deno.test("hoursOf() has 24 hours, also those without events, and ends with this one", () => {
  const hours = hoursOf(REPORT, NOW);
  assert.equal(hours.length, 24);
  assert.deepEqual(hours[0], { at: new Date("2026-11-24T13:00:00Z"), good: 3, bad: 0 });
  assert.deepEqual(hours[23], { at: new Date("2026-11-25T12:00:00Z"), good: 3, bad: 2 });
  assert.equal(hours.reduce((sum, { good, bad }) => sum + good + bad, 0), 8);
});

Deno.test("daysOf() has 30 days and ends today", () => {
  const days = daysOf(REPORT, NOW);
  assert.equal(days.length, 30);
  assert.deepEqual(days[29], { at: new Date("2026-11-25T00:00:00Z"), good: 4, bad: 1 });
  assert.deepEqual(days[0], { at: new Date("2026-10-27T00:00:00Z"), good: 0, bad: 0 });
});

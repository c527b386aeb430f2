import type { Report } from "./health.ts";

/** One bar of a chart, with the values of its two colours. */
export interface Bar {
  /** When it begins. */
  at: Date;
  good: number;
  bad: number;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** The last 24 hours, including those without events. Failed events are bad. */
export function hoursOf({ events_by_hour }: Report, now: number): Bar[] {
  const rows = new Map(events_by_hour.map((row) => [Date.parse(`${row.hour}Z`), row]));
  return steps(24, HOUR, now).map((at) => {
    const { events = 0, failed = 0 } = rows.get(at) ?? {};
    return { at: new Date(at), good: events - failed, bad: failed };
  });
}

/** The last 30 days. Opened accesses are good, closed ones are bad. */
export function daysOf({ access_by_day }: Report, now: number): Bar[] {
  const rows = new Map(access_by_day.map((row) => [Date.parse(`${row.day}T00:00:00Z`), row]));
  return steps(30, DAY, now).map((at) => {
    const { opened = 0, closed = 0 } = rows.get(at) ?? {};
    return { at: new Date(at), good: opened, bad: closed };
  });
}

/** The beginnings of `count` steps. The last step contains `now`. */
function steps(count: number, length: number, now: number): number[] {
  const last = Math.floor(now / length) * length;
  return Array.from({ length: count }, (_, place) => last - (count - 1 - place) * length);
}

/** Time in the scenarios: days from T0, the moment of purchase. */

/** 2026-06-01T00:00:00Z. */
export const T0 = 1_780_272_000;

export const DAY = 86_400;

/** One hour, in days. */
export const HOUR = 1 / 24;

/** One second, in days: what tells two events apart that do not tie. */
export const SECOND = 1 / DAY;

/** Days from T0 as Unix seconds. Events of the same day number share their second. */
export function at(day: number): number {
  return T0 + Math.round(day * DAY);
}

/** Time in the scenarios: days from T0, the moment of purchase. */

/**
 * 2020-06-01T00:00:00Z: long ago, so that no event of any life is in the future. A claim is made at the
 * time of the test, and every name at Stripe must be older than that.
 */
export const T0 = 1_590_969_600;

export const DAY = 86_400;

/** One hour, in days. */
export const HOUR = 1 / 24;

/** One second, in days: the smallest difference between two events that do not tie. */
export const SECOND = 1 / DAY;

/** Days from T0 as Unix seconds. Events of the same day number share their second. */
export function at(day: number): number {
  return T0 + Math.round(day * DAY);
}

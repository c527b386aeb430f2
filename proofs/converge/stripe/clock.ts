/** Time in the scenarios: days from T0, the moment of purchase. */

/**
 * 2020-06-01T00:00:00Z: so long ago that no event of any life lies in the future. A claim is made at the
 * time of the test, and Stripe has no names that were written later than that.
 */
export const T0 = 1_590_969_600;

export const DAY = 86_400;

/** One hour, in days. */
export const HOUR = 1 / 24;

/** One second, in days: what tells two events apart that do not tie. */
export const SECOND = 1 / DAY;

/** Days from T0 as Unix seconds. Events of the same day number share their second. */
export function at(day: number): number {
  return T0 + Math.round(day * DAY);
}

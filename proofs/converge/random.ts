/** Repeatable random numbers: the same seed gives the same numbers. */

/** Whole numbers from 0 to below `limit`. */
export type Random = (limit: number) => number;

/** mulberry32: small, fast, and good enough to shuffle with. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** A seed for each of many items, all derived from one seed. */
export function seedFor(seed: number, ...path: number[]): number {
  return path.reduce(
    (mixed, step) => (Math.imul(mixed ^ step, 0x9e3779b1) ^ (mixed >>> 13)) >>> 0,
    (seed ^ 0x5e5a3e) >>> 0,
  );
}

/** A new list in random order. */
export function shuffle<Member>(members: readonly Member[], pick: Random): Member[] {
  const shuffled = [...members];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = pick(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as Member, shuffled[last] as Member];
  }
  return shuffled;
}

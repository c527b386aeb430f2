/** Repeatable random numbers. */

/** A source of numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same items in random order. */
export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items.map((item) => ({ item, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

/** The same items in groups of one to `most`. */
export function grouped<Item>(
  items: readonly Item[],
  most: number,
  random: () => number,
): Item[][] {
  const rest = [...items];
  const groups: Item[][] = [];
  while (rest.length > 0) groups.push(rest.splice(0, 1 + Math.floor(random() * most)));
  return groups;
}

/** The same value with new random Stripe ids. Equal ids stay equal. */
export function redrawn<Value>(value: Value, random: () => number): Value {
  const drawn = new Map<string, string>();
  const json = JSON.stringify(value).replace(/_[0-9a-f]{24}(?![0-9a-f])/g, (id) => {
    if (!drawn.has(id)) drawn.set(id, `_${hex(24, random)}`);
    return drawn.get(id) ?? id;
  });
  return JSON.parse(json);
}

/** A uuid. */
export function uuidFrom(random: () => number): string {
  return hex(32, random).replace(/^(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-a$4-");
}

function hex(digits: number, random: () => number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
}

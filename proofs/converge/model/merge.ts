/** Merges all facts of one object, independent of their order. */

/** The value of the highest rank; `ranks` goes from the lowest to the highest. */
export function highest<Word extends string>(ranks: readonly Word[], words: Word[]): Word {
  let best = words[0] as Word;
  for (const word of words) if (ranks.indexOf(word) > ranks.indexOf(best)) best = word;
  return best;
}

/** A link never changes. If there were two, any choice that ignores the order would do. */
export function link(links: (string | null)[]): string | null {
  let smallest: string | null = null;
  for (const id of links) {
    if (id !== null && (smallest === null || id < smallest)) smallest = id;
  }
  return smallest;
}

/** The first value: a later edit in the Dashboard must not move a purchase. */
export function firstWritten<Fact extends { stamp: number }>(
  facts: Fact[],
  read: (fact: Fact) => string | null,
): string | null {
  let first: { stamp: number; written: string } | null = null;
  for (const fact of facts) {
    const written = read(fact);
    if (written === null) continue;
    const isEarlier = first === null || fact.stamp < first.stamp ||
      fact.stamp === first.stamp && written < first.written;
    if (isEarlier) first = { stamp: fact.stamp, written };
  }
  return first?.written ?? null;
}

/** The smallest known value; null: none is known. */
export function smallest(numbers: (number | null | undefined)[]): number | null {
  const known = numbers.flatMap((number) => number ?? []);
  return known.length === 0 ? null : Math.min(...known);
}

/** The largest known value; null: none is known. */
export function largest(numbers: (number | null | undefined)[]): number | null {
  const known = numbers.flatMap((number) => number ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

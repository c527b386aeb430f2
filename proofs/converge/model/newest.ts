/** The newest of several snapshots, and the rules where they share a second. */

import { isDeepStrictEqual } from "node:util";

interface Snapshot {
  eventId: string;
  stamp: number;
  isFetch: boolean;
  type_rank: number;
  changed_from: Record<string, unknown>;
}

/**
 * 1. A final state beats everything; 2. then the larger stamp; 3. a snapshot is dropped if it is the former
 * state of another, unless each is the other's former state; 4. a fetch before an event, the later type,
 * the later status, the larger event id.
 *
 * @param rankOf the rank of a state among the states of its second
 */
export function newest<Kept extends Snapshot>(
  snapshots: Kept[],
  isFinal: (snapshot: Kept) => boolean,
  rankOf: (snapshot: Kept) => number,
): Kept {
  const final = snapshots.filter(isFinal);
  const candidates = final.length > 0 ? final : snapshots;
  const stamp = Math.max(...candidates.map((one) => one.stamp));
  const tied = candidates.filter((one) => one.stamp === stamp);

  const left = tied.filter((one) =>
    !tied.some((other) => leadsTo(one, other, tied) && !leadsTo(other, one, tied))
  );
  left.sort((one, other) =>
    Number(other.isFetch) - Number(one.isFetch) ||
    other.type_rank - one.type_rank ||
    rankOf(other) - rankOf(one) ||
    (one.eventId < other.eventId ? 1 : -1)
  );
  return left[0] as Kept;
}

/** Whether one state became the other, directly or through others of the same second. */
function leadsTo<Kept extends Snapshot>(from: Kept, to: Kept, tied: Kept[]): boolean {
  const reached = new Set<Kept>([from]);
  for (const state of reached) {
    for (const next of tied) if (next !== state && supersedes(next, state)) reached.add(next);
  }
  return from !== to && reached.has(to);
}

/** The earlier state has all the former values that the later one names. */
function supersedes(later: Snapshot, earlier: Snapshot): boolean {
  const was = Object.entries(later.changed_from);
  const held = new Map(Object.entries(earlier));
  return was.length > 0 && was.every(([field, value]) => isDeepStrictEqual(held.get(field), value));
}

/** Which user an object names, and since when. */

import { firstWritten, smallest } from "./merge.ts";

/** The fields for choosing among several objects that name a buyer. */
interface Naming {
  id: string;
  userRefAt: number | null;
}

interface Named {
  stamp: number;
  created: number | null;
  user_ref: string | null;
}

/** The user that its metadata named first, when that arrived, and since when it counts (5.8). */
export function namingOf<Fact extends Named>(facts: Fact[]) {
  const userRefAt = smallest(
    facts.filter(({ user_ref }) => user_ref !== null).map(({ stamp }) => stamp),
  );
  return {
    userRef: firstWritten(facts, ({ user_ref }) => user_ref),
    userRefAt,
    namedSince: userRefAt === null ? null : namedSince(facts, userRefAt),
  };
}

/** 5.8: since the object was made, unless an older snapshot shows it without the name. */
function namedSince<Fact extends Named>(facts: Fact[], userRefAt: number): number | null {
  const wasUnnamed = facts.some(({ stamp, user_ref }) => user_ref === null && stamp < userRefAt);
  return wasUnnamed ? userRefAt : smallest(facts.map(({ created }) => created));
}

/** The first object that named a user; in the same second, the smaller id. */
export function firstToName<Object extends Naming>(objects: Object[]): Object | undefined {
  return objects.toSorted((one, other) => {
    const [first, second] = [one.userRefAt ?? Infinity, other.userRefAt ?? Infinity];
    if (first !== second) return first < second ? -1 : 1;
    return one.id < other.id ? -1 : 1;
  })[0];
}

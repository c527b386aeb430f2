/** Stripe's lists of objects that decide access, and the place of a rebuild in them. */

import { KINDS } from "../_shared/facts/kinds.ts";

/** The head of the type of an event about such an object, and where the list is. */
interface List {
  head: string;
  path: string;
}

const LISTS: readonly List[] = KINDS.flatMap(({ head, all }) =>
  all === undefined ? [] : [{ head, path: all }]
);

/** A place in the lists of our own account, and after it of the connected ones. */
export interface Place extends List {
  account: string | null;
  /** The last handled object of the list; "": none yet. */
  last: string;
}

/** The place of a written name; "": the beginning. Null: there is no such place. */
export function placeAt(written: string, accounts: ReadonlySet<string>): Place | null {
  const all = allPlaces(accounts);
  if (written === "") return all[0] ?? null;
  const [, name, last = ""] = /^(.*)\/(\w*)$/.exec(written) ?? [];
  const found = all.find((place) => nameOf(place) === name);
  return found === undefined ? null : { ...found, last };
}

/** As `refund/re_1`, or of a connected account `acct_1/refund/re_1`. */
export function written(place: Place): string {
  return `${nameOf(place)}/${place.last}`;
}

/** The beginning of the next list; null: this was the last. */
export function placeAfter(place: Place, accounts: ReadonlySet<string>): Place | null {
  const all = allPlaces(accounts);
  return all[all.findIndex((one) => nameOf(one) === nameOf(place)) + 1] ?? null;
}

/** The share of an account's lists that is done at a place, from 0 to 1. */
export function shareDone(written: string): number {
  const head = written.split("/").at(-2);
  return Math.max(LISTS.findIndex((list) => list.head === head), 0) / LISTS.length;
}

function allPlaces(accounts: ReadonlySet<string>): Place[] {
  return [null, ...accounts].flatMap((account) =>
    LISTS.map((list) => ({ ...list, account, last: "" }))
  );
}

function nameOf({ account, head }: Place): string {
  return account === null ? head : `${account}/${head}`;
}

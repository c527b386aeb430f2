/**
 * Ways to read from Stripe what a reference stands for: the id of an object, or the list of what
 * belongs to it, as `sub_1/invoices`.
 *
 * @module
 */

import type { Kind, PathOf } from "../facts/kind.ts";
import { KINDS } from "../facts/kinds.ts";

/** Which kind of object is read, and where. */
export interface Way {
  kind: Kind;
  path: PathOf;
}

const BY_ID = new Map(KINDS.flatMap((kind) => waysOf(kind, kind.byId)));
const BY_OWNER = new Map(KINDS.flatMap((kind) => waysOf(kind, kind.byOwner ?? {})));

/**
 * By the prefix of the id; null: the reference is of no kind we know. Of a payment, what is missing is
 * never the payment but what points at it, unless `itself` is asked for.
 */
export function wayOf(reference: string, itself: boolean): Way | null {
  const [, prefix = "", list = ""] = /^([a-z]+)_\w+(\/[a-z]+)?$/.exec(reference) ?? [];
  if (list !== "") return BY_OWNER.get(prefix + list) ?? null;
  const links = itself ? undefined : BY_OWNER.get(prefix);
  return links ?? BY_ID.get(prefix) ?? null;
}

/** The id of the object that a reference is about. */
export function subjectOf(reference: string): string {
  const [id = ""] = reference.split("/");
  return id;
}

function waysOf(kind: Kind, paths: Readonly<Record<string, PathOf>>): [string, Way][] {
  return Object.entries(paths).map(([prefix, path]) => [prefix, { kind, path }]);
}

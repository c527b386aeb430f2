/**
 * Where a reference is read from Stripe. A reference is the id of an object, or a list that belongs to
 * it, as `sub_1/invoices`.
 *
 * @module
 */

import type { Kind, PathOf } from "../facts/kind.ts";
import { KINDS } from "../facts/kinds.ts";

/** The kind of an object, and its path at Stripe. */
export interface Way {
  kind: Kind;
  path: PathOf;
}

const BY_ID = new Map(KINDS.flatMap((kind) => waysOf(kind, kind.byId)));
const BY_OWNER = new Map(KINDS.flatMap((kind) => waysOf(kind, kind.byOwner ?? {})));

/**
 * By the prefix of the id; null: the reference is of an unknown kind. For a payment, this is what
 * points at it (refunds, invoice payments), unless `itself` is true.
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

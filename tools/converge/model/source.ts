/** What every kind of source says of a module: open until when, or closed and why. */

/** One source's word on one module, for one user. */
export interface Source {
  /** The sale, the subscription, the act. */
  id: string;
  userRef: string | null;
  module: string;
  reason: string;
  /** From `expiresAt` on. */
  reasonAfter: string;
  /** Unix seconds; null: for ever, or closed. */
  expiresAt: number | null;
  /** Nothing but an address says whose it is. */
  byAddress?: boolean;
}

/** The reasons that close, the gravest first; any other opens. */
export const CLOSING = [
  ...["denied", "disputed", "refunded", "canceled", "unpaid", "paused", "payment_failed"],
  ...["past_due_expired", "expired", "pending_payment", "unknown_status", "revoked"],
];

/** The reasons that open; of several that last equally long, the first is told. */
const OPENING = ["purchase", "subscription", "manual", "token", "free"];

/** The reasons that ask something of a member; by an address alone nobody is asked for anything. */
const ASKING = ["pending_payment", "unpaid", "paused", "disputed"];

export function counts({ byAddress, reason }: Source): boolean {
  return byAddress !== true || !ASKING.includes(reason);
}

export function isOpen(source: Source): boolean {
  return !CLOSING.includes(source.reason);
}

/** A source that is closed, for a reason that time does not change. */
export function closedFor(
  id: string,
  userRef: string | null,
  module: string,
  reason: string,
): Source {
  return { id, userRef, module, reason, reasonAfter: reason, expiresAt: null };
}

/** The one that decides: open before closed, the longest open, else the gravest refusal. */
export function deciding(sources: Source[]): Source {
  const open = sources.filter(isOpen);
  if (open.length === 0) return gravest(sources, "reason");
  const longest = Math.max(...open.map(({ expiresAt }) => expiresAt ?? Infinity));
  const last = open.filter(({ expiresAt }) => (expiresAt ?? Infinity) === longest);
  for (const reason of OPENING) {
    const first = last.find((source) => source.reason === reason);
    if (first !== undefined) return first;
  }
  throw new Error(`no source opens for ${last.map(({ reason }) => reason)}`);
}

export function gravest(sources: Source[], which: "reason" | "reasonAfter"): Source {
  return sources.toSorted((one, other) =>
    CLOSING.indexOf(one[which]) - CLOSING.indexOf(other[which])
  )[0] as Source;
}

/** What is sold: price to modules, with the term of a one-time purchase in seconds. */
export type Catalogue = Map<string, { module: string; term: number | null }[]>;

/** The mapped prices decide; metadata decides only where none of them is mapped. */
export function soldModules(
  catalogue: Catalogue,
  priceIds: string[],
  moduleRef: string | null,
): { module: string; priceId: string | null; term: number | null }[] {
  const mapped = [...new Set(priceIds)].flatMap((priceId) =>
    (catalogue.get(priceId) ?? []).map((offer) => ({ ...offer, priceId }))
  );
  if (mapped.length > 0) return mapped;
  const isKnown = moduleRef !== null && ["alpha", "beta", "gamma"].includes(moduleRef);
  return isKnown ? [{ module: moduleRef, priceId: null, term: null }] : [];
}

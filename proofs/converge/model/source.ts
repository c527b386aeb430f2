/** A source of access: it opens a module until a time, or closes it for a reason. */

/** One source of one module of one user. */
export interface Source {
  /** The id of the sale, the subscription or the act. */
  id: string;
  userRef: string | null;
  module: string;
  reason: string;
  /** From `expiresAt` on. */
  reasonAfter: string;
  /** Unix seconds; null: no end, or closed. */
  expiresAt: number | null;
  /** Only an address names the owner. */
  byAddress?: boolean;
  /** Only for a one-time purchase that is kept and ends. */
  pass?: Pass;
}

/** A one-time purchase with an end. */
export interface Pass {
  root: string;
  paidAt: number;
  /** In seconds. */
  term: number;
}

/** The reasons that close, the most severe first; any other reason opens. */
export const CLOSING = [
  ...["denied", "disputed", "refunded", "canceled", "unpaid", "paused", "payment_failed"],
  ...["past_due_expired", "expired", "pending_payment", "unknown_status", "revoked"],
];

/** The reasons that open; of several that last equally long, the first is shown. */
const OPENING = ["purchase", "subscription", "manual", "token", "free"];

export function isOpen(source: Source): boolean {
  return !CLOSING.includes(source.reason);
}

/** A closed source, for a reason that does not change with time. */
export function closedFor(
  id: string,
  userRef: string | null,
  module: string,
  reason: string,
): Source {
  return { id, userRef, module, reason, reasonAfter: reason, expiresAt: null };
}

/** The source that decides: open before closed, then the longest, otherwise the most severe reason. */
export function deciding(sources: Source[]): Source {
  const open = sources.filter(isOpen);
  if (open.length === 0) return gravest(sources, "reason");
  const longest = Math.max(...open.map(({ expiresAt }) => expiresAt ?? Infinity));
  const last = open.filter(({ expiresAt }) => (expiresAt ?? Infinity) === longest);
  for (const reason of OPENING) {
    const alike = last.filter((source) => source.reason === reason);
    if (alike.length > 0) return gravest(alike, "reasonAfter");
  }
  throw new Error(`no source opens for ${last.map(({ reason }) => reason)}`);
}

export function gravest(sources: Source[], which: "reason" | "reasonAfter"): Source {
  return sources.toSorted((one, other) =>
    CLOSING.indexOf(one[which]) - CLOSING.indexOf(other[which])
  )[0] as Source;
}

import type { CheckoutSessionFact } from "../_shared/facts/checkout_session.ts";
import type { Fact } from "../_shared/facts/kinds.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import { Refusal } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";
import type { FetchObject } from "../_shared/stripe/fetching.ts";

/**
 * Reads an object from Stripe, with the subscription that a session made. Of an incomplete subscription
 * it also reads the payments: since 2025-03-31 no event says which payment pays its invoice.
 */
export type ReadFromStripe = (id: string) => Promise<InboxEvent[]>;

export function readingFromStripe(fetchObject: FetchObject): ReadFromStripe {
  const fetchOne = (id: string | null) =>
    id === null ? [] : fetchObject({ id, account: null, itself: true });
  return async (id) => {
    const object = await fetchOne(id);
    const subscription = await fetchOne(sessionIn(object)?.subscription_id ?? null);
    const payments = await fetchOne(paymentsOf([...object, ...subscription]));
    return [...object, ...subscription, ...payments];
  };
}

/** Where the payments of an incomplete subscription are; null: there is none, or no invoice. */
function paymentsOf(events: InboxEvent[]): string | null {
  const incomplete = events.flatMap(({ facts }) => facts)
    .filter((fact) => fact.kind === "subscription")
    .find(({ status }) => status === "incomplete");
  const invoice = incomplete?.latest_invoice_id ?? null;
  return invoice === null ? null : `${invoice}/payments`;
}

/** The session in these events; null: there is none. */
export function sessionIn(events: InboxEvent[]): CheckoutSessionFact | null {
  return events.flatMap(({ facts }) => facts).find(isSession) ?? null;
}

/** Hands events to Postgres in one call. Throws if one of them could not be applied. */
export type ApplyEvents = (events: InboxEvent[]) => Promise<void>;

export function eventApplier(door: Door): ApplyEvents {
  return async (events) => {
    if (events.length === 0) return;
    const outcomes = await door(events);
    const failed = outcomes.find(({ outcome }) => outcome === "failed");
    if (failed !== undefined) {
      throw new Refusal("internal", { reason: failed.detail ?? "event_failed" });
    }
  };
}

function isSession(fact: Fact): fact is CheckoutSessionFact {
  return fact.kind === "checkout_session";
}

import type { CheckoutSessionFact, Fact } from "../_shared/facts/fact.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import { Refusal } from "../_shared/problem.ts";
import type { Door } from "../_shared/rpc.ts";
import type { FetchObject } from "../_shared/stripe/fetching.ts";

/** What Stripe says of an object now, and of the subscription that a paid session made. */
export type See = (id: string) => Promise<InboxEvent[]>;

export function seeing(fetchObject: FetchObject): See {
  return async (id) => {
    const events = await fetchObject({ id, account: null, itself: true });
    const plan = sessionIn(events)?.subscription_id ?? null;
    const more = plan === null ? [] : await fetchObject({ id: plan, account: null, itself: true });
    return [...events, ...more];
  };
}

/** The session that these events tell of; null: none. */
export function sessionIn(events: InboxEvent[]): CheckoutSessionFact | null {
  return events.flatMap(({ facts }) => facts).find(isSession) ?? null;
}

/** Hands in what was seen, in one call. Throws where it has not its effect. */
export type Tell = (events: InboxEvent[]) => Promise<void>;

export function telling(door: Door): Tell {
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

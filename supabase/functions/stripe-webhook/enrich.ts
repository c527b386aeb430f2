import type { FetchObject, Wanted } from "../_shared/stripe/fetching.ts";
import type { InboxEvent } from "../_shared/inbox_event.ts";
import type { LogLine } from "../_shared/log.ts";
import { reasonOf } from "../_shared/problem.ts";
import { within } from "../_shared/within.ts";
import type { Follow } from "./follow.ts";

/** Reads from Stripe what an event needs for its whole effect. Most events need nothing. */
export type Enrich = (event: InboxEvent) => Promise<InboxEvent[]>;

/** Milliseconds for which an answer to Stripe waits for Stripe's API. */
const BUDGET = 1_500;

/** The dependencies of enriching. */
export interface EnrichDeps {
  fetchObject: FetchObject;
  follow: Follow;
  write: (line: LogLine) => void;
  budget?: number;
}

/** Never throws. An object that cannot be read in time is read after the answer. */
export function enriching({ fetchObject, follow, write, budget = BUDGET }: EnrichDeps): Enrich {
  return async (event) => {
    const wanted = wantedWith(event);
    if (wanted === null) return [];
    try {
      return await within(budget, fetchObject(wanted));
    } catch (error) {
      write({ event_id: event.id, object_id: wanted.id, code: reasonOf(error) });
      follow([wanted]);
      return [];
    }
  };
}

/** The object that must be read with this event; null: none. */
export function wantedWith(event: InboxEvent): Wanted | null {
  if (event.quarantine !== null || event.object_id === null) return null;
  const isWanted = isThin(event) || event.facts.some(isSoldByPrice);
  return isWanted ? { id: event.object_id, account: event.account, itself: true } : null;
}

/** A thin event only names its object. */
function isThin({ type }: InboxEvent): boolean {
  return type.startsWith("v1.");
}

/** A purchase that only its prices identify. Stripe never sends them with the event. */
function isSoldByPrice(fact: InboxEvent["facts"][number]): boolean {
  return fact.kind === "checkout_session" && fact.mode === "payment" &&
    (fact.status === "complete" || fact.payment_status === "paid") && !fact.async_failed &&
    fact.module_ref === null && fact.price_ids === null;
}

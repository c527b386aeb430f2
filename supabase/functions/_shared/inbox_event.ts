import type { Fact } from "./facts/kinds.ts";

/**
 * One event as `public.process_stripe_events` takes it: its envelope, its body, its facts. An
 * object read from Stripe is one more event: its type ends in `.fetched`, its `created` is the
 * second at which the reading began, and its payload is the object.
 */
export interface InboxEvent {
  /** Stripe's `evt_…`, or our own `fetch_…`. */
  id: string;
  type: string;
  /** Stripe's `created`, in Unix seconds: the stamp of every fact of this event. */
  created: number;
  api_version: string | null;
  livemode: boolean;
  /** The connected account the event belongs to; null: our own. */
  account: string | null;
  /** The id of `data.object`, where it has one. */
  object_id: string | null;
  /** The body exactly as Stripe signed it, or the JSON of the object that was read. */
  payload: string;
  facts: Fact[];
  /** Verified, but of another mode or account: kept, and never applied. */
  quarantine: "wrong_mode" | "foreign_account" | null;
  /** Why `translate()` could not read it; null in all but broken cases. */
  error: string | null;
}

/** What became of one event. */
export interface EventOutcome {
  event_id: string;
  outcome: "applied" | "duplicate" | "ignored" | "quarantined" | "failed";
  /** Why, in a word; never personal data. */
  detail: string | null;
  /** Ids of objects that are to be read again from Stripe, on one outcome of a call; null: none. */
  fetch: string[] | null;
}

import type { Fact } from "./facts/kinds.ts";

/**
 * One event as `process_stripe_events` takes it: its envelope, its body, its facts. An
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
  /** The id of `data.object`, if it has one. */
  object_id: string | null;
  /** The body exactly as Stripe signed it, or the JSON of the object that was read. */
  payload: string;
  facts: Fact[];
  /** Verified, but of another mode or account: kept, and never applied. */
  quarantine: "wrong_mode" | "foreign_account" | null;
  /** Why `translate()` could not read it; null: it could. */
  error: string | null;
  /** Of a replay: one call was too short for it, so Postgres folds it part by part. */
  by_parts?: boolean;
}

/** The outcome of one event. */
export interface EventOutcome {
  event_id: string;
  outcome: "applied" | "duplicate" | "ignored" | "quarantined" | "failed";
  /** Why, in a word; never personal data. */
  detail: string | null;
  /** Ids of objects that must be read again from Stripe. Only one outcome of a call has them; null: none. */
  fetch: string[] | null;
}

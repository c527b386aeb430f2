import type { EventOutcome, InboxEvent } from "./inbox_event.ts";

/** An inbox event for tests. `fields` replaces some of its fields. */
export function inboxEvent(id: string, fields: Partial<InboxEvent> = {}): InboxEvent {
  return {
    id,
    type: "invoice.paid",
    created: 1_760_000_000,
    api_version: null,
    livemode: false,
    account: null,
    object_id: null,
    payload: "{}",
    facts: [],
    quarantine: null,
    error: null,
    ...fields,
  };
}

/** The answer of a Postgres that applies every event. */
export function allApplied(events: InboxEvent[]): EventOutcome[] {
  return events.map(({ id }) => ({ event_id: id, outcome: "applied", detail: null, fetch: null }));
}

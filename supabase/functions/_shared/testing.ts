import type { EventOutcome, InboxEvent } from "./inbox_event.ts";

/** An event as the inbox takes it, for tests; what a test is about comes in as `fields`. */
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

/** What a Postgres that likes everything answers. */
export function allApplied(events: InboxEvent[]): EventOutcome[] {
  return events.map(({ id }) => ({ event_id: id, outcome: "applied", detail: null, fetch: null }));
}

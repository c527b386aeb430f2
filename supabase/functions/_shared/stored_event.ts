import { translate } from "./facts/translate.ts";
import type { JsonObject } from "./facts/json.ts";
import type { InboxEvent } from "./inbox_event.ts";

/** A stored event: a row of `sesame_failed_events` or `sesame_failed_event`. */
export type StoredEvent = Omit<InboxEvent, "facts" | "quarantine" | "error">;

/** A row as the Data API gives it: what Postgres calls a bigint may come as text. */
export function storedEvent(row: JsonObject): StoredEvent {
  return { ...row as unknown as StoredEvent, created: Number(row.created) };
}

/** Translated again by the present code. An event that still cannot be translated stays failed. */
export function translatedAnew(stored: StoredEvent): InboxEvent {
  // An event of Stripe's can be sent again from the Dashboard: `body_gone` says that only this helps.
  if (stored.payload === "") return { ...stored, facts: [], quarantine: null, error: "body_gone" };
  try {
    const facts = translate(JSON.parse(stored.payload));
    return { ...stored, facts, quarantine: null, error: null };
  } catch {
    return { ...stored, facts: [], quarantine: null, error: "untranslatable" };
  }
}

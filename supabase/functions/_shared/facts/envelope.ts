import type { InboxEvent } from "../inbox_event.ts";
import { at, record, text, whole } from "./json.ts";

/** What an event says about itself. */
export type Envelope = Pick<
  InboxEvent,
  "id" | "type" | "created" | "api_version" | "livemode" | "account" | "object_id"
>;

/** Reads the envelope of an event, snapshot or thin; null: this is no event. */
export function envelope(event: unknown): Envelope | null {
  const fields = record(event);
  const id = text(fields?.id);
  const type = text(fields?.type);
  if (fields === null || id === null || type === null) return null;
  return {
    id,
    type,
    created: whole(fields.created) ?? secondsOf(fields.created) ?? 0,
    api_version: text(fields.api_version),
    livemode: fields.livemode === true,
    account: text(fields.account),
    object_id: text(at(fields, "data", "object", "id")) ?? text(at(fields, "related_object", "id")),
  };
}

/** Thin events write their time out, as in `2026-09-30T12:00:00.000Z`. */
function secondsOf(written: unknown): number | null {
  if (typeof written !== "string" || !/^\d{4}-\d\d-\d\dT/.test(written)) return null;
  return whole(Math.floor(Date.parse(written) / 1000));
}

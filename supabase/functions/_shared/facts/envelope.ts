import type { InboxEvent } from "../inbox_event.ts";
import { at, idOf, type JsonObject, record, text, time } from "./json.ts";

/** What an event says about itself. */
export type Envelope = Pick<
  InboxEvent,
  "id" | "type" | "created" | "api_version" | "livemode" | "account" | "object_id"
>;

/** Reads the envelope of an event, snapshot or thin; null: this is no event. */
export function envelope(event: unknown): Envelope | null {
  const fields = record(event);
  const id = idOf(fields);
  const type = text(fields?.type);
  if (fields === null || id === null || type === null) return null;
  return {
    id,
    type,
    created: time(fields.created) ?? secondsOf(fields.created) ?? 0,
    api_version: text(fields.api_version),
    livemode: fields.livemode === true,
    // No limit here: an account too long to be one is foreign, not our own.
    account: text(fields.account) ?? thinAccount(fields),
    object_id: idOf(record(at(fields, "data", "object"))) ??
      idOf(record(at(fields, "related_object"))),
  };
}

/** Thin events name the account in their `context`, and none where it is our own. */
function thinAccount({ object, context }: JsonObject): string | null {
  return object === "v2.core.event" ? text(context) : null;
}

/** Thin events write their time out, as in `2026-09-30T12:00:00.000Z`. */
function secondsOf(written: unknown): number | null {
  if (typeof written !== "string" || !/^\d{4}-\d\d-\d\dT/.test(written)) return null;
  return time(Math.floor(Date.parse(written) / 1000));
}

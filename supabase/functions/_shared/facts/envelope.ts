import type { InboxEvent } from "../inbox_event.ts";
import { at, flag, idOf, type JsonObject, record, text, time } from "./json.ts";

/** The fields around an event's object: id, type, time, account and mode. */
export type Envelope = Pick<
  InboxEvent,
  "id" | "type" | "created" | "api_version" | "livemode" | "account" | "object_id"
>;

/**
 * The account of an event whose account cannot be read. No setting can list it: such an event is kept
 * and never applied.
 */
export const UNREADABLE = "unreadable";

/** Reads the envelope of a snapshot or thin event; null: the value is not an event. */
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
    account: flag(fields.livemode) === null ? UNREADABLE : accountOf(fields),
    object_id: idOf(record(at(fields, "data", "object"))) ??
      idOf(record(at(fields, "related_object"))),
  };
}

/** Null: our own. Thin events name the account in their `context`. */
function accountOf({ object, account, context }: JsonObject): string | null {
  const named = account ?? (object === "v2.core.event" ? context : null) ?? null;
  // No limit on the length: an account that is too long is foreign, not our own.
  if (named === null) return null;
  const name = text(named);
  return name !== null && name === named ? name : UNREADABLE;
}

/** Thin events write their time out, as in `2026-09-30T12:00:00.000Z`. */
function secondsOf(written: unknown): number | null {
  if (typeof written !== "string" || !/^\d{4}-\d\d-\d\dT/.test(written)) return null;
  return time(Math.floor(Date.parse(written) / 1000));
}

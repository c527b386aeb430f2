import type { JsonObject } from "../facts/json.ts";
import { translate } from "../facts/translate.ts";
import { unknownValues } from "../facts/unknown_values.ts";
import type { InboxEvent } from "../inbox_event.ts";
import { type LogLine, writeLine } from "../log.ts";
import { hex, sha256 } from "../sha256.ts";
import { read, type Reading } from "./reading.ts";
import type { Ask } from "./ask.ts";

/** A reference to an object or a list at Stripe. */
export interface Wanted {
  /** The id of an object, or a list that belongs to it: `sub_1/invoices`. */
  id: string;
  /** The connected account it belongs to; null: our own. */
  account: string | null;
  /** True: the object. False: for a payment, the objects that point at it (refunds, invoice payments). */
  itself: boolean;
}

/** The present objects at Stripe, as events for the inbox. Empty if Stripe has no such object. */
export type FetchObject = (wanted: Wanted) => Promise<InboxEvent[]>;

export function fetching(
  ask: Ask,
  livemode: boolean,
  write: (line: LogLine) => void = writeLine,
): FetchObject {
  return async ({ id, account, itself }) => {
    const reading = await read(ask, id, account, itself);
    if (reading === null) return [];
    const event = await fetchedEvent(reading, id);
    reportUnknown(event, asEvent(event.type, reading), write);
    return [{ ...event, livemode, account }];
  };
}

/** As `sub_…` or `sub_…/invoices`; of a connected account, `acct_…/sub_…`. */
export function wantedBy(reference: string): Wanted {
  const [, account = null, id = ""] = /^(?:(acct_[^/]*)\/)?(.*)$/s.exec(reference) ?? [];
  return { id, account, itself: false };
}

/** Logs the unknown words of an event. They are read as the safe word of their field. */
export function reportUnknown(
  { id, type }: Pick<InboxEvent, "id" | "type">,
  event: unknown,
  write: (line: LogLine) => void,
): void {
  const unknown = unknownValues(event);
  if (unknown.length > 0) write({ event_id: id, type, code: "unknown_value", unknown });
}

/**
 * Wraps a fetched object as an inbox event. The caller adds account and livemode. The `object_id` of a
 * list is its reference: the event says nothing about the owner of the list.
 */
export async function fetchedEvent(
  reading: Reading,
  object_id: string,
): Promise<Omit<InboxEvent, "livemode" | "account">> {
  const type = `${reading.head}.fetched`;
  const event = asEvent(type, reading);
  return {
    // Two readings of one second may differ, and then both count.
    id: `fetch_${object_id}_${reading.stamp}_${await shortHash(reading.object)}`,
    type,
    created: reading.stamp,
    api_version: null,
    object_id,
    // In the shape of an event, so that everything in the inbox can be translated again.
    payload: JSON.stringify(event),
    facts: translate(event),
    quarantine: null,
    error: null,
  };
}

function asEvent(type: string, { object, stamp }: Reading) {
  return { type, created: stamp, data: { object } };
}

async function shortHash(object: JsonObject): Promise<string> {
  return hex((await sha256(JSON.stringify(object))).subarray(0, 4));
}

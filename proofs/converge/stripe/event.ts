import { at, T0 } from "./clock.ts";

/** Fields of a Stripe object, as JSON. */
export type Fields = Record<string, unknown>;

/** An event as Stripe sends it; the id is a placeholder until the order is prepared. */
export interface StripeEvent {
  id: string;
  object: string;
  type: string;
  created: number | string;
  api_version: string | null;
  livemode: boolean;
  account?: string;
  data?: { object: Fields; previous_attributes?: Fields };
  pending_webhooks?: number;
  request?: { id: string | null; idempotency_key: string | null };
  /** The related object of a thin event. */
  related_object?: { id: string; type: string; url: string };
  snapshot_event?: string;
}

/** Differences from the default event: its `account`, its mode, its `previous_attributes`. */
export type Over = Partial<StripeEvent> & { previous?: Fields };

/**
 * The API formats: up to acacia, since basil, and late acacia, which has the fields of both.
 */
export type Rendering = "acacia" | "late acacia" | "basil";

let made = 0;

/** An event of that type on that day about that object. */
export function event(
  type: string,
  day: number,
  object: Fields,
  { previous, ...over }: Over = {},
): StripeEvent {
  return {
    id: `evt_@evt.${made++}@`,
    object: "event",
    type,
    created: at(day),
    api_version: "2026-10-28.endive",
    livemode: true,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    data: { object, ...previous === undefined ? {} : { previous_attributes: previous } },
    ...over,
  };
}

/** A thin event: it names an object and carries none. */
export function thinEvent(type: string, day: number, id: string, over: Over = {}): StripeEvent {
  return {
    id: `evt_@evt.${made++}@`,
    object: "v2.core.event",
    type,
    created: new Date(at(day) * 1000).toISOString(),
    api_version: null,
    livemode: true,
    related_object: { id, type: "subscription", url: `/v1/subscriptions/${id}` },
    ...over,
  };
}

/** The fields every object shares. */
export function object(kind: string, id: string, fields: Fields): Fields {
  return { id, object: kind, created: T0, livemode: true, metadata: {}, ...fields };
}

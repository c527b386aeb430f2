/** The envelope of Stripe's events, and the signature of a delivery. */

import Stripe from "stripe";

/** An event ready to be written as JSON and signed. */
export interface StripeEvent {
  id: string;
  object: "event";
  type: string;
  /** Unix seconds. */
  created: number;
  api_version: string;
  livemode: boolean;
  pending_webhooks: number;
  request: { id: null; idempotency_key: null };
  data: { object: StripeObject; previous_attributes?: Record<string, unknown> };
}

/** An API object inside an event. */
export type StripeObject = Record<string, unknown> & { id: string; object: string };

/** Any event; `over` replaces parts of the envelope, such as `id` or `created`. */
export function event(
  type: string,
  object: StripeObject,
  over: Partial<StripeEvent> = {},
): StripeEvent {
  return {
    id: newId("evt"),
    object: "event",
    type,
    created: seconds(),
    api_version: Stripe.API_VERSION,
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    data: { object },
    ...over,
  };
}

/**
 * An id of Stripe's shape: `pi_` and 24 letters and digits. It begins with the time, as most of Stripe's ids
 * do. So new ids are neighbours in an index.
 */
export function newId(prefix: string): string {
  const time = seconds().toString(16).padStart(8, "0");
  return `${prefix}_${time}${randomHex(16)}`;
}

/** A session's id does not begin with the time. */
export function newSessionId(): string {
  return `cs_test_${randomHex(24)}`;
}

function randomHex(digits: number): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, digits);
}

/** The `stripe-signature` header for exactly this body, made now or at `timestamp` (Unix seconds). */
export function sign(body: string, secret: string, timestamp = seconds()): Promise<string> {
  return Stripe.webhooks.generateTestHeaderStringAsync({ payload: body, secret, timestamp });
}

/** A delivery as Stripe makes it: the event POSTed to the endpoint, signed. */
export async function deliver(
  endpoint: string,
  secret: string,
  event: StripeEvent,
): Promise<Response> {
  const body = JSON.stringify(event, null, 2);
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "stripe-signature": await sign(body, secret),
  };
  return await fetch(endpoint, { method: "POST", headers, body });
}

/** Now, in Unix seconds. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

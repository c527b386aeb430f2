import Stripe from "stripe";

/** The secret that test deliveries are signed with. */
export const SECRET = "whsec_ada";

/** A small event as Stripe would send it. `fields` replaces some of its fields. */
export function eventBody(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: "evt_1",
    object: "event",
    type: "customer.created",
    created: 1_760_000_000,
    livemode: false,
    data: { object: { id: "cus_ada", object: "customer" } },
    ...fields,
  });
}

/** The header Stripe would send with this body; `at` is in Unix seconds. */
export function signatureOf(payload: string, secret = SECRET, at?: number): Promise<string> {
  const time = at === undefined ? {} : { timestamp: at };
  return Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret, ...time });
}

/** A signed delivery. */
export async function delivery(body: string, secret = SECRET): Promise<Request> {
  const headers = { "stripe-signature": await signatureOf(body, secret) };
  return new Request("http://localhost/stripe-webhook", { method: "POST", headers, body });
}

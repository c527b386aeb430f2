import type { PaymentIntentFact } from "./fact.ts";
import { idOf, type JsonObject, oneOf, time, whole } from "./json.ts";
import { siteRefs } from "./site_refs.ts";

/** The words Stripe has for a PaymentIntent. */
export const PAYMENT_INTENT_WORDS = {
  status: [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "canceled",
    "succeeded",
  ],
} as const;

/** Before 2019-02-11 a payment method was a source. */
export const OLD_PAYMENT_INTENT_WORDS = {
  requires_source: "requires_payment_method",
  requires_source_action: "requires_action",
} as const;

/** Reads a PaymentIntent. */
export function paymentIntent(id: string, object: JsonObject): PaymentIntentFact {
  const status = statusOf(object.status);
  return {
    kind: "payment_intent",
    id,
    status,
    amount_received: whole(object.amount_received) ??
      (status === "succeeded" ? whole(object.amount) ?? 0 : 0),
    created: time(object.created),
    ...siteRefs(object),
    customer_id: idOf(object.customer),
    invoice_id: idOf(object.invoice),
  };
}

function statusOf(status: unknown): PaymentIntentFact["status"] {
  if (status === "requires_source" || status === "requires_source_action") {
    return OLD_PAYMENT_INTENT_WORDS[status];
  }
  return oneOf(PAYMENT_INTENT_WORDS.status, status) ?? "processing";
}

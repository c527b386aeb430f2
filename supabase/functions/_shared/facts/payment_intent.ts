import { charge } from "./charge.ts";
import { idOf, type JsonObject, list, oneOf, time, whole } from "./json.ts";
import type { Kind } from "./kind.ts";
import { siteRefs } from "./site_refs.ts";

const STATUSES = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
  "processing",
  "requires_capture",
  "canceled",
  "succeeded",
] as const;

/** Before 2019-02-11 a payment method was a source. */
const OLD_STATUSES = {
  requires_source: "requires_payment_method",
  requires_source_action: "requires_action",
} as const;

/** A PaymentIntent: whether money was received, and how much. */
export interface PaymentIntentFact {
  kind: "payment_intent";
  id: string;
  /** An unknown value counts as `processing`. */
  status: (typeof STATUSES)[number];
  amount_received: number;
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
  customer_id: string | null;
  /** Only on API versions before 2025-03-31. */
  invoice_id: string | null;
}

export const paymentIntent = {
  kind: "payment_intent",
  head: "payment_intent",
  words: { status: [...STATUSES, ...Object.keys(OLD_STATUSES)] },
  read: readPaymentIntent,
  // Up to 2022-08-01 the charges were a list. Since then there is one expandable field.
  inside: [{
    kind: charge,
    find: ({ charges, latest_charge }) => list(charges) ?? list([latest_charge]) ?? [],
  }],
  byId: { pi: (id) => `/v1/payment_intents/${id}` },
  all: "/v1/payment_intents?limit=100",
} satisfies Kind<PaymentIntentFact>;

function readPaymentIntent(id: string, object: JsonObject): PaymentIntentFact {
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
    return OLD_STATUSES[status];
  }
  return oneOf(STATUSES, status) ?? "processing";
}

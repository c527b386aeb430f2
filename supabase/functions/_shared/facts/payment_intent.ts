import type { PaymentIntentFact } from "./fact.ts";
import { idOf, type JsonObject, oneOf, whole } from "./json.ts";
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

/** Reads a PaymentIntent. */
export function paymentIntent(id: string, object: JsonObject): PaymentIntentFact {
  const status = statusOf(object.status);
  return {
    kind: "payment_intent",
    id,
    status,
    amount_received: whole(object.amount_received) ??
      (status === "succeeded" ? whole(object.amount) ?? 0 : 0),
    created: whole(object.created),
    ...siteRefs(object),
    customer_id: idOf(object.customer),
    invoice_id: idOf(object.invoice),
  };
}

/** Before 2019-02-11 a payment method was a source. */
function statusOf(status: unknown): PaymentIntentFact["status"] {
  if (status === "requires_source") return "requires_payment_method";
  if (status === "requires_source_action") return "requires_action";
  return oneOf(STATUSES, status) ?? "processing";
}

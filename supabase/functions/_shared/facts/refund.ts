import type { RefundFact } from "./fact.ts";
import { idOf, type JsonObject, oneOf, whole } from "./json.ts";

/** The words Stripe has for a Refund. */
export const REFUND_WORDS = {
  status: ["requires_action", "pending", "succeeded", "canceled", "failed"],
} as const;

/** Reads a Refund. */
export function refund(id: string, object: JsonObject, type: string): RefundFact {
  return {
    kind: "refund",
    id,
    charge_id: idOf(object.charge),
    payment_intent_id: idOf(object.payment_intent),
    amount: whole(object.amount) ?? 0,
    status: statusOf(object, type),
  };
}

function statusOf(object: JsonObject, type: string): RefundFact["status"] {
  if (type === "refund.failed") return "failed"; // the field may lag behind its own event
  return oneOf(REFUND_WORDS.status, object.status) ?? "pending";
}

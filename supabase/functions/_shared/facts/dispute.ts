import type { DisputeFact } from "./fact.ts";
import { idOf, type JsonObject, oneOf, whole } from "./json.ts";
import { snapshot, type State } from "./snapshot.ts";

/** The words Stripe has for a Dispute. */
export const DISPUTE_WORDS = {
  status: [
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "prevented",
    "won",
    "lost",
  ],
} as const;

/** Reads a Dispute. Its status alone counts: `funds_reinstated` comes under review as well. */
export function dispute(
  id: string,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
): DisputeFact {
  return snapshot((object) => stateOf(id, object), object, type, former);
}

function stateOf(id: string, object: JsonObject): State<DisputeFact> {
  return {
    kind: "dispute",
    id,
    charge_id: idOf(object.charge),
    payment_intent_id: idOf(object.payment_intent),
    amount: whole(object.amount) ?? 0,
    status: oneOf(DISPUTE_WORDS.status, object.status) ?? "unknown",
  };
}

import type { ChargeFact } from "./fact.ts";
import { idOf, type JsonObject, time, whole } from "./json.ts";
import { siteRefs } from "./site_refs.ts";

/** Reads a Charge. */
export function charge(id: string, object: JsonObject): ChargeFact {
  return {
    kind: "charge",
    id,
    payment_intent_id: idOf(object.payment_intent),
    invoice_id: idOf(object.invoice),
    customer_id: idOf(object.customer),
    amount_captured: whole(object.amount_captured) ?? amountByFlags(object),
    amount_refunded: whole(object.amount_refunded) ?? 0,
    created: time(object.created),
    ...siteRefs(object),
  };
}

/** Old charges say only whether they were captured. */
function amountByFlags(object: JsonObject): number {
  const captured = object.paid === true && object.captured === true;
  return captured ? whole(object.amount) ?? 0 : 0;
}

import { idOf, type JsonObject, list, time, whole } from "./json.ts";
import type { Kind } from "./kind.ts";
import { refund } from "./refund.ts";
import { siteRefs } from "./site_refs.ts";

/** A Charge: the link from a refund to its payment, and the amount refunded. */
export interface ChargeFact {
  kind: "charge";
  id: string;
  payment_intent_id: string | null;
  /** Only on API versions before 2025-03-31. */
  invoice_id: string | null;
  customer_id: string | null;
  amount_captured: number;
  amount_refunded: number;
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
}

const path = (id: string) => `/v1/charges/${id}`;

export const charge = {
  kind: "charge",
  head: "charge",
  read: readCharge,
  inside: [{ kind: refund, find: ({ refunds }) => list(refunds) ?? [] }],
  byId: { ch: path, py: path },
  all: "/v1/charges?limit=100",
} satisfies Kind<ChargeFact>;

function readCharge(id: string, object: JsonObject): ChargeFact {
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

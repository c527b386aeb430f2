import { idOf, type JsonObject, oneOf, whole } from "./json.ts";
import type { Kind } from "./kind.ts";

const WORDS = {
  status: ["requires_action", "pending", "succeeded", "canceled", "failed"],
} as const;

/** A Refund. */
export interface RefundFact {
  kind: "refund";
  id: string;
  charge_id: string | null;
  payment_intent_id: string | null;
  amount: number;
  /** An unknown value counts as `pending`: the refund may still succeed. */
  status: (typeof WORDS.status)[number];
}

const path = (id: string) => `/v1/refunds/${id}`;
const ofCharge = (charge: string) => `/v1/refunds?limit=100&charge=${charge}`;

export const refund = {
  kind: "refund",
  head: "refund",
  events: ["refund.", "charge.refund."],
  words: WORDS,
  read: readRefund,
  byId: { re: path, pyr: path },
  byOwner: { ch: ofCharge, py: ofCharge },
  all: "/v1/refunds?limit=100",
} satisfies Kind<RefundFact>;

function readRefund(id: string, object: JsonObject, type: string): RefundFact {
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
  return oneOf(WORDS.status, object.status) ?? "pending";
}

import { idOf, type JsonObject, oneOf, whole } from "./json.ts";
import type { Kind } from "./kind.ts";
import { type Snapshot, snapshot, type State } from "./snapshot.ts";

const WORDS = {
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

/** A Dispute. A newer snapshot replaces an older one completely. */
export interface DisputeFact extends Snapshot {
  kind: "dispute";
  id: string;
  charge_id: string | null;
  payment_intent_id: string | null;
  amount: number;
  status: (typeof WORDS.status)[number] | "unknown";
}

const path = (id: string) => `/v1/disputes/${id}`;

export const dispute = {
  kind: "dispute",
  head: "charge.dispute",
  words: WORDS,
  read: readDispute,
  byId: { dp: path, du: path },
  all: "/v1/disputes?limit=100",
} satisfies Kind<DisputeFact>;

/** Only the status counts: `funds_reinstated` also comes while a dispute is under review. */
function readDispute(
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
    status: oneOf(WORDS.status, object.status) ?? "unknown",
  };
}

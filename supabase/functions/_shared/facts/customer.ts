import { type JsonObject, text } from "./json.ts";
import type { Kind } from "./kind.ts";
import { siteRefs } from "./site_refs.ts";
import { type Snapshot, snapshot, type State } from "./snapshot.ts";

/** A Customer: it links a buyer to a user when no purchase names one. */
export interface CustomerFact extends Snapshot {
  kind: "customer";
  id: string;
  user_ref: string | null;
  /** As Stripe has it; never verified. */
  email: string | null;
  is_deleted: boolean;
}

export const customer = {
  kind: "customer",
  head: "customer",
  // Not every `customer.` event: cards, sources and tax ids are other objects.
  events: ["customer.created", "customer.updated", "customer.deleted", "customer.fetched"],
  read: readCustomer,
  byId: { cus: (id) => `/v1/customers/${id}` },
  all: "/v1/customers?limit=100",
  isDeletable: true,
} satisfies Kind<CustomerFact>;

/** Stripe may show little more than the id of a deleted customer. */
function readCustomer(
  id: string,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
): CustomerFact {
  return snapshot((object) => stateOf(id, object, type), object, type, former);
}

function stateOf(id: string, object: JsonObject, type: string): State<CustomerFact> {
  return {
    kind: "customer",
    id,
    user_ref: siteRefs(object).user_ref,
    email: text(object.email),
    is_deleted: type === "customer.deleted" || object.deleted === true,
  };
}

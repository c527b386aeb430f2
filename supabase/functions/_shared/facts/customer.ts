import type { CustomerFact } from "./fact.ts";
import { type JsonObject, text } from "./json.ts";
import { siteRefs } from "./site_refs.ts";
import { snapshot, type State } from "./snapshot.ts";

/** Reads a Customer; of a deleted one Stripe may show hardly more than its id. */
export function customer(
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

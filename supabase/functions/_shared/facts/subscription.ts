import type { SubscriptionFact, SubscriptionItem } from "./fact.ts";
import { at, idOf, type JsonObject, list, oneOf, record, time, whole } from "./json.ts";
import { siteRefs } from "./site_refs.ts";
import { snapshot, type State } from "./snapshot.ts";

/** The words Stripe has for a Subscription. */
export const SUBSCRIPTION_WORDS = {
  status: [
    "incomplete",
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "paused",
    "canceled",
    "incomplete_expired",
  ],
} as const;

/** Reads a Subscription. */
export function subscription(
  id: string,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
): SubscriptionFact {
  return snapshot((object) => stateOf(id, object, type), object, type, former);
}

function stateOf(id: string, object: JsonObject, type: string): State<SubscriptionFact> {
  return {
    kind: "subscription",
    id,
    status: statusOf(object, type),
    is_paused: record(object.pause_collection) !== null,
    created: time(object.created),
    customer_id: idOf(object.customer),
    latest_invoice_id: idOf(object.latest_invoice),
    collection_method: collectionMethod(object),
    cancel_at: time(object.cancel_at),
    cancel_at_period_end: object.cancel_at_period_end === true,
    ended_at: time(object.ended_at),
    trial_end: time(object.trial_end),
    ...siteRefs(object),
    items: itemsOf(object),
    items_complete: at(object.items, "has_more") !== true,
  };
}

function statusOf(object: JsonObject, type: string): SubscriptionFact["status"] {
  const isGone = type === "customer.subscription.deleted" || object.deleted === true;
  if (isGone) return "canceled"; // the field may lag behind, or be missing
  return oneOf(SUBSCRIPTION_WORDS.status, object.status) ?? "unknown";
}

/** Up to 2019 the field was called `billing`; still earlier every invoice was charged. */
function collectionMethod(object: JsonObject): SubscriptionFact["collection_method"] {
  const method = object.collection_method ?? object.billing;
  return method === "send_invoice" ? "send_invoice" : "charge_automatically";
}

/** Before items existed (2016) a subscription was its own only one: plan, quantity, period. */
function itemsOf(object: JsonObject): SubscriptionItem[] {
  const items = list(object.items) ?? [object];
  return items.flatMap((item) => itemOf(item, object) ?? []);
}

function itemOf(item: JsonObject, owner: JsonObject): SubscriptionItem | null {
  const price = idOf(item.price) ?? idOf(item.plan);
  if (price === null) return null;
  return {
    id: item === owner ? null : idOf(item),
    price_id: price,
    quantity: whole(item.quantity) ?? 1, // a metered price has none
    // Since 2025-03-31 each item has its own period; before, all shared the subscription's.
    current_period_start: time(item.current_period_start) ?? time(owner.current_period_start),
    current_period_end: time(item.current_period_end) ?? time(owner.current_period_end),
  };
}

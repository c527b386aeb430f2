import type { SubscriptionFact, SubscriptionItem } from "./fact.ts";
import { idOf, type JsonObject, list, oneOf, whole } from "./json.ts";
import { siteRefs } from "./site_refs.ts";

const STATUSES = [
  "incomplete",
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "paused",
  "canceled",
  "incomplete_expired",
] as const;

/** Reads a Subscription. */
export function subscription(id: string, object: JsonObject, type: string): SubscriptionFact {
  return {
    kind: "subscription",
    id,
    status: statusOf(object, type),
    type_rank: typeRank(type),
    created: whole(object.created),
    customer_id: idOf(object.customer),
    latest_invoice_id: idOf(object.latest_invoice),
    cancel_at: whole(object.cancel_at),
    cancel_at_period_end: object.cancel_at_period_end === true,
    ended_at: whole(object.ended_at),
    trial_end: whole(object.trial_end),
    ...siteRefs(object),
    items: itemsOf(object),
  };
}

function statusOf(object: JsonObject, type: string): SubscriptionFact["status"] {
  if (type === "customer.subscription.deleted") return "canceled";
  return oneOf(STATUSES, object.status) ?? "unknown";
}

/** An object fetched rather than announced ranks as an update. */
function typeRank(type: string): SubscriptionFact["type_rank"] {
  switch (type) {
    case "customer.subscription.created":
      return 0;
    case "customer.subscription.trial_will_end":
    case "customer.subscription.pending_update_applied":
    case "customer.subscription.pending_update_expired":
      return 1;
    case "customer.subscription.deleted":
      return 3;
    default:
      return 2;
  }
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
    price_id: price,
    quantity: whole(item.quantity) ?? 1, // a metered price has none
    // Since 2025-03-31 each item has its own period; before, all shared the subscription's.
    current_period_start: whole(item.current_period_start) ?? whole(owner.current_period_start),
    current_period_end: whole(item.current_period_end) ?? whole(owner.current_period_end),
  };
}

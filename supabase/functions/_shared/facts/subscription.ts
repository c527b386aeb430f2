import { at, idOf, type JsonObject, list, oneOf, record, time, whole } from "./json.ts";
import type { Kind } from "./kind.ts";
import { price, priceOfItem } from "./price.ts";
import { siteRefs } from "./site_refs.ts";
import { type Snapshot, snapshot, type State } from "./snapshot.ts";

const WORDS = {
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

/** A Subscription. A newer snapshot replaces an older one completely. */
export interface SubscriptionFact extends Snapshot {
  kind: "subscription";
  id: string;
  status: (typeof WORDS.status)[number] | "unknown";
  /** `pause_collection` is set: invoices are not collected, and the status does not change. */
  is_paused: boolean;
  created: number | null;
  customer_id: string | null;
  latest_invoice_id: string | null;
  /** `send_invoice`: Stripe sends the invoices, and the customer pays each one. */
  collection_method: "charge_automatically" | "send_invoice";
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  ended_at: number | null;
  trial_end: number | null;
  user_ref: string | null;
  module_ref: string | null;
  items: SubscriptionItem[];
  /** False if Stripe says that there are more items than it sent. */
  items_complete: boolean;
}

/** One item of a subscription, with its own period. */
export interface SubscriptionItem {
  /** Null only if the subscription is older than items. */
  id: string | null;
  price_id: string;
  quantity: number;
  current_period_start: number | null;
  current_period_end: number | null;
}

export const subscription = {
  kind: "subscription",
  head: "customer.subscription",
  words: WORDS,
  read: readSubscription,
  inside: [{ kind: price, find: ({ items }) => (list(items) ?? []).flatMap(priceOfItem) }],
  // Never deletable: an ended subscription can still be read. If one is missing, the key is probably of
  // another account, and no customer may lose a module because of that.
  byId: { sub: (id) => `/v1/subscriptions/${id}` },
  // Without a status Stripe leaves out those that have ended.
  all: "/v1/subscriptions?limit=100&status=all",
  cutShort: { field: "items", path: (id) => `/v1/subscription_items?limit=100&subscription=${id}` },
} satisfies Kind<SubscriptionFact>;

function readSubscription(
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
  if (isGone) return "canceled"; // the field may lag behind or be missing
  return oneOf(WORDS.status, object.status) ?? "unknown";
}

/** Up to 2019 the field was called `billing`. Before that, every invoice was charged. */
function collectionMethod(object: JsonObject): SubscriptionFact["collection_method"] {
  const method = object.collection_method ?? object.billing;
  return method === "send_invoice" ? "send_invoice" : "charge_automatically";
}

/** Before items existed (2016) the subscription itself had plan, quantity and period. */
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

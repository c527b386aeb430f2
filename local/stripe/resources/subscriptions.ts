import type Stripe from "stripe";
import type { Subscription } from "../objects.ts";
import { existing, hasField, pageOf, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import type { Resource, StripeWorld } from "../world.ts";

export const subscriptions: Resource = {
  ...readable("subscription", "/v1/subscriptions", isMeant),

  "GET /v1/subscriptions": (call, world) => {
    // Without a word about it Stripe leaves the ended ones out.
    const params = { status: "not_canceled", ...call.params };
    return readable("subscription", "/v1/subscriptions", isMeant)["GET /v1/subscriptions"]!(
      { ...call, params },
      world,
    );
  },

  "POST /v1/subscriptions/:id": (call, world) => {
    const subscription = running(existing("subscription", call, world));
    const { cancel_at_period_end, metadata } = call.params as Stripe.SubscriptionUpdateParams;
    if (cancel_at_period_end !== undefined) cancelLater(subscription, cancel_at_period_end, world);
    if (metadata !== undefined) {
      const former = { metadata: subscription.metadata };
      subscription.metadata = mergeMetadata(subscription.metadata, metadata);
      world.announce("customer.subscription.updated", subscription, former);
    }
    return subscription;
  },

  "DELETE /v1/subscriptions/:id": (call, world) =>
    cancelNow(running(existing("subscription", call, world)), world),

  "GET /v1/subscription_items": ({ params }, { store }) => {
    const { subscription: id } = params as unknown as Stripe.SubscriptionItemListParams;
    const subscription = store.find("subscription", id);
    if (subscription === null) throw noSuch("subscription", id, "subscription");
    return pageOf(subscription.items.data, params, "/v1/subscription_items");
  },
};

/** At the end of what is paid for, or, by `false`, not after all. */
export function cancelLater(
  subscription: Subscription,
  isLater: boolean,
  world: StripeWorld,
): void {
  const { cancel_at_period_end, cancel_at, canceled_at } = subscription;
  subscription.cancel_at_period_end = isLater;
  subscription.cancel_at = isLater ? subscription.items.data[0]?.current_period_end ?? null : null;
  subscription.canceled_at = isLater ? world.now() : null;
  const former = { cancel_at_period_end, cancel_at, canceled_at };
  world.announce("customer.subscription.updated", subscription, former);
}

export function cancelNow(subscription: Subscription, world: StripeWorld): Subscription {
  subscription.status = "canceled";
  subscription.canceled_at = subscription.ended_at = world.now();
  world.announce("customer.subscription.deleted", subscription);
  return subscription;
}

function running(subscription: Subscription): Subscription {
  if (subscription.status !== "canceled") return subscription;
  throw invalidRequest(`No such subscription: '${subscription.id}'`, {
    code: "resource_missing",
    param: "id",
  });
}

function isMeant(subscription: Subscription, name: string, value: unknown): boolean {
  if (name === "status") {
    return value === "all" || subscription.status === value ||
      value === "not_canceled" && subscription.status !== "canceled";
  }
  if (name === "price") return subscription.items.data.some(({ price }) => price.id === value);
  return hasField(subscription, name, value);
}

import type Stripe from "stripe";
import { endTrialNow, invoiceOf, markPaid, newSubscription, payInvoice } from "../billing.ts";
import type { Subscription } from "../objects.ts";
import { existing, hasField, pageOf, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { invalidRequest, noSuch, StripeError } from "../stripe_error.ts";
import type { Call, Resource, StripeDeps } from "../deps.ts";

const DAY = 24 * 60 * 60;

export const subscriptions: Resource = {
  ...readable("subscription", "/v1/subscriptions", isMeant),

  "GET /v1/subscriptions": (call, deps) => {
    // By default Stripe leaves ended subscriptions out.
    const params = { status: "not_canceled", ...call.params };
    return readable("subscription", "/v1/subscriptions", isMeant)["GET /v1/subscriptions"]!(
      { ...call, params },
      deps,
    );
  },

  "POST /v1/subscriptions": ({ params }, deps) => create(params, deps),

  "POST /v1/subscriptions/:id": (call, deps) => {
    const subscription = running(existing("subscription", call, deps));
    const { cancel_at_period_end, metadata, trial_end } = call
      .params as Stripe.SubscriptionUpdateParams;
    if (trial_end === "now" && subscription.status === "trialing") endTrial(subscription, deps);
    if (cancel_at_period_end !== undefined) cancelLater(subscription, cancel_at_period_end, deps);
    if (metadata !== undefined) {
      const former = { metadata: subscription.metadata };
      subscription.metadata = mergeMetadata(subscription.metadata, metadata);
      deps.announce("customer.subscription.updated", subscription, former);
    }
    return subscription;
  },

  "DELETE /v1/subscriptions/:id": (call, deps) =>
    cancelNow(running(existing("subscription", call, deps)), deps),

  "GET /v1/subscription_items": ({ params }, { store }) => {
    const { subscription: id } = params as unknown as Stripe.SubscriptionItemListParams;
    const subscription = store.find("subscription", id);
    if (subscription === null) throw noSuch("subscription", id, "subscription");
    return pageOf(subscription.items.data, params, "/v1/subscription_items");
  },
};

function create(params: Call["params"], deps: StripeDeps): Subscription {
  const { customer: id = "", items = [], metadata, trial_period_days, trial_settings } =
    params as unknown as Stripe.SubscriptionCreateParams;
  const customer = deps.store.find("customer", id);
  if (customer === null) throw noSuch("customer", id, "customer");
  const lines = items.map(({ price: priceId = "", quantity = 1 }, place) => {
    const price = deps.store.find("price", priceId);
    if (price === null) throw noSuch("price", priceId, `items[${place}][price]`);
    return { price, quantity };
  });
  const subscription = newSubscription({
    customer: id,
    lines,
    metadata: mergeMetadata({}, metadata),
  }, deps);
  subscription.status = trial_period_days === undefined ? "incomplete" : "trialing";
  subscription.trial_end = trial_period_days === undefined
    ? null
    : subscription.created + trial_period_days * DAY;
  Object.assign(subscription.trial_settings, trial_settings);
  deps.store.put(subscription);
  begin(subscription, customer.email, deps);
  return subscription;
}

/** With its first invoice: an incomplete subscription becomes active when that is paid. */
function begin(subscription: Subscription, email: string | null, deps: StripeDeps): void {
  const invoice = invoiceOf(subscription, email, deps);
  if (invoice.amount_due === 0) {
    deps.announce("customer.subscription.created", subscription);
    return markPaid(invoice, null, deps);
  }
  try {
    payInvoice(invoice, undefined, deps);
    subscription.status = "active";
  } catch (error) {
    // Declined: it stays incomplete, and the request succeeds.
    if (!(error instanceof StripeError) || error.status !== 402) throw error;
  }
  deps.announce("customer.subscription.created", subscription);
}

/** Ends the trial: paid from now on, or without a payment method as `trial_settings` say. */
function endTrial(subscription: Subscription, deps: StripeDeps): void {
  const { status, trial_end } = subscription;
  const customer = deps.store.find("customer", subscription.customer);
  const method = customer?.invoice_settings.default_payment_method ?? null;
  subscription.trial_end = deps.now();
  const { missing_payment_method } = subscription.trial_settings.end_behavior;
  if (method === null && missing_payment_method === "pause") {
    subscription.status = "paused";
    deps.announce("customer.subscription.paused", subscription);
  } else {
    subscription.status = "active";
    endTrialNow(subscription, deps.now());
    payInvoice(invoiceOf(subscription, customer?.email ?? null, deps), undefined, deps);
  }
  deps.announce("customer.subscription.updated", subscription, { status, trial_end });
}

/** Cancels at the end of the paid period, or with `false` no longer. */
export function cancelLater(
  subscription: Subscription,
  isLater: boolean,
  deps: StripeDeps,
): void {
  const { cancel_at_period_end, cancel_at, canceled_at } = subscription;
  subscription.cancel_at_period_end = isLater;
  subscription.cancel_at = isLater ? subscription.items.data[0]?.current_period_end ?? null : null;
  subscription.canceled_at = isLater ? deps.now() : null;
  const former = { cancel_at_period_end, cancel_at, canceled_at };
  deps.announce("customer.subscription.updated", subscription, former);
}

export function cancelNow(subscription: Subscription, deps: StripeDeps): Subscription {
  subscription.status = "canceled";
  subscription.canceled_at = subscription.ended_at = deps.now();
  deps.announce("customer.subscription.deleted", subscription);
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

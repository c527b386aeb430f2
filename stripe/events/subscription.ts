/** The events of a subscription. */

import { event, newId, seconds, type StripeEvent, type StripeObject } from "./event.ts";

type Over = Partial<StripeEvent>;
type Fields = Record<string, unknown>;

const MONTH = 30 * 24 * 60 * 60;

/** A subscription to one price. */
export interface Subscription {
  userId: string;
  customerId: string;
  subscriptionId: string;
  itemId: string;
  priceId: string;
  amount: number;
  currency: string;
  /** The current period, in Unix seconds. */
  periodStart: number;
  periodEnd: number;
}

/** A subscription with a first month that begins now; `known` overrides any part. */
export function newSubscription(
  known: Partial<Subscription> & { userId: string; priceId: string },
): Subscription {
  const periodStart = known.periodStart ?? seconds();
  return {
    customerId: newId("cus"),
    subscriptionId: newId("sub"),
    itemId: newId("si"),
    amount: 900,
    currency: "eur",
    periodStart,
    periodEnd: periodStart + MONTH,
    ...known,
  };
}

/** `fields` override the subscription's own, such as `status`, `cancel_at_period_end`, `trial_end`. */
export function subscriptionCreated(
  subscription: Subscription,
  fields: Fields = {},
  over: Over = {},
) {
  return event("customer.subscription.created", { ...object(subscription), ...fields }, over);
}

export function subscriptionUpdated(
  subscription: Subscription,
  fields: Fields = {},
  over: Over = {},
) {
  return event("customer.subscription.updated", { ...object(subscription), ...fields }, over);
}

export function subscriptionDeleted(
  subscription: Subscription,
  fields: Fields = {},
  over: Over = {},
) {
  const ended = { status: "canceled", ended_at: seconds(), ...fields };
  return event("customer.subscription.deleted", { ...object(subscription), ...ended }, over);
}

/** The invoice of the current period, paid. */
export function invoicePaid(
  subscription: Subscription,
  fields: Fields = {},
  over: Over = {},
): StripeEvent {
  return event("invoice.paid", { ...invoice(subscription), ...fields }, over);
}

/** The same invoice, after Stripe could not collect it. */
export function invoicePaymentFailed(
  subscription: Subscription,
  fields: Fields = {},
  over: Over = {},
): StripeEvent {
  const unpaid = { status: "open", amount_paid: 0, ...fields };
  return event("invoice.payment_failed", { ...invoice(subscription), ...unpaid }, over);
}

function object(subscription: Subscription): StripeObject {
  return {
    id: subscription.subscriptionId,
    object: "subscription",
    status: "active",
    created: subscription.periodStart,
    customer: subscription.customerId,
    cancel_at: null,
    cancel_at_period_end: false,
    ended_at: null,
    trial_end: null,
    items: {
      object: "list",
      data: [{
        id: subscription.itemId,
        object: "subscription_item",
        quantity: 1,
        price: { id: subscription.priceId, object: "price", unit_amount: subscription.amount },
        current_period_start: subscription.periodStart,
        current_period_end: subscription.periodEnd,
      }],
    },
    metadata: { user_id: subscription.userId },
  };
}

function invoice(subscription: Subscription): StripeObject {
  return {
    id: newId("in"),
    object: "invoice",
    status: "paid",
    amount_due: subscription.amount,
    amount_paid: subscription.amount,
    currency: subscription.currency,
    customer: subscription.customerId,
    parent: {
      type: "subscription_details",
      subscription_details: {
        subscription: subscription.subscriptionId,
        metadata: { user_id: subscription.userId },
      },
    },
    lines: {
      object: "list",
      has_more: false,
      data: [{
        id: newId("il"),
        object: "line_item",
        amount: subscription.amount,
        period: { start: subscription.periodStart, end: subscription.periodEnd },
        pricing: { type: "price_details", price_details: { price: subscription.priceId } },
        parent: {
          type: "subscription_item_details",
          subscription_item_details: {
            subscription: subscription.subscriptionId,
            subscription_item: subscription.itemId,
            proration: false,
          },
        },
      }],
    },
    metadata: {},
  };
}

/** The events that `stripe` can send, each built from a buyer and what they buy. */

import { Complaint } from "../../local/terminal.ts";
import {
  chargeRefunded,
  chargeSucceeded,
  checkoutSessionCompleted,
  invoicePaid,
  invoicePaymentFailed,
  newPurchase,
  newSubscription,
  paymentIntentSucceeded,
  type Purchase,
  refundCreated,
  refundFailed,
  type RefundFields,
  type StripeEvent,
  type Subscription,
  subscriptionCreated,
  subscriptionDeleted,
  subscriptionUpdated,
} from "../../stripe/events.ts";
import type { Buyer, EventOptions } from "./buyer.ts";

type Fields = { status?: string };
type Over = Partial<StripeEvent>;

const OF_A_PURCHASE: Record<
  string,
  (purchase: Purchase, options: EventOptions, over: Over) => StripeEvent
> = {
  "checkout.session.completed": (purchase, { status }, over) =>
    checkoutSessionCompleted(
      purchase,
      status === undefined ? {} : { payment_status: status },
      over,
    ),
  "payment_intent.succeeded": (purchase, _, over) => paymentIntentSucceeded(purchase, over),
  "charge.succeeded": (purchase, _, over) => chargeSucceeded(purchase, over),
  "charge.refunded": (purchase, { amount }, over) => chargeRefunded(purchase, amount, over),
  "refund.created": (purchase, options, over) =>
    refundCreated(purchase, refundOf(purchase, options), over),
  "refund.failed": (purchase, options, over) =>
    refundFailed(purchase, refundOf(purchase, options), over),
};

const OF_A_SUBSCRIPTION: Record<
  string,
  (subscription: Subscription, fields: Fields, over: Over) => StripeEvent
> = {
  "customer.subscription.created": subscriptionCreated,
  "customer.subscription.updated": subscriptionUpdated,
  "customer.subscription.deleted": subscriptionDeleted,
  "invoice.paid": invoicePaid,
  "invoice.payment_failed": invoicePaymentFailed,
};

export const EVENT_TYPES = [...Object.keys(OF_A_PURCHASE), ...Object.keys(OF_A_SUBSCRIPTION)];

/**
 * The event of this type that Stripe would send about this buyer.
 *
 * @throws Complaint for a subscription to a module without a price
 */
export function buildEvent(type: string, options: EventOptions, buyer: Buyer): StripeEvent {
  const over = options.id === undefined ? {} : { id: options.id };
  const purchaseEvent = OF_A_PURCHASE[type];
  if (purchaseEvent !== undefined) return purchaseEvent(purchaseOf(buyer, options), options, over);

  const fields = options.status === undefined ? {} : { status: options.status };
  const subscriptionEvent = OF_A_SUBSCRIPTION[type];
  if (subscriptionEvent === undefined) throw new Complaint(`no such event here: ${type}`);
  return subscriptionEvent(subscriptionOf(buyer, options), fields, over);
}

function purchaseOf({ userId, moduleId }: Buyer, { number }: EventOptions): Purchase {
  const name = `${userId.replaceAll("-", "")}m${moduleId}n${number}`;
  return newPurchase({
    userId,
    moduleId,
    customerId: customerOf(userId),
    sessionId: `cs_test_${name}`,
    paymentIntentId: `pi_${name}`,
    chargeId: `ch_${name}`,
  });
}

/** The one refund of a purchase. */
function refundOf({ paymentIntentId }: Purchase, { amount, status }: EventOptions): RefundFields {
  return {
    id: paymentIntentId.replace("pi_", "re_"),
    ...amount === undefined ? {} : { amount },
    ...status === undefined ? {} : { status },
  };
}

function subscriptionOf(
  { userId, priceId }: Buyer,
  { number, module, amount }: EventOptions,
): Subscription {
  if (priceId === null) throw new Complaint(`${module} has no price: name one with --price`);
  const name = `${userId.replaceAll("-", "")}${priceId.replaceAll("_", "")}n${number}`;
  return newSubscription({
    userId,
    priceId,
    customerId: customerOf(userId),
    subscriptionId: `sub_${name}`,
    itemId: `si_${name}`,
    ...amount === undefined ? {} : { amount },
  });
}

function customerOf(userId: string): string {
  return `cus_${userId.replaceAll("-", "")}`;
}

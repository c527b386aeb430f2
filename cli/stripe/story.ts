/** The events that `stripe` can send, each built from a buyer and what they buy. */

import { UserError } from "../../local/terminal.ts";
import {
  chargeRefunded,
  chargeSucceeded,
  checkoutSessionCompleted,
  invoicePaid,
  invoicePaymentFailed,
  newPurchase,
  newSubscription,
  NO_LINES,
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
  "checkout.session.completed": (purchase, { status, price }, over) =>
    checkoutSessionCompleted(purchase, {
      ...status === undefined ? {} : { payment_status: status },
      ...price === undefined ? NO_LINES : { line_items: lineOf(price) },
    }, over),
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
 * @throws UserError for a subscription to a module without a price
 */
export function buildEvent(type: string, options: EventOptions, buyer: Buyer): StripeEvent {
  const over = options.id === undefined ? {} : { id: options.id };
  const purchaseEvent = OF_A_PURCHASE[type];
  if (purchaseEvent !== undefined) return purchaseEvent(purchaseOf(buyer, options), options, over);

  const fields = options.status === undefined ? {} : { status: options.status };
  const subscriptionEvent = OF_A_SUBSCRIPTION[type];
  if (subscriptionEvent === undefined) throw new UserError(`no such event here: ${type}`);
  return subscriptionEvent(subscriptionOf(buyer, options), fields, over);
}

function purchaseOf({ userId, moduleId }: Buyer, { number, price }: EventOptions): Purchase {
  const sold = price === undefined ? `m${moduleId}` : price.replaceAll("_", "");
  const name = `${userId.replaceAll("-", "")}${sold}n${number}`;
  return newPurchase({
    userId,
    moduleId,
    customerId: customerOf(userId),
    sessionId: `cs_test_${name}`,
    paymentIntentId: `pi_${name}`,
    chargeId: `ch_${name}`,
  });
}

/** With the line, nothing of the session has to be read from Stripe. */
function lineOf(price: string) {
  return { object: "list", has_more: false, data: [{ id: "li_1", price: { id: price } }] };
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
  { userId, priceId, slug }: Buyer,
  { number, amount }: EventOptions,
): Subscription {
  if (priceId === null) throw new UserError(`${slug} has no price: name one with --price`);
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

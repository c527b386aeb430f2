import type Stripe from "stripe";

/**
 * The Stripe events that the webhook needs, and why. docs/operations.md has the same list, and a test
 * compares them.
 *
 * Left out on purpose: no event says that an invoice payment was canceled. Since API version 2025-03-31 no
 * event says which invoice a processing payment pays. Both are read from Stripe when they matter.
 * `invoice.created`, `invoice.updated` and `invoice.marked_uncollectible` add nothing to a later event of
 * this list, and Stripe sends the first two several times for each invoice.
 */
export const NEEDED_EVENTS = [
  // The sale, the buyer, and whether a delayed payment succeeded.
  "checkout.session.completed",
  "checkout.session.expired",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  // The amount received. A canceled payment is no longer waited for.
  "payment_intent.succeeded",
  "payment_intent.canceled",
  // The payment of a refund. Without a payment intent a charge is the purchase itself. An authorized charge
  // is paid when it is captured.
  "charge.succeeded",
  "charge.captured",
  "charge.refunded",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "refund.created",
  "refund.updated",
  "refund.failed",
  // Which lines are paid, owed (and since when), or no longer owed. The first event has the due date of an
  // invoice that is sent to the customer.
  "invoice.finalized",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.voided",
  // Which payment paid which invoice, and how much.
  "invoice_payment.paid",
  // The user of a customer, by metadata and address.
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  // What is for sale, as the view price_list shows it. They change no access.
  "price.created",
  "price.updated",
  "price.deleted",
  "product.created",
  "product.updated",
  "product.deleted",
  // Changes no access. It raises an alert, because a dispute often follows.
  "radar.early_fraud_warning.created",
] as const;

/**
 * Not needed, but read: guides for older sites ask for it. Sesame reads it like `invoice.paid`, and both
 * may come for one invoice.
 */
export const WELCOME_EVENTS = ["invoice.payment_succeeded"] as const;

type EventTypes = Stripe.WebhookEndpointUpdateParams["enabled_events"] & object;

/** The events that an endpoint with these events should have. It keeps all of them, because others may need them. */
export function withMissing(enabled: readonly string[]): EventTypes {
  return [...enabled, ...missingEvents(enabled)] as EventTypes;
}

/** The needed events that an endpoint with these events does not get. */
export function missingEvents(enabled: readonly string[]): string[] {
  return enabled.includes("*") ? [] : NEEDED_EVENTS.filter((type) => !enabled.includes(type));
}

/** The events of an endpoint that Sesame ignores. Another tool may need them. */
export function otherEvents(enabled: readonly string[]): string[] {
  return enabled.filter((type) => !READ_EVENTS.includes(type));
}

/** Whether an endpoint with these events gets any event that Sesame reads. */
export function receivesOurEvents(enabled: readonly string[]): boolean {
  return enabled.some((type) => type === "*" || READ_EVENTS.includes(type));
}

const READ_EVENTS: readonly string[] = [...NEEDED_EVENTS, ...WELCOME_EVENTS];

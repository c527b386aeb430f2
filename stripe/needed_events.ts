import type Stripe from "stripe";

/**
 * Stripe's events that the webhook has to hear of, and why. docs/operations.md says the same, and a
 * test compares.
 *
 * Left out on purpose: no event says that an invoice payment was canceled, or since API version
 * 2025-03-31 which invoice a payment that is processing pays. Both are read from Stripe where they
 * matter. `invoice.created`, `invoice.updated` and `invoice.marked_uncollectible` say nothing that
 * a later one of these does not say, and Stripe sends the first two several times an invoice.
 */
export const NEEDED_EVENTS = [
  // What was bought, by whom, and whether delayed money came.
  "checkout.session.completed",
  "checkout.session.expired",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  // How much was received; a canceled payment ends the wait for it.
  "payment_intent.succeeded",
  "payment_intent.canceled",
  // Which payment a refund belongs to. Without a payment intent a charge is the purchase itself; one
  // that was only authorized at first is paid when it is captured.
  "charge.succeeded",
  "charge.captured",
  "charge.refunded",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
  "refund.created",
  "refund.updated",
  "refund.failed",
  // Which lines are paid, which are owed and since when, and which are owed no more. The first says
  // the due date of an invoice that nobody tries to collect.
  "invoice.finalized",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.voided",
  // Which payment paid which invoice, and how much of it.
  "invoice_payment.paid",
  // Who a customer is, by metadata and address.
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  // Decides nothing, and raises an alert: a dispute often follows.
  "radar.early_fraud_warning.created",
] as const;

/**
 * Listened to on purpose, and needed by nothing: guides for older sites ask for it, Sesame reads it as it
 * reads `invoice.paid`, and both may come for one invoice.
 */
export const WELCOME_EVENTS = ["invoice.payment_succeeded"] as const;

type EventTypes = Stripe.WebhookEndpointUpdateParams["enabled_events"] & object;

/** What an endpoint with these events is to listen to. It keeps them all: it may serve another purpose. */
export function withMissing(enabled: readonly string[]): EventTypes {
  return [...enabled, ...missingEvents(enabled)] as EventTypes;
}

/** The needed events that an endpoint with these ones does not hear of. */
export function missingEvents(enabled: readonly string[]): string[] {
  return enabled.includes("*") ? [] : NEEDED_EVENTS.filter((type) => !enabled.includes(type));
}

/** The events of an endpoint that say nothing here. Somebody else may need them. */
export function otherEvents(enabled: readonly string[]): string[] {
  return enabled.filter((type) => !READ_EVENTS.includes(type));
}

/** Whether an endpoint with these events hears of any that is read here. */
export function hearsOfOurs(enabled: readonly string[]): boolean {
  return enabled.some((type) => type === "*" || READ_EVENTS.includes(type));
}

const READ_EVENTS: readonly string[] = [...NEEDED_EVENTS, ...WELCOME_EVENTS];

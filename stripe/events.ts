/**
 * Small versions of Stripe's events: the events of a one-time purchase and of a subscription, signed and
 * delivered as Stripe does.
 *
 * @module
 */

export * from "./events/event.ts";
export * from "./events/purchase.ts";
export * from "./events/subscription.ts";

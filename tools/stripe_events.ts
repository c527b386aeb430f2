/**
 * Stripe's events as Stripe sends them, small: what a one-time purchase and a subscription announce
 * in the course of their lives, signed and delivered as Stripe does.
 *
 * @module
 */

export * from "./stripe_events/event.ts";
export * from "./stripe_events/purchase.ts";
export * from "./stripe_events/subscription.ts";

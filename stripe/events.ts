/**
 * Stripe's events as Stripe sends them, small: what a one-time purchase and a subscription announce
 * in the course of their lives, signed and delivered as Stripe does.
 *
 * @module
 */

export * from "./events/event.ts";
export * from "./events/purchase.ts";
export * from "./events/subscription.ts";

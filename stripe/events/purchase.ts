/** The events of a one-time purchase. */

import { event, newId, newSessionId, type StripeEvent, type StripeObject } from "./event.ts";

type Over = Partial<StripeEvent>;

/** A one-time purchase. These ids link the objects of its payment. */
export interface Purchase {
  userId: string;
  /** `modules.id` as text; null if only the price says what is bought. */
  moduleId: string | null;
  customerId: string;
  sessionId: string;
  paymentIntentId: string;
  chargeId: string;
  /** In the currency's smallest unit. */
  amount: number;
  currency: string;
}

/** The lines of a session that sells by its metadata. They are given, so that nothing must be read from Stripe. */
export const NO_LINES = { line_items: { object: "list", has_more: false, data: [] } };

/** A new purchase with new ids; `known` overrides any part. */
export function newPurchase(known: Partial<Purchase> & { userId: string }): Purchase {
  return {
    moduleId: null,
    customerId: newId("cus"),
    sessionId: newSessionId(),
    paymentIntentId: newId("pi"),
    chargeId: newId("ch"),
    amount: 2900,
    currency: "eur",
    ...known,
  };
}

/** The session is completed; `fields` override the session's own, such as `payment_status`. */
export function checkoutSessionCompleted(
  purchase: Purchase,
  fields: Record<string, unknown> = {},
  over: Over = {},
): StripeEvent {
  return event("checkout.session.completed", { ...session(purchase), ...fields }, over);
}

export function paymentIntentSucceeded(purchase: Purchase, over: Over = {}): StripeEvent {
  return event("payment_intent.succeeded", {
    id: purchase.paymentIntentId,
    object: "payment_intent",
    status: "succeeded",
    amount: purchase.amount,
    amount_received: purchase.amount,
    currency: purchase.currency,
    customer: purchase.customerId,
    latest_charge: purchase.chargeId,
    metadata: metadata(purchase),
  }, over);
}

/** Fields of a refund: an `amount` for a partial refund, a `status` of Stripe's. */
export interface RefundFields {
  id?: string;
  amount?: number;
  status?: string;
}

/** A refund; by default a full refund that succeeds at once. */
export function refundCreated(
  purchase: Purchase,
  fields: RefundFields = {},
  over: Over = {},
): StripeEvent {
  return event("refund.created", { ...refund(purchase), ...fields }, over);
}

/** The refund failed, for example at the bank. Give the `id` from its creation. */
export function refundFailed(
  purchase: Purchase,
  fields: RefundFields = {},
  over: Over = {},
): StripeEvent {
  return event("refund.failed", { ...refund(purchase), status: "failed", ...fields }, over);
}

/** The charge of a purchase with `refunded` as the refunded amount; by default all of it. */
export function chargeRefunded(
  purchase: Purchase,
  refunded = purchase.amount,
  over: Over = {},
): StripeEvent {
  return event("charge.refunded", {
    ...charge(purchase),
    amount_refunded: refunded,
    refunded: refunded === purchase.amount,
  }, over);
}

export function chargeSucceeded(purchase: Purchase, over: Over = {}): StripeEvent {
  return event("charge.succeeded", charge(purchase), over);
}

function session(purchase: Purchase): StripeObject {
  return {
    id: purchase.sessionId,
    object: "checkout.session",
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    amount_total: purchase.amount,
    currency: purchase.currency,
    customer: purchase.customerId,
    client_reference_id: purchase.userId,
    payment_intent: purchase.paymentIntentId,
    subscription: null,
    invoice: null,
    metadata: metadata(purchase),
  };
}

function charge(purchase: Purchase): StripeObject {
  return {
    id: purchase.chargeId,
    object: "charge",
    status: "succeeded",
    paid: true,
    captured: true,
    amount: purchase.amount,
    amount_captured: purchase.amount,
    amount_refunded: 0,
    refunded: false,
    currency: purchase.currency,
    customer: purchase.customerId,
    payment_intent: purchase.paymentIntentId,
    metadata: metadata(purchase),
  };
}

function refund(purchase: Purchase): StripeObject {
  return {
    id: newId("re"),
    object: "refund",
    status: "succeeded",
    amount: purchase.amount,
    currency: purchase.currency,
    payment_intent: purchase.paymentIntentId,
    charge: purchase.chargeId,
    reason: "requested_by_customer",
    metadata: {},
  };
}

/** The metadata that `checkout` writes on all objects it creates. */
function metadata({ userId, moduleId }: Purchase): Record<string, string> {
  return { user_id: userId, ...moduleId === null ? {} : { module_id: moduleId } };
}

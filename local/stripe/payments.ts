/** The states of a payment, and the events that Stripe sends. */

import type { Ending } from "./endings.ts";
import type { Charge, Dispute, PaymentIntent } from "./objects.ts";
import { DECLINED, invalidRequest } from "./stripe_error.ts";
import { newObject, type StripeDeps } from "./deps.ts";

export const FAILED = {
  code: "payment_intent_payment_attempt_failed",
  message: "The payment failed.",
};

/** A payment before any attempt. */
export function beginPayment(
  about:
    & Pick<PaymentIntent, "amount" | "currency" | "customer" | "metadata">
    & Partial<Pick<PaymentIntent, "capture_method">>,
  deps: StripeDeps,
): PaymentIntent {
  const payment = deps.store.put<PaymentIntent>({
    ...newObject("payment_intent", "pi", deps),
    capture_method: "automatic",
    ...about,
    status: "requires_payment_method",
    amount_received: 0,
    latest_charge: null,
    last_payment_error: null,
    cancellation_reason: null,
  });
  deps.announce("payment_intent.created", payment);
  return payment;
}

/** Ends the payment as the card or the account decides; false: it was declined at once. */
export function confirm(payment: PaymentIntent, ending: Ending, deps: StripeDeps): boolean {
  if (ending === "declined") {
    fail(payment, DECLINED, deps);
    return false;
  }
  if (ending === "paid" || ending === "inquiry") {
    const isManual = payment.capture_method === "manual";
    const charge = isManual ? authorize(payment, deps) : collect(payment, deps);
    if (ending === "inquiry") inquire(charge, deps);
    return true;
  }
  payment.status = "processing";
  deps.announce("payment_intent.processing", payment);
  if (ending === "paid later") collect(payment, deps);
  else fail(payment, FAILED, deps);
  return true;
}

/** The bank opens an inquiry about a charge. */
function inquire({ id, amount, currency, payment_intent }: Charge, deps: StripeDeps): void {
  const dispute = deps.store.put<Dispute>({
    ...newObject("dispute", "du", deps),
    status: "warning_needs_response",
    amount,
    currency,
    charge: id,
    payment_intent,
    metadata: {},
  });
  deps.announce("charge.dispute.created", dispute);
}

/** The money has arrived. */
export function collect(payment: PaymentIntent, deps: StripeDeps): Charge {
  const charge = beginCharge(payment, deps);
  take(payment, charge);
  deps.announce("charge.succeeded", charge);
  deps.announce("payment_intent.succeeded", payment);
  return charge;
}

/** The sum is authorized, and nothing is captured yet. */
function authorize(payment: PaymentIntent, deps: StripeDeps): Charge {
  const charge = beginCharge(payment, deps);
  payment.status = "requires_capture";
  deps.announce("charge.succeeded", charge);
  deps.announce("payment_intent.amount_capturable_updated", payment);
  return charge;
}

/** The authorized sum is captured. */
export function capture(payment: PaymentIntent, deps: StripeDeps): PaymentIntent {
  const charge = deps.store.find("charge", payment.latest_charge ?? "");
  if (charge === null || payment.status !== "requires_capture") {
    throw invalidRequest(
      `This PaymentIntent could not be captured because it has a status of ${payment.status}.`,
      { code: "payment_intent_unexpected_state" },
    );
  }
  take(payment, charge);
  deps.announce("charge.captured", charge);
  deps.announce("payment_intent.succeeded", payment);
  return payment;
}

function beginCharge(payment: PaymentIntent, deps: StripeDeps): Charge {
  const { id, amount, currency, customer, metadata } = payment;
  const charge = deps.store.put<Charge>({
    ...newObject("charge", "ch", deps),
    status: "succeeded",
    paid: true,
    captured: false,
    amount,
    amount_captured: 0,
    amount_refunded: 0,
    refunded: false,
    currency,
    customer,
    payment_intent: id,
    metadata,
  });
  payment.latest_charge = charge.id;
  payment.last_payment_error = null;
  return charge;
}

function take(payment: PaymentIntent, charge: Charge): void {
  charge.captured = true;
  charge.amount_captured = charge.amount;
  payment.status = "succeeded";
  payment.amount_received = payment.amount;
}

export function fail(payment: PaymentIntent, error: typeof DECLINED, deps: StripeDeps): void {
  payment.status = "requires_payment_method";
  payment.last_payment_error = error;
  deps.announce("payment_intent.payment_failed", payment);
}

export function cancelPayment(
  payment: PaymentIntent,
  reason: string | null,
  deps: StripeDeps,
): PaymentIntent {
  payment.status = "canceled";
  payment.cancellation_reason = reason;
  deps.announce("payment_intent.canceled", payment);
  return payment;
}

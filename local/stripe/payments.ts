/** What becomes of a payment, and what Stripe says then. */

import type { Ending } from "./endings.ts";
import type { Charge, Dispute, PaymentIntent } from "./objects.ts";
import { DECLINED, invalidRequest } from "./stripe_error.ts";
import { born, type StripeWorld } from "./world.ts";

export const FAILED = {
  code: "payment_intent_payment_attempt_failed",
  message: "The payment failed.",
};

/** A payment that nothing has been tried for. */
export function beginPayment(
  about:
    & Pick<PaymentIntent, "amount" | "currency" | "customer" | "metadata">
    & Partial<Pick<PaymentIntent, "capture_method">>,
  world: StripeWorld,
): PaymentIntent {
  const payment = world.store.put<PaymentIntent>({
    ...born("payment_intent", "pi", world),
    capture_method: "automatic",
    ...about,
    status: "requires_payment_method",
    amount_received: 0,
    latest_charge: null,
    last_payment_error: null,
    cancellation_reason: null,
  });
  world.announce("payment_intent.created", payment);
  return payment;
}

/** The payment as the card, or the account, has it end; false: it was declined at once. */
export function confirm(payment: PaymentIntent, ending: Ending, world: StripeWorld): boolean {
  if (ending === "declined") {
    fail(payment, DECLINED, world);
    return false;
  }
  if (ending === "paid" || ending === "inquiry") {
    const isManual = payment.capture_method === "manual";
    const charge = isManual ? authorize(payment, world) : collect(payment, world);
    if (ending === "inquiry") inquire(charge, world);
    return true;
  }
  payment.status = "processing";
  world.announce("payment_intent.processing", payment);
  if (ending === "paid later") collect(payment, world);
  else fail(payment, FAILED, world);
  return true;
}

/** The bank asks what a charge was for. */
function inquire({ id, amount, currency, payment_intent }: Charge, world: StripeWorld): void {
  const dispute = world.store.put<Dispute>({
    ...born("dispute", "du", world),
    status: "warning_needs_response",
    amount,
    currency,
    charge: id,
    payment_intent,
    metadata: {},
  });
  world.announce("charge.dispute.created", dispute);
}

/** The money is here. */
export function collect(payment: PaymentIntent, world: StripeWorld): Charge {
  const charge = beginCharge(payment, world);
  take(payment, charge);
  world.announce("charge.succeeded", charge);
  world.announce("payment_intent.succeeded", payment);
  return charge;
}

/** The card has room for it, and nothing is taken yet. */
function authorize(payment: PaymentIntent, world: StripeWorld): Charge {
  const charge = beginCharge(payment, world);
  payment.status = "requires_capture";
  world.announce("charge.succeeded", charge);
  world.announce("payment_intent.amount_capturable_updated", payment);
  return charge;
}

/** What was authorized is taken. */
export function capture(payment: PaymentIntent, world: StripeWorld): PaymentIntent {
  const charge = world.store.find("charge", payment.latest_charge ?? "");
  if (charge === null || payment.status !== "requires_capture") {
    throw invalidRequest(
      `This PaymentIntent could not be captured because it has a status of ${payment.status}.`,
      { code: "payment_intent_unexpected_state" },
    );
  }
  take(payment, charge);
  world.announce("charge.captured", charge);
  world.announce("payment_intent.succeeded", payment);
  return payment;
}

function beginCharge(payment: PaymentIntent, world: StripeWorld): Charge {
  const { id, amount, currency, customer, metadata } = payment;
  const charge = world.store.put<Charge>({
    ...born("charge", "ch", world),
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

export function fail(payment: PaymentIntent, error: typeof DECLINED, world: StripeWorld): void {
  payment.status = "requires_payment_method";
  payment.last_payment_error = error;
  world.announce("payment_intent.payment_failed", payment);
}

export function cancelPayment(
  payment: PaymentIntent,
  reason: string | null,
  world: StripeWorld,
): PaymentIntent {
  payment.status = "canceled";
  payment.cancellation_reason = reason;
  world.announce("payment_intent.canceled", payment);
  return payment;
}

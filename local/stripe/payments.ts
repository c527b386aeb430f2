/** What becomes of a payment, and what Stripe says then. */

import type { Ending } from "./endings.ts";
import type { Charge, Dispute, PaymentIntent } from "./objects.ts";
import { born, type StripeWorld } from "./world.ts";

export const DECLINED = { code: "card_declined", message: "Your card was declined." };
export const FAILED = {
  code: "payment_intent_payment_attempt_failed",
  message: "The payment failed.",
};

/** A payment that nothing has been tried for. */
export function beginPayment(
  about: Pick<PaymentIntent, "amount" | "currency" | "customer" | "metadata">,
  world: StripeWorld,
): PaymentIntent {
  const payment = world.store.put<PaymentIntent>({
    ...born("payment_intent", "pi", world),
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
    const charge = collect(payment, world);
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

export function collect(payment: PaymentIntent, world: StripeWorld): Charge {
  const { id, amount, currency, customer, metadata } = payment;
  const charge = world.store.put({
    ...born("charge", "ch", world),
    status: "succeeded" as const,
    paid: true as const,
    captured: true as const,
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    refunded: false,
    currency,
    customer,
    payment_intent: id,
    metadata,
  });
  payment.status = "succeeded";
  payment.amount_received = amount;
  payment.latest_charge = charge.id;
  payment.last_payment_error = null;
  world.announce("charge.succeeded", charge);
  world.announce("payment_intent.succeeded", payment);
  return charge;
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

import type Stripe from "stripe";
import { existing, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { endingOf } from "../payment_methods.ts";
import { beginPayment, cancelPayment, capture, confirm } from "../payments.ts";
import { cardDeclined, invalidRequest } from "../stripe_error.ts";
import type { Resource } from "../deps.ts";

export const paymentIntents: Resource = {
  ...readable("payment_intent", "/v1/payment_intents"),

  "POST /v1/payment_intents": ({ params }, deps) => {
    const {
      amount,
      currency,
      customer,
      metadata,
      payment_method,
      capture_method,
      confirm: isConfirmed,
    } = params as unknown as Stripe.PaymentIntentCreateParams;
    const ending = payment_method === undefined ? null : endingOf(payment_method, deps);
    if (isConfirmed && ending === null) {
      throw invalidRequest(
        "You cannot confirm this PaymentIntent because it's missing a payment method.",
        { code: "payment_intent_unexpected_state" },
      );
    }
    const payment = beginPayment({
      amount,
      currency,
      customer: customer ?? null,
      metadata: mergeMetadata({}, metadata),
      capture_method: capture_method === "manual" ? "manual" : "automatic",
    }, deps);
    if (isConfirmed && !confirm(payment, ending!, deps)) throw cardDeclined();
    return payment;
  },

  "POST /v1/payment_intents/:id/capture": (call, deps) =>
    capture(existing("payment_intent", call, deps), deps),

  "POST /v1/payment_intents/:id/cancel": (call, deps) => {
    const payment = existing("payment_intent", call, deps);
    if (payment.status === "succeeded" || payment.status === "canceled") {
      throw invalidRequest(
        `You cannot cancel this PaymentIntent because it has a status of ${payment.status}.`,
        { code: "payment_intent_unexpected_state" },
      );
    }
    const { cancellation_reason } = call.params as Stripe.PaymentIntentCancelParams;
    return cancelPayment(payment, cancellation_reason ?? null, deps);
  },
};

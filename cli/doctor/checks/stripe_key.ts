import Stripe from "stripe";
import { type Check, STRIPE } from "../check.ts";

export const check: Check = {
  title: "Stripe accepts the key",
  codes: ["stripe_key_refused"],
  needs: [STRIPE],
  async look({ stripe }) {
    try {
      await stripe?.client.webhookEndpoints.list({ limit: 1 });
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return [{ code: "stripe_key_refused", about: "STRIPE_SECRET_KEY" }];
    }
  },
};

/** Withdrawn, or restricted to less than is needed here. */
function isRefusal(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError;
}

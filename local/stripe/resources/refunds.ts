import type Stripe from "stripe";
import type { Charge } from "../objects.ts";
import { readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import { born, type Resource, type StripeWorld } from "../world.ts";

export const refunds: Resource = {
  ...readable("refund", "/v1/refunds"),

  "POST /v1/refunds": ({ params }, world) => {
    const { amount, charge, payment_intent, reason, metadata } =
      params as Stripe.RefundCreateParams;
    const of = chargeOf(charge, payment_intent, world);
    const left = of.amount_captured - of.amount_refunded;
    const back = amount ?? left;
    refuseTooMuch(of, back, left);

    of.amount_refunded += back;
    of.refunded = of.amount_refunded === of.amount_captured;
    const refund = world.store.put({
      ...born("refund", "re", world),
      status: "succeeded",
      amount: back,
      currency: of.currency,
      charge: of.id,
      payment_intent: of.payment_intent,
      reason: reason ?? null,
      metadata: mergeMetadata({}, metadata),
    });
    world.announce("refund.created", refund);
    world.announce("charge.refunded", of, {
      amount_refunded: of.amount_refunded - back,
      refunded: false,
    });
    return refund;
  },
};

function chargeOf(charge = "", payment = "", { store }: StripeWorld): Charge {
  if (charge === "" && payment === "") {
    throw invalidRequest(
      "One of the following params should be provided for this request: " +
        "payment_intent or charge.",
    );
  }
  const id = charge || store.find("payment_intent", payment)?.latest_charge || "";
  const found = store.find("charge", id);
  if (found !== null) return found;
  throw charge === ""
    ? noSuch("payment_intent", payment, "payment_intent")
    : noSuch("charge", charge, "charge");
}

function refuseTooMuch({ id, refunded }: Charge, back: number, left: number): void {
  if (refunded) {
    throw invalidRequest(`Charge ${id} has already been refunded.`, {
      code: "charge_already_refunded",
    });
  }
  if (back > left || back <= 0) {
    throw invalidRequest(
      `Refund amount (${back}) is greater than unrefunded amount on charge (${left})`,
      { param: "amount" },
    );
  }
}

import type Stripe from "stripe";
import type { Charge, Refund } from "../objects.ts";
import { readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import { newObject, type Resource, type StripeDeps } from "../deps.ts";

export const refunds: Resource = {
  ...readable("refund", "/v1/refunds"),

  "POST /v1/refunds": ({ params }, deps) => {
    const { amount, charge, payment_intent, reason, metadata } =
      params as Stripe.RefundCreateParams;
    const of = chargeOf(charge, payment_intent, deps);
    const refund = refundOf(of, amount, deps);
    return Object.assign(refund, {
      reason: reason ?? null,
      metadata: mergeMetadata({}, metadata),
    });
  },
};

/** Refunds a charge, or a part of it. */
export function refundOf(charge: Charge, amount: number | undefined, deps: StripeDeps): Refund {
  const left = charge.amount_captured - charge.amount_refunded;
  const back = amount ?? left;
  refuseTooMuch(charge, back, left);

  const former = { amount_refunded: charge.amount_refunded, refunded: charge.refunded };
  charge.amount_refunded += back;
  charge.refunded = charge.amount_refunded === charge.amount_captured;
  const refund = deps.store.put<Refund>({
    ...newObject("refund", "re", deps),
    status: "succeeded",
    amount: back,
    currency: charge.currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    reason: null,
    metadata: {},
  });
  deps.announce("refund.created", refund);
  deps.announce("charge.refunded", charge, former);
  return refund;
}

function chargeOf(charge = "", payment = "", { store }: StripeDeps): Charge {
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

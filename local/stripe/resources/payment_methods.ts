import type Stripe from "stripe";
import { accountEnding, cardEnding, type Ending } from "../endings.ts";
import { readable } from "../listing.ts";
import { newPaymentMethod, paymentMethodOf } from "../payment_methods.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import type { Resource } from "../deps.ts";

export const paymentMethods: Resource = {
  ...readable("payment_method", "/v1/payment_methods"),

  "POST /v1/payment_methods": ({ params }, deps) => {
    const given = params as Stripe.PaymentMethodCreateParams;
    return newPaymentMethod(
      {
        type: given.type ?? "card",
        customer: null,
        billing_details: { email: given.billing_details?.email ?? null },
      },
      endingFor(given),
      deps,
    );
  },

  "POST /v1/payment_methods/:id/attach": ({ params, id }, deps) => {
    const { customer = "" } = params as unknown as Stripe.PaymentMethodAttachParams;
    if (deps.store.find("customer", customer) === null) {
      throw noSuch("customer", customer, "customer");
    }
    const method = paymentMethodOf(id, deps, "id");
    method.customer = customer;
    deps.announce("payment_method.attached", method);
    return method;
  },
};

/** Cards by their test token, accounts by their test IBAN. There are no real numbers. */
function endingFor({ card, sepa_debit }: Stripe.PaymentMethodCreateParams): Ending {
  const token = (card as { token?: string } | undefined)?.token;
  const ending = token === undefined ? accountEnding(sepa_debit?.iban ?? "") : cardEnding(token);
  if (ending !== null) return ending;
  throw invalidRequest(
    "The stand-in takes test cards by token (tok_visa) and SEPA accounts by test IBAN.",
    { param: token === undefined ? "sepa_debit[iban]" : "card[token]" },
  );
}

/** Payment methods: a card or an account, and how a payment with it ends. */

import { cardEnding, type Ending } from "./endings.ts";
import type { PaymentMethod } from "./objects.ts";
import { noSuch } from "./stripe_error.ts";
import { newObject, type StripeDeps } from "./deps.ts";

type About = Pick<PaymentMethod, "type" | "customer" | "billing_details">;

export function newPaymentMethod(
  about: About,
  ending: Ending,
  deps: StripeDeps,
): PaymentMethod {
  const method = deps.store.put({ ...newObject("payment_method", "pm", deps), ...about });
  deps.store.endings.set(method.id, ending);
  return method;
}

/** The payment method of this id; a test card such as `pm_card_visa` makes a new one each time, as at Stripe. */
export function paymentMethodOf(id: string, deps: StripeDeps, param: string): PaymentMethod {
  const known = deps.store.find("payment_method", id);
  if (known !== null) return known;
  const ending = cardEnding(id);
  if (ending === null) throw noSuch("PaymentMethod", id, param);
  const about = { type: "card", customer: null, billing_details: { email: null } };
  return newPaymentMethod(about, ending, deps);
}

/** How a payment with it ends. */
export function endingOf(id: string, deps: StripeDeps): Ending {
  return deps.store.endings.get(paymentMethodOf(id, deps, "payment_method").id) ?? "paid";
}

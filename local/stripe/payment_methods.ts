/** What is paid with: a card or an account, and how a payment with it ends. */

import { cardEnding, type Ending } from "./endings.ts";
import type { PaymentMethod } from "./objects.ts";
import { noSuch } from "./stripe_error.ts";
import { born, type StripeWorld } from "./world.ts";

type About = Pick<PaymentMethod, "type" | "customer" | "billing_details">;

export function newPaymentMethod(
  about: About,
  ending: Ending,
  world: StripeWorld,
): PaymentMethod {
  const method = world.store.put({ ...born("payment_method", "pm", world), ...about });
  world.store.endings.set(method.id, ending);
  return method;
}

/** The one of this id; of a test card, such as `pm_card_visa`, a new one each time, as Stripe makes it. */
export function paymentMethodOf(id: string, world: StripeWorld, param: string): PaymentMethod {
  const known = world.store.find("payment_method", id);
  if (known !== null) return known;
  const ending = cardEnding(id);
  if (ending === null) throw noSuch("PaymentMethod", id, param);
  const about = { type: "card", customer: null, billing_details: { email: null } };
  return newPaymentMethod(about, ending, world);
}

/** How a payment with it ends. */
export function endingOf(id: string, world: StripeWorld): Ending {
  return world.store.endings.get(paymentMethodOf(id, world, "payment_method").id) ?? "paid";
}

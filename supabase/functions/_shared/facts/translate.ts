import { charge } from "./charge.ts";
import { checkoutSession } from "./checkout_session.ts";
import { customer } from "./customer.ts";
import { dispute } from "./dispute.ts";
import type { Fact } from "./fact.ts";
import { invoice } from "./invoice.ts";
import { invoicePayment } from "./invoice_payment.ts";
import type { JsonObject } from "./json.ts";
import { objectsOf } from "./objects.ts";
import { paymentIntent } from "./payment_intent.ts";
import { price } from "./price.ts";
import { refund } from "./refund.ts";
import { subscription } from "./subscription.ts";

type Translator<Kind extends Fact["kind"]> = (
  id: string,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
) => Extract<Fact, { kind: Kind }> | null;

/** One translator per kind of fact; a kind without one does not compile. */
const TRANSLATORS = {
  checkout_session: checkoutSession,
  payment_intent: paymentIntent,
  charge,
  refund,
  dispute,
  invoice,
  invoice_payment: invoicePayment,
  subscription,
  customer,
  price,
} satisfies { [Kind in Fact["kind"]]: Translator<Kind> };

/**
 * Turns a Stripe event into facts: by the shape of its object, whatever its API version, and
 * without clock, network or database. An event that says nothing about access gives none.
 */
export function translate(event: unknown): Fact[] {
  return objectsOf(event).flatMap(({ kind, id, object, type, former }) =>
    TRANSLATORS[kind](id, object, type, former) ?? []
  );
}

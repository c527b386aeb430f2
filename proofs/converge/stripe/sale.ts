import { at } from "./clock.ts";
import { event, type Fields, object, type Over, type StripeEvent } from "./event.ts";
import { emailRef, ref, userRef } from "./ids.ts";

/** Options of a one-time purchase. */
export interface SaleOptions {
  /** Who buys. Default ada. */
  user?: string;
  /** `metadata.module_id`; null: only the prices identify the sale. Default alpha. */
  module?: string | null;
  /** In cents. Default 1000. */
  amount?: number;
  /** True if nothing had to be paid, so that there is no payment intent. */
  free?: boolean;
  /** Whether the payment intent bears the session's metadata too. Default false. */
  tagged?: boolean;
  /** Whether the session names the user. Default true. */
  named?: boolean;
  /** The buyer in its metadata, if it is not the user. */
  metadata?: Fields;
  /** The user whose address the buyer gave. Default none. */
  email?: string | null;
  /** The day on which session and payment were made. Default 0. */
  created?: number;
}

/** A one-time purchase: session, payment intent, charge, refunds and disputes, linked by id. */
export function sale(name = "1", options: SaleOptions = {}) {
  const { user = "ada", module = "alpha", amount = 1000, free = false, named = true } = options;
  const { email = null, created = 0 } = options;
  const customer_details = email === null ? null : { email: emailRef(email) };
  const payment = free ? null : ref("pi", name);
  const charge = free ? null : ref("ch", name);
  const customer = ref("cus", user);
  const metadata = {
    ...options.metadata ?? (named ? { user_id: userRef(user) } : {}),
    ...module === null ? {} : { module_id: module },
  };
  const links = { payment_intent: payment, charge };

  /** Complete and paid by default. */
  function session(what: string, day: number, fields: Fields = {}, over: Over = {}): StripeEvent {
    const paid = { mode: "payment", status: "complete", payment_status: "paid" };
    const refs = { payment_intent: payment, subscription: null, invoice: null, customer };
    const amounts = { amount_total: amount, amount_subtotal: amount, currency: "eur" };
    const sold = { ...amounts, metadata, customer_details, created: at(created) };
    const words = { ...paid, ...refs, ...sold, ...fields };
    const id = ref("cs", name);
    return event(`checkout.session.${what}`, day, object("checkout.session", id, words), over);
  }

  function paymentIntent(what: string, day: number, fields: Fields = {}): StripeEvent {
    const status = what === "succeeded" || what === "canceled" ? what : "processing";
    const amount_received = what === "succeeded" ? amount : 0;
    const tags = options.tagged === true ? { metadata } : {};
    const refs = { customer, latest_charge: charge, created: at(created) };
    const words = { status, amount, amount_received, ...refs, ...tags };
    const said = object("payment_intent", ref("pi", name), { ...words, ...fields });
    return event(`payment_intent.${what}`, day, said);
  }

  /** Captured in full; `amount_refunded` as given. */
  function chargeEvent(what: string, day: number, amount_refunded = 0): StripeEvent {
    const flags = { status: "succeeded", paid: true, captured: true };
    const amounts = { amount, amount_captured: amount, amount_refunded };
    const words = { ...flags, ...amounts, refunded: amount_refunded >= amount, customer };
    const said = object("charge", ref("ch", name), { ...words, payment_intent: payment });
    return event(`charge.${what}`, day, said);
  }

  /** A full, succeeded refund by default. */
  function refund(which: string, what: string, day: number, fields: Fields = {}): StripeEvent {
    const words = { status: "succeeded", amount, ...links, ...fields };
    return event(`refund.${what}`, day, object("refund", ref("re", name + which), words));
  }

  function dispute(what: string, day: number, status: string, over: Over = {}): StripeEvent {
    const words = { status, amount, ...links };
    return event(`charge.dispute.${what}`, day, object("dispute", ref("dp", name), words), over);
  }

  return { session, payment: paymentIntent, charge: chargeEvent, refund, dispute };
}

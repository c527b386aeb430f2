import { at } from "./clock.ts";
import { event, type Fields, object, type Over, type StripeEvent } from "./event.ts";
import { ref, userRef } from "./ids.ts";

/** Options of a charge. */
export interface LegacyChargeOptions {
  /** The user of the Stripe customer. Its metadata names the same user. Default ada. */
  user?: string;
  /** `metadata.module_id`. Default alpha. */
  module?: string | null;
  /** In cents. Default 1000. */
  amount?: number;
  /** The buyer in its metadata, if it is not the user. */
  metadata?: Fields;
  /** The day it was made. Default 0. */
  created?: number;
}

/** A charge of the old Charges API: no payment intent, no invoice, only its own metadata. */
export function legacyCharge(name = "1", options: LegacyChargeOptions = {}) {
  const { user = "ada", module = "alpha", amount = 1000, created = 0 } = options;
  const id = ref("ch", name);
  const metadata = {
    ...options.metadata ?? { user_id: userRef(user) },
    ...module === null ? {} : { module_id: module },
  };

  /** Fully captured by default. */
  function charge(what: string, day: number, fields: Fields = {}): StripeEvent {
    const flags = { status: "succeeded", paid: true, captured: true };
    const amounts = { amount, amount_captured: amount, amount_refunded: 0 };
    const links = { payment_intent: null, customer: ref("cus", user), created: at(created) };
    const said = object("charge", id, { ...flags, ...amounts, ...links, metadata, ...fields });
    return event(`charge.${what}`, day, said);
  }

  function refund(what: string, day: number, fields: Fields = {}): StripeEvent {
    const words = { status: "succeeded", amount, payment_intent: null, charge: id, ...fields };
    return event(`refund.${what}`, day, object("refund", ref("re", name), words));
  }

  function dispute(what: string, day: number, status: string, over: Over = {}): StripeEvent {
    const words = { status, amount, payment_intent: null, charge: id };
    return event(`charge.dispute.${what}`, day, object("dispute", ref("dp", name), words), over);
  }

  return { id, charge, refund, dispute };
}

import { at } from "./clock.ts";
import {
  event,
  type Fields,
  object,
  type Over,
  type Rendering,
  type StripeEvent,
} from "./event.ts";
import { ref } from "./ids.ts";
import { costOf, type Line, lineOf } from "./line.ts";

/** The options of an invoice. */
export interface BillOptions {
  lines: Line[];
  /** The user of the Stripe customer. Default ada. */
  user?: string;
  /** Default none: an invoice of its own. */
  subscription?: string | null;
  /** The day it was made. Default 0. */
  created?: number;
  /** The due date, if it is sent. */
  due?: number;
  /** Default basil. */
  rendering?: Rendering;
  /** Its own metadata. */
  metadata?: Fields;
  /** The metadata of its subscription, frozen when it was finalized. */
  frozen?: Fields;
  /** In cents. Default the sum of its lines. A part may come from the customer's balance. */
  paid?: number;
  /** The sum of the credit notes from before it was paid. */
  credited?: number;
  /** The name of its payment, for a payment that pays several invoices. Default its own name. */
  payment?: string;
  /** The kind of its payment. Old payments are bare charges. */
  payer?: Payer;
}

export type Payer = "payment_intent" | "charge";

/** The share of one payment in an invoice. */
export interface Share {
  /** In cents. Default all that was paid. */
  amount?: number;
  /** Which of several payments; its place in their ids. */
  which?: string;
}

/** An invoice with its payments, refunds and disputes, linked by id. */
export function bill(name: string, options: BillOptions) {
  const { lines, user = "ada", subscription = null, created = 0, rendering = "basil" } = options;
  const { payer = "payment_intent", credited = 0, metadata = {}, frozen = {} } = options;
  const id = ref("in", name);
  const customer = ref("cus", user);
  const total = lines.reduce((sum, line) => sum + costOf(line), 0);
  const received = options.paid ?? Math.max(0, total - credited);
  const paidBy = options.payment ?? name;
  const charge = (which: string) => ref("ch", paidBy + which);
  const payment = (which: string) => payer === "charge" ? null : ref("pi", paidBy + which);
  const isOld = rendering !== "basil";

  /** Its status follows from the type of the event. */
  function invoice(what: string, day: number, fields: Fields = {}, over: Over = {}): StripeEvent {
    const words = { ...invoiceOf(STATUS[what] ?? "open", day), ...fields };
    return event(`invoice.${what}`, day, words, { ...version(rendering), ...over });
  }

  /** A fetch, with this status since that day. */
  function read(day: number, status: string, reached: number): StripeEvent {
    return event("invoice.fetched", day, invoiceOf(status, reached));
  }

  /** The invoice with this status since that day. */
  function invoiceOf(status: string, day: number): Fields {
    const isPaid = status === "paid";
    return object("invoice", id, {
      status,
      customer,
      created: at(created),
      due_date: options.due === undefined ? null : at(options.due),
      amount_due: received,
      amount_paid: isPaid ? received : 0,
      total,
      pre_payment_credit_notes_amount: credited,
      status_transitions: { paid_at: isPaid ? at(day) : null },
      lines: {
        object: "list",
        has_more: false,
        data: lines.map((line) => lineOf(line, subscription, rendering)),
      },
      metadata,
      ...isOld ? oldLinks(isPaid) : {},
      ...rendering === "acacia" ? {} : { parent: parentOf(subscription, frozen) },
    });
  }

  function oldLinks(isPaid: boolean): Fields {
    return {
      subscription,
      subscription_details: subscription === null ? null : { metadata: frozen },
      paid: isPaid,
      payment_intent: received > 0 ? payment("") : null,
      charge: received > 0 && isPaid ? charge("") : null,
    };
  }

  /** Without metadata, because it belongs to an invoice. */
  function paymentIntent(what: string, day: number, share: Share = {}): StripeEvent {
    const { amount = received, which = "" } = share;
    const amount_received = what === "succeeded" ? amount : 0;
    const link = isOld ? { invoice: id } : {};
    const words = { status: what, amount, amount_received, customer, created: at(day), ...link };
    const said = object("payment_intent", ref("pi", paidBy + which), words);
    return event(`payment_intent.${what}`, day, said, version(rendering));
  }

  /** Captured in full; `refunded` as given. */
  function chargeEvent(what: string, day: number, refunded = 0, share: Share = {}): StripeEvent {
    const { amount = received, which = "" } = share;
    const flags = { status: "succeeded", paid: true, captured: true, customer };
    const amounts = { amount, amount_captured: amount, amount_refunded: refunded };
    const links = { payment_intent: payment(which), ...isOld ? { invoice: id } : {} };
    const said = object("charge", charge(which), { ...flags, ...amounts, ...links });
    return event(`charge.${what}`, day, said, version(rendering));
  }

  /** The link from invoice to payment. Since basil no other object has it. */
  function invoicePayment(what: string, day: number, share: Share = {}): StripeEvent {
    const { amount = received, which = "" } = share;
    const paid = payment(which) ?? charge(which);
    return said(what, day, amount, paidBy + which, { type: payer, [payer]: paid });
  }

  /** Money that did not come through Stripe. */
  function paymentRecord(day: number, share: Share = {}): StripeEvent {
    const { amount = received, which = ".record" } = share;
    const paid = { type: "payment_record", payment_record: ref("pr", name + which) };
    return said("paid", day, amount, name + which, paid);
  }

  function said(what: string, day: number, amount: number, which: string, paid: Fields) {
    const status = what === "created" ? "open" : what;
    const amount_paid = status === "paid" ? amount : null;
    const words = { status, amount_requested: amount, amount_paid, invoice: id, payment: paid };
    const inpay = object("invoice_payment", ref("inpay", `${name}.${which}`), words);
    return event(`invoice_payment.${what}`, day, inpay);
  }

  /** All events of its payment. */
  function settled(day: number): StripeEvent[] {
    if (received === 0) return [invoice("paid", day)];
    return [
      invoice("paid", day),
      ...payer === "charge" ? [] : [paymentIntent("succeeded", day)],
      chargeEvent("succeeded", day),
      ...isOld ? [] : [invoicePayment("paid", day)],
    ];
  }

  /** A full, succeeded refund by default. */
  function refund(what: string, day: number, fields: Fields = {}, which = ""): StripeEvent {
    const links = { payment_intent: payment(which), charge: charge(which) };
    const words = { status: "succeeded", amount: received, ...links, ...fields };
    return event(`refund.${what}`, day, object("refund", ref("re", name + which), words));
  }

  function dispute(
    what: string,
    day: number,
    status: string,
    fields: Fields = {},
    over: Over = {},
    which = "",
  ): StripeEvent {
    const links = { payment_intent: payment(which), charge: charge(which) };
    const words = { status, amount: received, ...links, ...fields };
    const said = object("dispute", ref("dp", name + which), words);
    return event(`charge.dispute.${what}`, day, said, over);
  }

  return {
    id,
    total,
    received,
    invoice,
    invoiceOf,
    read,
    payment: paymentIntent,
    charge: chargeEvent,
    invoicePayment,
    paymentRecord,
    settled,
    refund,
    dispute,
  };
}

export type Bill = ReturnType<typeof bill>;

/** The invoice's status by the type of the event; `open` by default. */
const STATUS: Record<string, string> = {
  created: "draft",
  paid: "paid",
  payment_succeeded: "paid",
  voided: "void",
  marked_uncollectible: "uncollectible",
};

function parentOf(subscription: string | null, metadata: Fields): Fields | null {
  if (subscription === null) return null;
  return { type: "subscription_details", subscription_details: { subscription, metadata } };
}

function version(rendering: Rendering): Over {
  return rendering === "basil" ? {} : { api_version: "2025-02-24.acacia" };
}

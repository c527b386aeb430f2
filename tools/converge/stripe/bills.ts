/** The bills of a subscription: invoices, their payments, refunds and disputes, period by period. */

import {
  event,
  type Fields,
  object,
  type Over,
  type Rendering,
  type StripeEvent,
} from "./event.ts";
import { ref } from "./ids.ts";
import type { Terms } from "./plan.ts";

/** In cents. */
const AMOUNT = 1000;

/** What pays an invoice; old payments are bare charges. */
type Payer = "payment_intent" | "charge";

/** `n` is the period, and counts from one. */
export function bills(terms: Terms) {
  const { name, customer, invoiceId } = terms;
  const payment = (n: number) => ref("pi", `${name}.${n}`);

  /** It is paid where the type of the event says so. */
  function invoice(what: string, day: number, n = 1, fields: Fields = {}): StripeEvent {
    return event(`invoice.${what}`, day, invoiceOf(n, what, "basil", fields));
  }

  /** `acacia` names subscription and payment itself; `basil` leaves the payment to a third object. */
  function invoiceOf(n: number, what: string, rendering: Rendering, fields: Fields = {}): Fields {
    const status = { paid: "paid", payment_succeeded: "paid", voided: "void" }[what] ?? "open";
    const links = rendering === "acacia"
      ? { subscription: terms.id, payment_intent: payment(n), paid: status === "paid" }
      : {
        parent: { type: "subscription_details", subscription_details: { subscription: terms.id } },
      };
    return object("invoice", invoiceId(n), {
      status,
      customer,
      created: terms.period(n).start,
      amount_due: AMOUNT,
      amount_paid: status === "paid" ? AMOUNT : 0,
      lines: { object: "list", has_more: false, data: [line(terms, n, rendering)] },
      ...links,
      ...fields,
    });
  }

  /** The link from invoice to payment; since basil nothing else has it. */
  function invoicePayment(day: number, n = 1, payer: Payer = "payment_intent"): StripeEvent {
    const paid = payer === "charge" ? ref("ch", `${name}.${n}`) : payment(n);
    const links = { invoice: invoiceId(n), payment: { type: payer, [payer]: paid } };
    const words = { status: "paid", amount_paid: AMOUNT, ...links };
    const id = ref("inpay", `${name}.${n}`);
    return event("invoice_payment.paid", day, object("invoice_payment", id, words));
  }

  /** Bears no metadata: it belongs to an invoice. */
  function paymentIntent(what: string, day: number, n = 1): StripeEvent {
    const words = { status: what, amount: AMOUNT, amount_received: AMOUNT, customer };
    return event(`payment_intent.${what}`, day, object("payment_intent", payment(n), words));
  }

  function refund(what: string, day: number, n = 1, fields: Fields = {}): StripeEvent {
    const words = { status: "succeeded", amount: AMOUNT, payment_intent: payment(n), charge: null };
    const said = object("refund", ref("re", `${name}.${n}`), { ...words, ...fields });
    return event(`refund.${what}`, day, said);
  }

  function dispute(what: string, day: number, status: string, n = 1, over: Over = {}): StripeEvent {
    const words = { status, amount: AMOUNT, payment_intent: payment(n), charge: null };
    const said = object("dispute", ref("dp", `${name}.${n}`), words);
    return event(`charge.dispute.${what}`, day, said, over);
  }

  return { invoice, invoiceOf, invoicePayment, payment: paymentIntent, refund, dispute };
}

function line({ price, period }: Terms, n: number, rendering: Rendering): Fields {
  const terms = rendering === "acacia"
    ? { price: { id: price, object: "price" }, proration: false }
    : { pricing: { type: "price_details", price_details: { price } } };
  return { object: "line_item", period: period(n), ...terms };
}

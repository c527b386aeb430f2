/** The bills of a subscription, period by period. */

import { type Bill, bill, type BillOptions, type Payer } from "./bill.ts";
import type { Fields, Over, StripeEvent } from "./event.ts";
import { period } from "./line.ts";
import type { Terms } from "./terms.ts";

/** `n` is the period, from one. A bill that is for no period has a name of its own. */
export function bills(terms: Terms) {
  /** The default bill charges the item for its period. */
  function billOf(which: number | string, options: Partial<BillOptions> = {}): Bill {
    const n = typeof which === "number" ? which : 1;
    const { from, to } = terms.period(n);
    return bill(`${terms.name}.${which}`, {
      lines: [period(terms.price, from, to, { item: terms.itemId() })],
      user: terms.user,
      subscription: terms.id,
      created: from,
      frozen: terms.metadata,
      rendering: terms.rendering,
      ...options,
    });
  }

  return {
    bill: billOf,
    invoice: (what: string, day: number, n = 1, fields: Fields = {}): StripeEvent =>
      billOf(n).invoice(what, day, fields),
    invoicePayment: (day: number, n = 1, payer: Payer = "payment_intent"): StripeEvent =>
      billOf(n, { payer }).invoicePayment("paid", day),
    payment: (what: string, day: number, n = 1): StripeEvent => billOf(n).payment(what, day),
    refund: (what: string, day: number, n = 1, fields: Fields = {}): StripeEvent =>
      billOf(n).refund(what, day, fields),
    dispute: (what: string, day: number, status: string, n = 1, over: Over = {}): StripeEvent =>
      billOf(n).dispute(what, day, status, {}, over),
  };
}

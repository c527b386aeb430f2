/** How a new fact of an object is merged with earlier facts. */

import type { Mutant } from "../mutant.ts";

export const FACTS: readonly Mutant[] = [
  {
    name: "refund: the lowest status instead of the highest",
    scenario: 14,
    chapter: "refunds",
    text: "max(status), max(amount)",
    instead: "min(status), max(amount)",
  },
  {
    name: "the charge's smallest refunded amount counts, not the largest",
    scenario: 52,
    chapter: "charges",
    text: "max(amount_captured), max(amount_refunded)",
    instead: "max(amount_captured), min(amount_refunded)",
  },
  {
    name: "a session that needs no payment is not paid",
    scenario: 3,
    chapter: "checkout_sessions",
    text: "case when payment_status > 'unpaid' then said_at end",
    instead: "case when payment_status > 'no_payment_required' then said_at end",
  },
  {
    name: "the last metadata counts, not the first",
    scenario: 55,
    chapter: "checkout_sessions",
    text: "(array_agg(user_ref order by user_ref_at, user_ref))[1]",
    instead: "(array_agg(user_ref order by user_ref_at desc, user_ref))[1]",
  },
  {
    name: "payment intent: the lowest status instead of the highest",
    scenario: 58,
    chapter: "payment_intents",
    text: "max(status), max(amount_received)",
    instead: "min(status), max(amount_received)",
  },
  {
    name: "invoice: the lowest status instead of the highest",
    scenario: 47,
    chapter: "merge_invoices",
    text: "max(status) as status",
    instead: "min(status) as status",
  },
  {
    name: "invoice payment: the lowest status instead of the highest",
    scenario: 145,
    chapter: "invoice_payments",
    text: "max(status), max(amount_paid)",
    instead: "min(status), max(amount_paid)",
  },
  {
    name: "a price recurs only if every event says so",
    scenario: 208,
    chapter: "prices",
    text:
      "do update set is_recurring = true\n      where excluded.is_recurring and not held.is_recurring",
    instead: "do nothing",
  },
];

/** One-time purchases: which lines and objects sell, and what metadata names. */

import type { Mutant } from "../mutant.ts";

export const SALES: readonly Mutant[] = [
  {
    name: "only the session's own status makes it paid",
    scenario: 10,
    chapter: "purchases",
    text: "least(session.paid_at, payment.paid_at) as paid_at",
    instead: "session.paid_at as paid_at",
  },
  {
    name: "the term runs from the last event of the payment",
    scenario: 57,
    chapter: "purchases",
    text: "least(session.paid_at, payment.paid_at)",
    instead: "greatest(session.paid_at, payment.paid_at)",
  },
  {
    name: "an invoice of a subscription sells nothing beside it",
    scenario: 95,
    chapter: "purchases",
    text: "sale.price_ids is not null\n",
    instead: "sale.price_ids is not null and invoice.subscription_id is null\n",
  },
  {
    name: "a session in subscription mode sells no one-time price",
    scenario: 96,
    chapter: "purchases",
    text: "where session.mode = 'subscription' and session.payment_status = 'paid'",
    instead: "where false",
  },
  {
    name: "a session that needed no payment pays one-time prices",
    scenario: 112,
    chapter: "purchases",
    text: "where session.mode = 'subscription' and session.payment_status = 'paid'",
    instead: "where session.mode = 'subscription' and session.payment_status <> 'unpaid'",
  },
  {
    name: "a session and its invoice sell the same line twice",
    scenario: 228,
    chapter: "purchases",
    text: "where session.invoice_id = invoice.id and session.mode = 'payment'",
    instead: "where false",
  },
  {
    name: "an invoice that credit notes paid sells",
    scenario: 107,
    chapter: "purchases",
    text: "coalesce(invoice.total > 0 and invoice.amount_credited >= invoice.total, false)",
    instead: "false",
  },
  {
    name: "an invoice that the customer's balance paid sells nothing",
    scenario: 108,
    chapter: "purchases",
    text: "coalesce(invoice.total > 0 and invoice.amount_credited >= invoice.total, false)",
    instead: "true",
  },
  {
    name: "metadata sells on an invoice of a subscription too",
    scenario: 193,
    chapter: "purchases",
    text:
      "case when invoice.subscription_id is null then coalesce(payment.module_ref, invoice.module_ref) end",
    instead: "coalesce(payment.module_ref, invoice.module_ref)",
  },
  {
    name: "a credit sells",
    scenario: 104,
    chapter: "invoice_lines",
    text: "line.stands_alone and not",
    instead:
      "(line.stands_alone or line.kind = 'invoice_item' and line.is_credit and not line.is_proration) and not",
  },
  {
    name: "a proration sells",
    scenario: 106,
    chapter: "invoice_lines",
    text: "line.stands_alone and not",
    instead:
      "(line.stands_alone or line.kind = 'invoice_item' and line.is_proration and not line.is_credit) and not",
  },
  {
    name: "a recurring price sells once on an invoice",
    scenario: 219,
    chapter: "invoice_lines",
    text: "line.stands_alone and not coalesce(price.is_recurring, false)",
    instead: "line.stands_alone",
  },
  {
    name: "a recurring price sells once in a session",
    scenario: 194,
    chapter: "purchase_grants",
    text: "and price.is_recurring",
    instead: "and false",
  },
  {
    name: "a price sells only after an event said that it does not recur",
    scenario: 110,
    chapter: "invoice_lines",
    text: "not coalesce(price.is_recurring, false)",
    instead: "not coalesce(price.is_recurring, true)",
  },
  {
    name: "metadata names nothing beside a list",
    scenario: 117,
    chapter: "sold_modules",
    text:
      "or exists (select from unnest(price_ids) as price (id) where sesame.is_unmapped(price.id))",
    instead: "",
  },
  {
    name: "metadata names a module beside any list",
    scenario: 118,
    chapter: "sold_modules",
    text: "coalesce(cardinality(price_ids), 0) = 0",
    instead: "true",
  },
  {
    name: "a price marked as opening nothing counts as unmapped",
    scenario: 118,
    chapter: "sold_modules",
    text:
      "and not exists (select from sesame.extra_prices as extra where extra.stripe_price_id = price_id)",
    instead: "",
  },
  {
    name: "metadata opens without end what a price opens for a time",
    scenario: 225,
    chapter: "sold_modules",
    text: "where offer.module_id = module.id and offer.stripe_price_id = any (price_ids)",
    instead: "where false",
  },
  {
    name: "no charge is a payment of its own",
    scenario: 148,
    chapter: "purchases",
    text: "where charge.amount_captured > 0 and coalesce(charge.module_ref, '') <> ''",
    instead: "where false",
  },
  {
    name: "a charge that is not captured sells",
    scenario: 149,
    chapter: "purchases",
    text: "where charge.amount_captured > 0 and coalesce(charge.module_ref, '') <> ''",
    instead: "where coalesce(charge.module_ref, '') <> ''",
  },
];

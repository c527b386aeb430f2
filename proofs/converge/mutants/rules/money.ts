/** How much was received and how much was given back. */

import type { Mutant } from "../mutant.ts";

export const MONEY: readonly Mutant[] = [
  {
    name: "a failed refund still counts",
    scenario: 14,
    chapter: "returned_money",
    text: " filter (where status < 'canceled')",
    instead: "",
  },
  {
    name: "a failed refund does not explain the charge's refunded amount",
    scenario: 14,
    chapter: "returned_money",
    text: "greatest(0, charge.refunded - refund.known)",
    instead: "greatest(0, charge.refunded - refund.standing)",
  },
  {
    name: "any refund closes",
    scenario: 11,
    chapter: "returned_money",
    text: "returned::numeric * 100 >= received::numeric * from_percent",
    instead: "returned > 0",
  },
  {
    name: "a dispute that was won still closes",
    scenario: 15,
    chapter: "returned_money",
    text: "when known.status = 'won' then false",
    instead: "when known.status = 'won' then true",
  },
  {
    name: "payment records are ignored",
    scenario: 184,
    chapter: "block_of_payments",
    text: "where part.invoice_id = of_invoice and part.status = 'paid'\n         and (part.account",
    instead:
      "where part.invoice_id = of_invoice and part.status = 'paid'\n         and (part.payment_intent_id is not null or part.charge_id is not null) and (part.account",
  },
  {
    name: "only the shares of the payments count as received",
    scenario: 74,
    chapter: "block_of_payments",
    text: "(select invoice.amount_paid from sesame.invoices as invoice\n",
    instead: "(select 0::bigint from sesame.invoices as invoice\n",
  },
  {
    name: "a canceled payment still links to its invoice",
    scenario: 145,
    chapter: "paid_invoices",
    text:
      "having count(*) filter (where named.status = 'canceled') = 0\n      or count(*) filter (where named.status <> 'canceled') > 0;",
    instead: ";",
  },
  {
    name: "a partial refund is taken off every invoice of its payment",
    scenario: 151,
    chapter: "paid_invoices",
    text: "then greatest(0, greatest(received, sum(paid.amount_paid)) - share)",
    instead: "then 0",
  },
  {
    name: "the share of each invoice is the whole payment",
    scenario: 151,
    chapter: "block_of_payments",
    text: "coalesce(part.share, back.received, asked) as share",
    instead: "coalesce(back.received, part.share, asked) as share",
  },
  {
    name: "a partial dispute closes everything that its payment paid",
    scenario: 152,
    chapter: "block_of_payments",
    text:
      "disputed is not null and (elsewhere = 0 or returned + disputed > elsewhere) as is_disputed",
    instead: "disputed is not null as is_disputed",
  },
  {
    name: "the invoice does not name its payment",
    scenario: 226,
    chapter: "paid_invoices",
    text: "select invoice.payment_intent_id, invoice.charge_id, null, null",
    instead: "select null::text, null::text, null::sesame.invoice_payment_status, null::bigint",
  },
  {
    name: "a payment intent does not name its invoice",
    scenario: 198,
    chapter: "paid_invoices",
    text: "where payment.invoice_id = of_invoice and",
    instead: "where false and",
  },
  {
    name: "a charge does not name its invoice",
    scenario: 199,
    chapter: "paid_invoices",
    text: "where charge.invoice_id = of_invoice and",
    instead: "where false and",
  },
  {
    name: "a charge that has a payment intent is a payment of its own",
    scenario: 200,
    chapter: "paid_invoices",
    text: "coalesce(said.payment_intent_id, charge.payment_intent_id, said.charge_id) as id",
    instead: "coalesce(said.payment_intent_id, said.charge_id) as id",
  },
];

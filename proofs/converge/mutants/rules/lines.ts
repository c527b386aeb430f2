/** Lists of lines: which list of an invoice or a session counts, and what its lines are. */

import type { Mutant } from "../mutant.ts";

export const LINES: readonly Mutant[] = [
  {
    name: "a list of lines that is not complete counts",
    scenario: 93,
    chapter: "invoice_lines",
    text: "where invoice.lines_complete",
    instead: "where true",
  },
  {
    name: "of two lists of lines the older one counts",
    scenario: 185,
    chapter: "merge_invoices",
    text: "lines_at desc, lines_status desc",
    instead: "lines_at asc, lines_status desc",
  },
  {
    name: "a longer list of lines stays although a shorter one replaces it",
    scenario: 94,
    chapter: "merge_invoices",
    text: "line.position > jsonb_array_length(merged.new_lines)",
    instead: "false",
  },
  {
    name: "no list is final, not even the list of a finalized invoice",
    scenario: 186,
    chapter: "merge_invoices",
    text: "order by lines_complete and lines_status <> 'draft' desc, lines_at desc",
    instead: "order by lines_at desc",
  },
  {
    name: "credits count as charges",
    scenario: 92,
    chapter: "invoice_lines",
    text: "as cost, line.is_credit,",
    instead: "as cost, false as is_credit,",
  },
  {
    name: "a line of a negative quantity is a sale",
    scenario: 105,
    chapter: "invoice_lines",
    text: "line.stands_alone and not coalesce(price.is_recurring, false) as is_sale",
    instead:
      "(line.stands_alone or line.kind = 'invoice_item' and line.quantity < 0)\n    and not coalesce(price.is_recurring, false) as is_sale",
  },
  {
    name: "of two lists of a session the older one counts",
    scenario: 114,
    chapter: "checkout_sessions",
    text: "order by price_ids_at desc nulls last",
    instead: "order by price_ids_at asc nulls last",
  },
  {
    name: "the list of a completed session does not beat that of an open one",
    scenario: 115,
    chapter: "checkout_sessions",
    text: "price_ids_are_final desc, price_ids_are_fetched desc\n    ) = 1",
    instead: "price_ids_are_fetched desc\n    ) = 1",
  },
  {
    name: "the list that was fetched does not beat that of an event",
    scenario: 115,
    chapter: "checkout_sessions",
    text: "price_ids_are_final desc, price_ids_are_fetched desc\n    ) = 1",
    instead: "price_ids_are_final desc\n    ) = 1",
  },
  {
    name: "tied lists of a session are not united",
    scenario: 224,
    chapter: "checkout_sessions",
    text: "from jsonb_array_elements(price_lists) as list order by 1",
    instead: "from (select price_lists -> 0 as list) as first order by 1",
  },
];

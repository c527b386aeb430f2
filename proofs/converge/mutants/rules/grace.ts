/** The grace of a subscription that is past due: it starts once. */

import type { Mutant } from "../mutant.ts";

export const GRACE: readonly Mutant[] = [
  {
    name: "the grace runs from the start of the present period",
    scenario: 119,
    chapter: "unpaid_since",
    text: "coalesce(owed.since, item.period_start)",
    instead: "item.period_start",
  },
  {
    name: "the grace starts with the owed period, although later time is paid",
    scenario: 125,
    chapter: "unpaid_since",
    text: "min(greatest(scope.paid_until, coalesce(owed.since, item.period_start)))",
    instead: "min(coalesce(owed.since, item.period_start))",
  },
  {
    name: "only lines at prices of the module count, not those of the item",
    scenario: 127,
    chapter: "unpaid_since",
    text: "cross join lateral (values (true, paid.at_module), (false, paid.of_item)) as scope",
    instead: "cross join lateral (values (true, paid.at_module)) as scope",
  },
  {
    name: "only lines of the item count, not those at prices of the module",
    scenario: 124,
    chapter: "unpaid_since",
    text: "cross join lateral (values (true, paid.at_module), (false, paid.of_item)) as scope",
    instead: "cross join lateral (values (false, paid.of_item)) as scope",
  },
  {
    name: "an invoice is owed from its period and not from its due date",
    scenario: 123,
    chapter: "invoice_lines",
    text: "coalesce(invoice.due_at, case",
    instead: "coalesce(case",
  },
  {
    name: "usage is owed from the start of its period",
    scenario: 190,
    chapter: "invoice_lines",
    text: "case when line.period_end <= invoice.created_at then invoice.created_at end, ",
    instead: "",
  },
  {
    name: "time that a later credit took back stays paid",
    scenario: 128,
    chapter: "unpaid_since",
    text: "max(least(line.period_end, credited.since)) as until",
    instead: "max(line.period_end) as until",
  },
  {
    name: "a credit takes back time that its invoice charges again",
    scenario: 191,
    chapter: "unpaid_since",
    text:
      "and coalesce(line.subscription_item_id <> all (credit.charged_item_ids), credit.charged_item_ids is null)",
    instead: "",
  },
  {
    name: "a void invoice is owed",
    scenario: 121,
    chapter: "unpaid_since",
    text: "where line.status in ('draft', 'open', 'uncollectible')\n        and (line.is_at_module",
    instead: "where line.status <> 'paid'\n        and (line.is_at_module",
  },
  {
    name: "an uncollectible invoice is no longer owed",
    scenario: 189,
    chapter: "unpaid_since",
    text: "where line.status in ('draft', 'open', 'uncollectible')\n        and (line.is_at_module",
    instead: "where line.status in ('draft', 'open')\n        and (line.is_at_module",
  },
  {
    name: "a draft is not owed yet",
    scenario: 185,
    chapter: "unpaid_since",
    text: "where line.status in ('draft', 'open', 'uncollectible')\n        and (line.is_at_module",
    instead: "where line.status in ('open', 'uncollectible')\n        and (line.is_at_module",
  },
  {
    name: "refunded time counts as paid",
    scenario: 129,
    chapter: "unpaid_since",
    text: "if v_block is null or v_block = 'refunded' and v_bill.is_gift then",
    instead: "if true then",
  },
  {
    name: "paid time counts as owed",
    scenario: 192,
    chapter: "unpaid_since",
    text: "and coalesce(line.period_end > scope.paid_until, scope.paid_until is null)",
    instead: "",
  },
];

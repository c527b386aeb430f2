/** Which lines paid for a period, and which of them were given back. */

import type { Mutant } from "../mutant.ts";

export const PERIODS: readonly Mutant[] = [
  {
    name: "an incomplete subscription opens",
    scenario: 179,
    chapter: "subscription_grants",
    text: "when 'incomplete' then 'pending_payment'",
    instead: "when 'incomplete' then 'subscription'",
  },
  {
    name: "any invoice of the subscription counts, whatever its period",
    scenario: 220,
    chapter: "paid_periods",
    text:
      "and billed_lines.period_end > item.period_start and billed_lines.period_start < item.period_end",
    instead: "",
  },
  {
    name: "another price of the same item never pays for a period",
    scenario: 182,
    chapter: "paid_periods",
    text: "when line.subscription_item_id = item.id then 2",
    instead: "when false then 2",
  },
  {
    name: "a removed item never pays for the item in its place",
    scenario: 183,
    chapter: "paid_periods",
    text: "when line.is_of_no_item and exists (",
    instead: "when false and exists (",
  },
  {
    name: "a removed item pays for the item in its place, even for another module",
    scenario: 183,
    chapter: "paid_periods",
    text: "(offer.stripe_price_id, offer.module_id) = (line.price_id, of_module)",
    instead: "offer.stripe_price_id = line.price_id",
  },
  {
    name: "the lines of other items count too",
    scenario: 94,
    chapter: "paid_periods",
    text: "when line.subscription_item_id = item.id then 2",
    instead: "when true then 2",
  },
  {
    name: "a line that names no item belongs to no item",
    scenario: 85,
    chapter: "paid_periods",
    text: "(item.present_ids), true) as is_of_no_item",
    instead: "(item.present_ids), false) as is_of_no_item",
  },
  {
    name: "an older price of the item counts beside the present one",
    scenario: 80,
    chapter: "paid_periods",
    text: "where counted.nearness = (select min(nearest.nearness) from counted as nearest)",
    instead: "where counted.nearness is not null",
  },
  {
    name: "sales pay for periods",
    scenario: 187,
    chapter: "paid_periods",
    text: "not line.is_credit and not line.is_sale",
    instead: "not line.is_credit",
  },
  {
    name: "credits pay for periods",
    scenario: 229,
    chapter: "paid_periods",
    text: "not line.is_credit and not line.is_sale",
    instead: "not line.is_sale",
  },
  {
    name: "a refund closes gifts",
    scenario: 90,
    chapter: "paid_periods",
    text: "if v_invoice.is_gift and v_block = 'refunded' then",
    instead: "if false then",
  },
  {
    name: "no dispute closes gifts",
    scenario: 91,
    chapter: "paid_periods",
    text: "if v_invoice.is_gift and v_block = 'refunded' then",
    instead: "if v_invoice.is_gift then",
  },
  {
    name: "no invoice that is kept keeps a period open",
    scenario: 86,
    chapter: "paid_periods",
    text: "paid_until := greatest(paid_until, v_invoice.reaches_to);",
    instead: "",
  },
  {
    name: "an older invoice decides, not the newest",
    scenario: 88,
    chapter: "paid_periods",
    text: "order by counted.created_at desc, counted.invoice_id desc",
    instead: "order by counted.created_at, counted.invoice_id",
  },
  {
    name: "an invoice that credits paid is never given back",
    scenario: 92,
    chapter: "block_of_invoice",
    text:
      "return sesame.add_blocks_of_credits(blocks, of_invoice, of_account, of_livemode, of_subscription);",
    instead: "return blocks;",
  },
  {
    name: "one refunded older invoice is enough to close an invoice that credits paid",
    scenario: 188,
    chapter: "block_of_invoice",
    text: "when count(blocks ->> older.id) = count(*) then",
    instead: "when true then",
  },
];

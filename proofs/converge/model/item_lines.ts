/** 5.2 (a), (b): the invoice lines that belong to an item. */

import type { InvoiceLine } from "../../../supabase/functions/_shared/facts/invoice.ts";
import type { SubscriptionItem } from "../../../supabase/functions/_shared/facts/subscription.ts";
import { isMappedTo } from "./catalogue.ts";
import { blockOf } from "./given_back.ts";
import type { Known } from "./known.ts";
import { costOf, isCredit, isSale, overlaps } from "./lines.ts";
import type { Block } from "./money.ts";
import type { Invoice, Subscription } from "./objects.ts";

/** A module that an item of a subscription opens. */
export interface Opening {
  subscription: Subscription;
  item: SubscriptionItem;
  module: string;
  /** Only metadata names the module, because the item's price is not mapped. */
  isByMetadata: boolean;
}

/** A line with its invoice. */
export interface Entry {
  invoice: Invoice;
  line: InvoiceLine;
}

/** All lines of a subscription that charge for a time: no credits, no sales. */
export function chargesOf(known: Known, { subscription }: Opening): Entry[] {
  return [...known.invoices.values()].flatMap((invoice) =>
    (invoice.lines ?? []).filter((line) =>
      line.subscription_id === subscription.id && !isCredit(line) && !isSale(line, known.recurs)
    ).map((line) => ({ invoice, line }))
  );
}

/** The lines that paid for the item's current period: the first of three lists that is not empty. */
export function linesOfPeriod(known: Known, opening: Opening): Entry[] {
  const { item, module } = opening;
  const period = { start: item.current_period_start, end: item.current_period_end };
  const paid = chargesOf(known, opening)
    .filter(({ invoice, line }) => invoice.status === "paid" && overlaps(line, period));

  const atItsPrice = paid.filter(({ line }) =>
    line.price_id === item.price_id && (isOfItem(opening, line) || isOfNoItem(opening, line))
  );
  const atAnyPrice = paid.filter(({ line }) => isOfItem(opening, line));
  const atTheModule = paid.filter(({ line }) =>
    isOfNoItem(opening, line) && isMappedTo(known.catalogue, line.price_id, module)
  );
  return [atItsPrice, atAnyPrice, atTheModule].find((entries) => entries.length > 0) ?? [];
}

export function isOfItem({ item }: Opening, line: InvoiceLine): boolean {
  return line.subscription_item_id !== null && line.subscription_item_id === item.id;
}

/** The line names no item, or an item that the subscription no longer has. */
export function isOfNoItem({ subscription }: Opening, line: InvoiceLine): boolean {
  const present = subscription.snapshot.items.map(({ id }) => id);
  return line.subscription_item_id === null || !present.includes(line.subscription_item_id);
}

/**
 * Why these lines of one invoice no longer count. A line without cost was a gift: a refund of the
 * invoice leaves it, a dispute closes it.
 */
export function blockOfLines(
  known: Known,
  { subscription }: Opening,
  invoice: Invoice,
  lines: InvoiceLine[],
): Block {
  if (!known.settings.refunded_period_closes) return null;
  const block = blockOf(known, invoice, subscription.id);
  return block === "refunded" && lines.every((line) => costOf(line) === 0) ? null : block;
}

/** 5.1: the lines of an invoice, and what kind of line each is. */

import type { InvoiceLine } from "../../../supabase/functions/_shared/facts/invoice.ts";
import { INVOICE_RANKS } from "./ranks.ts";
import type { ReportedFact } from "./history.ts";

/** The snapshot of an invoice that has the lines that count. */
export type LineList = ReportedFact<"invoice">;

/** One list of all snapshots counts as a whole. A line that was removed from a draft does not count. */
export function chosenList(snapshots: LineList[]): LineList {
  return snapshots.toSorted((one, other) =>
    Number(isFrozen(other)) - Number(isFrozen(one)) ||
    other.stamp - one.stamp ||
    INVOICE_RANKS.indexOf(other.status) - INVOICE_RANKS.indexOf(one.status) ||
    Number(other.lines_complete) - Number(one.lines_complete) ||
    Number(other.isFetch) - Number(one.isFetch) ||
    (JSON.stringify(one.lines) < JSON.stringify(other.lines) ? 1 : -1)
  )[0] as LineList;
}

/** The lines of a finalized invoice no longer change, so a complete list beats a partial one. */
function isFrozen({ lines_complete, status }: LineList): boolean {
  return lines_complete && status !== "draft";
}

export function isCredit({ amount, quantity }: InvoiceLine): boolean {
  return amount < 0 || quantity !== null && quantity < 0;
}

/** The amount after discounts; 0: a gift (5.2 c). */
export function costOf({ amount, discount_amount }: InvoiceLine): number {
  return amount - discount_amount;
}

/** 5.4: a one-time line is a sale. `recurs` says which prices are known to recur. */
export function isSale(line: InvoiceLine, recurs: ReadonlyMap<string, boolean>): boolean {
  const { kind, subscription_item_id, is_proration, price_id } = line;
  const standsAlone = kind === "invoice_item" && subscription_item_id === null && !is_proration;
  return standsAlone && !isCredit(line) && price_id !== null && recurs.get(price_id) !== true;
}

interface Span {
  start: number | null;
  end: number | null;
}

/** An unknown period overlaps nothing. */
export function overlaps({ period_start, period_end }: InvoiceLine, { start, end }: Span): boolean {
  if (period_start === null || period_end === null || start === null || end === null) return false;
  return period_start < end && period_end > start;
}

/** The same price, and the same item if both name one. */
export function isAlike(one: InvoiceLine, other: InvoiceLine): boolean {
  const [item, otherItem] = [one.subscription_item_id, other.subscription_item_id];
  const isSameItem = item === null || otherItem === null || item === otherItem;
  return one.price_id !== null && one.price_id === other.price_id && isSameItem;
}

export function spanOf({ period_start, period_end }: InvoiceLine): Span {
  return { start: period_start, end: period_end };
}

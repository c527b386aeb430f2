/** The lines of an invoice, in the formats of the API before and since basil. */

import { at } from "./clock.ts";
import type { Fields, Rendering } from "./event.ts";
import { isRecurring, priceOf } from "./prices.ts";

/** One line of an invoice. */
export interface Line {
  price: string | null;
  /** The days on which its period begins and ends. */
  from: number;
  to: number;
  /** In cents, before discounts. Default 1000; negative: a credit. */
  amount?: number;
  /** The sum of its discounts. Default 0. */
  off?: number;
  /** Default 1; negative: a credit too. */
  quantity?: number;
  /** The subscription item it belongs to; null: it does not say. Default null. */
  item?: string | null;
  /** Whether it is an invoice item, as one-time prices and prorations are. */
  isAdded?: boolean;
  isProration?: boolean;
  /** Its own subscription. Default the invoice's. */
  subscription?: string | null;
}

/** A period of an item. */
export function period(price: string, from: number, to: number, more: Partial<Line> = {}): Line {
  return { price, from, to, ...more };
}

/** A part of a period, charged for a change in mid-cycle. Whether it names its item depends. */
export function proration(price: string, from: number, to: number, more: Partial<Line> = {}): Line {
  return { price, from, to, isProration: true, ...more };
}

/** The credit that a change gives for the rest of a period. */
export function credit(price: string, from: number, to: number, more: Partial<Line> = {}): Line {
  return proration(price, from, to, { amount: -1000, ...more });
}

/** A one-time price, as `add_invoice_items` and optional items of Checkout bring it. */
export function oneTime(price: string, day: number, more: Partial<Line> = {}): Line {
  return { price, from: day, to: day, isAdded: true, ...more };
}

/** The total of a line. */
export function costOf({ amount = 1000, off = 0 }: Line): number {
  return amount - off;
}

/** The line as JSON; its invoice belongs to this subscription. */
export function lineOf(line: Line, ofInvoice: string | null, rendering: Rendering): Fields {
  const { from, to, amount = 1000, off = 0, quantity = 1 } = line;
  const own = line.subscription === undefined ? ofInvoice : line.subscription;
  return {
    object: "line_item",
    amount,
    quantity,
    discount_amounts: off === 0 ? [] : [{ amount: off }],
    period: { start: at(from), end: at(to) },
    ...rendering === "basil" ? {} : acacia(line, own),
    ...rendering === "acacia" ? {} : basil(line, own),
  };
}

/** Up to acacia a line has all its fields, and a plan beside the price shows that it recurs. */
function acacia(line: Line, subscription: string | null): Fields {
  const { price, item = null } = line;
  return {
    type: line.isAdded === true ? "invoiceitem" : "subscription",
    subscription,
    proration: line.isProration === true,
    price: price === null ? null : priceOf(price),
    plan: price !== null && isRecurring(price) === true ? { id: price, object: "plan" } : null,
    ...item === null ? {} : { subscription_item: item },
  };
}

/** Since basil the links are in `parent`, and the line does not show whether its price recurs. */
function basil(line: Line, subscription: string | null): Fields {
  const { price, item = null } = line;
  const kind = line.isAdded === true ? "invoice_item_details" : "subscription_item_details";
  const other = line.isAdded === true ? "subscription_item_details" : "invoice_item_details";
  const words = {
    proration: line.isProration === true,
    subscription,
    ...line.isAdded === true ? {} : { subscription_item: item },
  };
  const pricing = { type: "price_details", price_details: { price } };
  return {
    parent: { type: kind, [kind]: words, [other]: null },
    pricing: price === null ? null : pricing,
  };
}

/** Random one-off invoices: sales, credits, prices of every kind. */

import fc from "fast-check";
import { bill } from "../stripe/bill.ts";
import type { Rendering, StripeEvent } from "../stripe/event.ts";
import { ref } from "../stripe/ids.ts";
import { credit, type Line, oneTime, proration } from "../stripe/line.ts";
import { lineItems } from "../stripe/prices.ts";
import { sale } from "../stripe/sale.ts";
import { invoiceEvents, invoiceLife } from "./invoice_life.ts";
import { day, metadataOf, name, rareName, user } from "./names.ts";
import { rarely } from "./rarely.ts";

/** A price that only these lives have. An operator may map it, and Stripe may say whether it recurs. */
export const NEW_PRICE = ref("price", "new");

/** Every one-time price there is. */
export const ONE_TIME = [
  ...["price_gamma_once", "price_week", "price_week_beta", "price_fortnight", "price_alpha_once"],
  ...["price_fee", "price_unmapped", NEW_PRICE],
];

export const rendering = fc.constantFrom<Rendering>("basil", "basil", "acacia", "late acacia");

const LINES: Record<string, (price: string, day: number) => Line> = {
  sale: oneTime,
  gift: (price, day) => oneTime(price, day, { off: 1000 }),
  negative: (price, day) => oneTime(price, day, { amount: -400 }),
  returned: (price, day) => oneTime(price, day, { amount: -400, quantity: -1 }),
  credit: (price, day) => credit(price, day, day + 20, { amount: -400, isAdded: true }),
  nothing: (price, day) => proration(price, day, day + 20, { amount: 0, isAdded: true }),
  recurring: (_, day) => oneTime("price_alpha", day),
  nameless: (_, day) => ({ ...oneTime("", day), price: null }),
};

const line = fc.record({
  kind: fc.constantFrom("sale", "sale", "sale", "sale", ...Object.keys(LINES)),
  price: fc.constantFrom(...ONE_TIME),
});

export const billLife = fc.record({
  user,
  name,
  lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  day,
  rendering,
  invoice: invoiceLife,
  /** How it is paid if not by a payment. */
  instead: fc.constantFrom(null, null, null, null, "credit notes", "balance"),
  /** The name of the buyer in the payment-mode session that created it; null: no session. */
  session: rarely(3, rareName),
  module: fc.constantFrom(null, null, "beta"),
});

export type BillLife = typeof billLife extends fc.Arbitrary<infer Life> ? Life : never;

/** All events of it. */
export function billEvents(life: BillLife, name: string): StripeEvent[] {
  const { user, day, rendering, invoice, instead, session } = life;
  const lines = life.lines.map(({ kind, price }) => (LINES[kind] ?? oneTime)(price, day));
  const module = life.module === null ? {} : { module_id: life.module };
  const metadata = { ...metadataOf(life.name, user), ...module };
  const total = lines.reduce((sum, { amount = 1000, off = 0 }) => sum + amount - off, 0);
  const paidBy = instead === "credit notes" ? { credited: Math.max(0, total) } : { paid: 0 };
  const it = bill(name, {
    lines,
    user,
    created: day,
    rendering,
    metadata,
    ...instead === null ? {} : paidBy,
    ...invoice.money.isShared ? { payment: `${user}.shared` } : {},
  });
  const events = invoiceEvents(it, invoice, day);
  if (session === null) return events;

  const buy = sale(name, { user, module: null, metadata: metadataOf(session, user), created: day });
  const list = lineItems(lines.flatMap(({ price }) => price ?? []));
  return [...events, buy.session("completed", day, { ...list, invoice: it.id })];
}

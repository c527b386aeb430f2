/** What lines cost, with a coupon and with tax. */

import type { Amounts, Coupon, Price } from "./objects.ts";
import type { Store } from "./store.ts";

/** The tax of every address, added to every price. */
const TAX_PERCENT = 20;

/** What changes the price of lines. */
export interface Terms {
  coupon: Coupon | null;
  isTaxed: boolean;
  /** A trial: what recurs costs nothing yet. */
  isTrial: boolean;
}

interface Line {
  price: Price;
  quantity: number;
}

/** The amounts of each line, in their order. */
export function amountsOf(lines: readonly Line[], terms: Terms, store: Store): Amounts[] {
  const { coupon, isTaxed, isTrial } = terms;
  let left = coupon?.amount_off ?? 0;
  return lines.map((line) => {
    const amount_subtotal = isTrial && line.price.recurring !== null
      ? 0
      : line.quantity * line.price.unit_amount;
    const amount_discount = coupon === null || !isForProduct(coupon, line.price, store)
      ? 0
      : coupon.percent_off === null
      ? Math.min(left, amount_subtotal)
      : Math.round(amount_subtotal * coupon.percent_off / 100);
    left -= amount_discount;
    const net = amount_subtotal - amount_discount;
    const amount_tax = isTaxed ? Math.round(net * TAX_PERCENT / 100) : 0;
    return { amount_subtotal, amount_discount, amount_tax, amount_total: net + amount_tax };
  });
}

export function isForProduct({ id }: Coupon, { product }: Price, store: Store): boolean {
  return store.couponProducts.get(id)?.includes(product) ?? true;
}

/** The sum of all lines. */
export function sumOf(all: readonly Amounts[]): Amounts {
  const total = (name: keyof Amounts) => all.reduce((sum, amounts) => sum + amounts[name], 0);
  return {
    amount_subtotal: total("amount_subtotal"),
    amount_discount: total("amount_discount"),
    amount_tax: total("amount_tax"),
    amount_total: total("amount_total"),
  };
}

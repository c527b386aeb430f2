/** The prices in the stories as Stripe has them: one-time or recurring. */

import { at } from "./clock.ts";
import type { Fields, StripeEvent } from "./event.ts";
import { T0 } from "./clock.ts";

const RECURRING = [
  ...["price_alpha", "price_beta", "price_bundle"],
  ...["price_alpha_yearly", "price_beta_yearly"],
];

const ONE_TIME = [
  ...["price_alpha_once", "price_beta_once", "price_gamma_once"],
  ...["price_week", "price_fortnight", "price_week_beta", "price_fee", "price_unmapped"],
];

/** Null: a price of one story, which decides itself whether it recurs. */
export function isRecurring(price: string): boolean | null {
  if (RECURRING.includes(price)) return true;
  return ONE_TIME.includes(price) ? false : null;
}

/** A price with the fields that the stories need. */
export function priceOf(id: string, recurs = isRecurring(id)): Fields {
  const words = recurs === null
    ? {}
    : recurs
    ? { type: "recurring", recurring: { interval: "month", interval_count: 1 } }
    : { type: "one_time", recurring: null };
  return { id, object: "price", ...words };
}

/** The line items of a session, as a fetch expands them. */
export function lineItems(prices: readonly string[], hasMore = false): Fields {
  const data = prices.map((price) => ({ object: "item", price: priceOf(price) }));
  return { line_items: { object: "list", has_more: hasMore, data } };
}

/**
 * All stories share the prices of the catalogue, and one database has many stories. So every story knows
 * from the start whether these prices recur. Otherwise one story would affect another.
 */
export const PRICES_READ: StripeEvent = {
  id: "evt_prices",
  object: "event",
  type: "price.fetched",
  created: T0,
  api_version: null,
  livemode: true,
  data: {
    object: {
      object: "list",
      data: [...RECURRING, ...ONE_TIME].map((price) => priceOf(price)),
    },
  },
};

/** An event that shows whether a price of one story recurs. */
export function priceEvent(price: string, day: number, recurs: boolean): StripeEvent {
  return {
    ...PRICES_READ,
    id: `evt_@evt.${price.replaceAll(/[^\w]/g, "")}.${day}@`,
    type: "price.updated",
    created: at(day),
    data: {
      object: { ...priceOf(price, recurs), active: true, product: PRODUCT, unit_amount: 900 },
    },
  };
}

const PRODUCT = "prod_gamma";

/** The product of such a price is archived. That changes no access. */
export function archivedProduct(name: string, day: number): StripeEvent {
  return {
    ...PRICES_READ,
    id: `evt_@evt.product${name}.${day}@`,
    type: "product.updated",
    created: at(day),
    data: { object: { id: PRODUCT, object: "product", active: false, name: "Gamma" } },
  };
}

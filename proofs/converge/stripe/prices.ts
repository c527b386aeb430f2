/** What Stripe says of the prices in the stories: which of them are paid again and again. */

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

/** Null: a price that one story made up; how it is paid is for that story to say. */
export function isRecurring(price: string): boolean | null {
  if (RECURRING.includes(price)) return true;
  return ONE_TIME.includes(price) ? false : null;
}

/** A price, as far as the stories tell it. */
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
 * All stories share the prices of the catalogue, and one database has many stories. So every one of
 * them knows from the start how these prices are paid; else one story would learn it from another.
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

/** Says of a price of one story how it is paid. */
export function priceEvent(price: string, day: number, recurs: boolean): StripeEvent {
  return {
    ...PRICES_READ,
    id: `evt_@evt.${price.replaceAll(/[^\w]/g, "")}.${day}@`,
    type: "price.updated",
    created: at(day),
    data: { object: priceOf(price, recurs) },
  };
}

/** The catalogue of the tests: which price opens which module, for the model and the database. */

import { DAY } from "./stripe/clock.ts";

/** The modules that are sold. */
export const MODULES = ["alpha", "beta", "gamma"] as const;

/** One row of `module_prices`. */
export interface Offer {
  price: string;
  module: typeof MODULES[number];
  /** How long a one-time purchase opens it; null: no end. */
  days: number | null;
}

export const OFFERS: readonly Offer[] = [
  { price: "price_alpha", module: "alpha", days: null },
  { price: "price_alpha_yearly", module: "alpha", days: null },
  { price: "price_beta", module: "beta", days: null },
  { price: "price_beta_yearly", module: "beta", days: null },
  { price: "price_bundle", module: "alpha", days: null },
  { price: "price_bundle", module: "beta", days: null },
  { price: "price_alpha_once", module: "alpha", days: null },
  { price: "price_beta_once", module: "beta", days: null },
  { price: "price_gamma_once", module: "gamma", days: null },
  { price: "price_week", module: "alpha", days: 7 },
  { price: "price_fortnight", module: "alpha", days: 14 },
  { price: "price_week_beta", module: "beta", days: 7 },
];

/** Prices that open nothing on purpose. Any other price without an offer is unmapped by mistake. */
export const EXTRAS: readonly string[] = ["price_fee"];

/** The term of an offer in seconds; null: no end. */
export function termOf({ days }: Offer): number | null {
  return days === null ? null : days * DAY;
}

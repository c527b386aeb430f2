import type Stripe from "stripe";
import { idOf } from "../_shared/facts/json.ts";

/** A price as Stripe has it. */
export interface Price {
  id: string;
  product: string;
  mode: "payment" | "subscription";
  isMetered: boolean;
  /** In the currency's smallest unit; null: not a fixed amount. */
  amount: number | null;
  currency: string;
  /** The unit of the period after which it is paid again; null: paid once. */
  interval: string | null;
  interval_count: number;
}

export function toPrice({ id, product, recurring, unit_amount, currency }: Stripe.Price): Price {
  return {
    id,
    product: idOf(product) ?? "",
    mode: recurring === null ? "payment" : "subscription",
    isMetered: recurring?.usage_type === "metered",
    amount: unit_amount,
    currency,
    interval: recurring?.interval ?? null,
    interval_count: recurring?.interval_count ?? 1,
  };
}

import { asking } from "./answer.ts";
import { rows } from "./json.ts";
import type { Project } from "./project.ts";
import type { CallOptions, Result } from "./result.ts";

/** A row of the view `price_list`: one price that is for sale. */
export interface ListedPrice {
  /** The id at Stripe: `buy({ price })`. */
  price: string;
  /** The name of the product at Stripe. */
  product: string | null;
  description: string | null;
  /** The address of a picture of the product. */
  image: string | null;
  /** The price's own name, for the site's owner. */
  nickname: string | null;
  /** What it opens. */
  modules: {
    slug: string;
    title: string;
    access_level: string;
    max_usage: number | null;
    /** Null: without an end, or as long as the subscription is paid. */
    access_duration: string | null;
  }[];
  /** In the currency's smallest unit; null: not a fixed amount. */
  amount: number | null;
  /** Why the amount is not fixed, in Stripe's word, such as `tiers` or `metered`. */
  varies_by: string | null;
  currency: string;
  /** Null: paid once. */
  interval: string | null;
  /** Paid every so many intervals; null: paid once. */
  interval_count: number | null;
  /** Null: no trial. */
  trial_days: number | null;
  /** Null: Stripe does not say. */
  tax: "included" | "excluded" | null;
  /** How many of it one purchase may have. */
  max_quantity: number;
}

/** The columns that are read. A test compares them with the view. */
export const PRICE_COLUMNS = [
  ...["price", "product", "description", "image", "nickname", "modules"] as const,
  ...["amount", "varies_by", "currency", "interval", "interval_count"] as const,
  ...["trial_days", "tax", "max_quantity"] as const,
] as const satisfies (keyof ListedPrice)[];

/** Reads what is for sale. A visitor may do so too. Free modules have no price. */
export function readPrices(
  project: Project,
  options: CallOptions = {},
): Promise<Result<ListedPrice[]>> {
  return asking(() => project.select("price_list", PRICE_COLUMNS.join(), options), {
    read: pricesIn,
    problems: {},
  }, options);
}

function pricesIn(body: unknown): ListedPrice[] | null {
  const prices = rows<ListedPrice>(body, "price");
  return prices?.every(({ modules }) => rows(modules, "slug") !== null) ? prices : null;
}

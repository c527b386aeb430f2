import type { Client } from "./client.ts";
import { paymentInWords } from "./price_dialog.ts";
import { amountInWords } from "./words/amounts.ts";
import type { Words } from "./words/words.ts";

/** A price that is for sale: a row of `price_list`. */
export interface ListedPrice {
  amount: number | null;
  currency: string;
  interval: string | null;
  interval_count: number | null;
  /** Null: Stripe does not say. */
  tax: "included" | "excluded" | null;
  /** What it opens. */
  modules: { slug: string }[];
}

const COLUMNS = "amount, currency, interval, interval_count, tax, modules";

/** What is for sale. Nothing if it cannot be read: a page without prices still sells. */
export async function readPrices(supabase: Client): Promise<ListedPrice[]> {
  const { data } = await supabase.from("price_list").select(COLUMNS);
  return data ?? [];
}

/** "€9.00 per month, tax included", "From €3.00, tax included". Empty: no price is fixed, or they differ in currency. */
export function costInWords(prices: ListedPrice[], words: Words): string {
  const fixed = prices.filter(hasAmount).toSorted((one, other) => one.amount - other.amount);
  const [lowest] = fixed;
  if (lowest === undefined || fixed.some(({ currency }) => currency !== lowest.currency)) return "";
  const { amount, currency, interval_count } = lowest;
  const cost = prices.length === 1
    ? paymentInWords({ ...lowest, interval_count: interval_count ?? 1 }, words)
    : words.from(amountInWords(amount, currency, words.language));
  return lowest.tax === null ? cost : words.taxed[lowest.tax](cost);
}

function hasAmount<Price extends ListedPrice>(price: Price): price is Price & { amount: number } {
  return price.amount !== null;
}

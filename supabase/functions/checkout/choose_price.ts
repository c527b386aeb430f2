import { Refusal } from "../_shared/problem.ts";
import type { Price } from "./price.ts";
import type { MappedPrice } from "./rows.ts";
import type { Shop } from "./shop.ts";

/** A price at Stripe, and what it opens. */
export interface Choice {
  price: Price;
  mapped: MappedPrice;
}

/**
 * The only active price. Throws `not_for_sale`, or `choose_price` with all active prices as a page
 * would show them.
 */
export async function choosePrice(shop: Shop, mapped: MappedPrice[]): Promise<Choice> {
  const prices = await Promise.all(mapped.map(({ price }) => shop.readPrice(price)));
  const choices = mapped.flatMap((one, place) => {
    const price = prices[place];
    return price ? [{ price, mapped: one }] : [];
  });
  const [choice, ...others] = choices;
  if (choice === undefined) throw new Refusal("not_for_sale");
  if (others.length > 0) {
    throw new Refusal("choose_price", { members: { prices: choices.map(describe) } });
  }
  return choice;
}

function describe({ price, mapped }: Choice) {
  const { id, amount, currency, interval, interval_count } = price;
  const { modules, trial_days = null, max_quantity = 1 } = mapped;
  return {
    price: id,
    amount,
    currency,
    interval,
    interval_count,
    trial_days,
    max_quantity,
    modules,
  };
}

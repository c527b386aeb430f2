import { idOf, type JsonObject, record } from "./json.ts";
import type { Kind } from "./kind.ts";

/** A Price or Plan, if its object says how it is paid. */
export interface PriceFact {
  kind: "price";
  id: string;
  /** True: paid for each period. False: paid once. */
  is_recurring: boolean;
}

/**
 * Lies inside lines, items and the price itself, whose events have more to say (`price_listing.ts`). Before
 * prices there were plans. Each plan is a price that recurs, and its events come as well.
 */
export const price = {
  kind: "price",
  head: "plan",
  read: readPrice,
  byId: {},
} satisfies Kind<PriceFact>;

function readPrice(id: string, object: JsonObject): PriceFact | null {
  const isRecurring = recurs(object);
  return isRecurring === null ? null : { kind: "price", id, is_recurring: isRecurring };
}

function recurs({ object, type, recurring, interval }: JsonObject): boolean | null {
  if (object === "plan" || typeof interval === "string") return true;
  if (type === "recurring" || record(recurring) !== null) return true;
  return type === "one_time" ? false : null;
}

/** The price of an invoice's or a session's line, if the line has it. */
export function priceOfLine({ price, plan }: JsonObject): JsonObject[] {
  const [asPrice, asPlan] = [record(price), record(plan)];
  if (asPrice !== null) return [asPlan === null ? asPrice : { ...asPrice, type: "recurring" }];
  return asPlan === null ? [] : [{ ...asPlan, object: "plan" }];
}

/** The price of a subscription's item. It always recurs. */
export function priceOfItem({ price, plan }: JsonObject): JsonObject[] {
  const id = idOf(price) ?? idOf(plan);
  return id === null ? [] : [{ id, type: "recurring" }];
}

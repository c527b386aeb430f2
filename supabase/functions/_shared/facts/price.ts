import { idOf, type JsonObject, record } from "./json.ts";
import type { Kind } from "./kind.ts";

/** A Price or Plan, where something said how it is paid. */
export interface PriceFact {
  kind: "price";
  id: string;
  /** Paid again and again; false: paid once. */
  is_recurring: boolean;
}

export const price = {
  kind: "price",
  head: "price",
  read: readPrice,
  byId: { price: (id) => `/v1/prices/${id}` },
} satisfies Kind<PriceFact>;

/** Before prices there were plans. Each one is a price that recurs. */
export const plan = {
  kind: "price",
  head: "plan",
  read: readPrice,
  byId: { plan: (id) => `/v1/plans/${id}` },
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

/** The price of an invoice's or a session's line, as far as it is there. */
export function priceOfLine({ price, plan }: JsonObject): JsonObject[] {
  const [asPrice, asPlan] = [record(price), record(plan)];
  if (asPrice !== null) return [asPlan === null ? asPrice : { ...asPrice, type: "recurring" }];
  return asPlan === null ? [] : [{ ...asPlan, object: "plan" }];
}

/** The price of a subscription's item. It recurs, whatever else is known of it. */
export function priceOfItem({ price, plan }: JsonObject): JsonObject[] {
  const id = idOf(price) ?? idOf(plan);
  return id === null ? [] : [{ id, type: "recurring" }];
}

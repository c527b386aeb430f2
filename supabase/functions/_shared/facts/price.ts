import type { PriceFact } from "./fact.ts";
import { type JsonObject, record } from "./json.ts";

/** Reads a Price or Plan; null: it does not say how it is paid. */
export function price(id: string, object: JsonObject): PriceFact | null {
  const isRecurring = recurs(object);
  return isRecurring === null ? null : { kind: "price", id, is_recurring: isRecurring };
}

function recurs({ object, type, recurring, interval }: JsonObject): boolean | null {
  if (object === "plan" || typeof interval === "string") return true;
  if (type === "recurring" || record(recurring) !== null) return true;
  return type === "one_time" ? false : null;
}

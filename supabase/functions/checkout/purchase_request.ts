import type { JsonObject } from "../_shared/facts/json.ts";
import { invalid, Refusal } from "../_shared/problem.ts";
import { returnUrl, type Site } from "./return_url.ts";

/** A member's request to buy. */
export interface PurchaseRequest {
  /** Slug or id; null: the price decides. */
  module: string | null;
  /** Null: the module's own. */
  price: string | null;
  /** The page to return to, paid or not. */
  page: URL;
}

/** Reads `{module?, price?, return_url?}`. Throws `invalid_request` or `no_such_…`. */
export function readPurchaseRequest(body: JsonObject, site: Site): PurchaseRequest {
  const module = textOf(body.module);
  const price = textOf(body.price);
  if (module === null && price === null) {
    throw invalid("Name what to buy: module (a slug or an id) or price (price_…).");
  }
  if (module !== null && !/^[\w-]{1,255}$/.test(module)) throw new Refusal("no_such_module");
  if (price !== null && !/^\w{1,255}$/.test(price)) throw new Refusal("no_such_price");
  return { module, price, page: returnUrl(body.return_url, site) };
}

/** An id may be a number. Any other value that is not a text is ignored. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

import type { JsonObject } from "../_shared/facts/json.ts";
import { invalid, Refusal } from "../_shared/problem.ts";
import { refuseUnknownFields } from "./known_fields.ts";
import { type Locale, LOCALES } from "./locales.ts";
import { returnUrl, type Site } from "./return_url.ts";

const FIELDS = [
  "module",
  "price",
  "return_url",
  "promotion_code",
  "quantity",
  "locale",
  "ui_mode",
] as const;

/** How the payment page is shown: on Stripe's site, or inside a page of the site. */
const UI_MODES = ["hosted", "embedded"] as const;

/** The maximum of an integer in Postgres, where the price's own maximum is stored. */
const LARGEST_QUANTITY = 2_147_483_647;

/** A member's request to buy. */
export interface PurchaseRequest {
  /** Slug or id; null: the price decides. */
  module: string | null;
  /** Null: the module's own. */
  price: string | null;
  /** The page to return to, paid or not. */
  page: URL;
  /** The code as customers write it, LAUNCH20; null: none. */
  promotionCode: string | null;
  quantity: number;
  /** Null: Stripe decides, as with `auto`. */
  locale: Locale | null;
  uiMode: (typeof UI_MODES)[number];
}

/** Reads the body of a request to buy. Throws `invalid_request` or `no_such_…`. */
export function readPurchaseRequest(body: JsonObject, site: Site): PurchaseRequest {
  refuseUnknownFields(body, FIELDS);
  const module = textOf(body.module);
  const price = textOf(body.price);
  if (module === null && price === null) {
    throw invalid("Name what to buy: module (a slug or an id) or price (price_…).");
  }
  if (module !== null && !/^[\w-]{1,255}$/.test(module)) throw new Refusal("no_such_module");
  if (price !== null && !/^\w{1,255}$/.test(price)) throw new Refusal("no_such_price");
  return {
    module,
    price,
    page: returnUrl(body.return_url, site),
    promotionCode: promotionCodeIn(body),
    quantity: quantityIn(body),
    locale: wordIn(body, "locale", LOCALES),
    uiMode: wordIn(body, "ui_mode", UI_MODES) ?? "hosted",
  };
}

/** An id may be a number. Any other value that is not a text is no name of anything. */
function textOf(value: unknown): string | null {
  if (isAbsent(value)) return null;
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Spaces around a code are those of a careless paste. */
function promotionCodeIn({ promotion_code }: JsonObject): string | null {
  if (isAbsent(promotion_code)) return null;
  if (typeof promotion_code !== "string") {
    throw invalid('promotion_code must be a string: the code as customers write it, "LAUNCH20".');
  }
  const code = promotion_code.trim();
  // Stripe's codes have letters, digits and dashes only.
  if (!/^[\w-]{1,500}$/.test(code)) throw new Refusal("no_such_code");
  return code;
}

function quantityIn({ quantity }: JsonObject): number {
  if (isAbsent(quantity)) return 1;
  if (
    Number.isSafeInteger(quantity) && Number(quantity) >= 1 && Number(quantity) <= LARGEST_QUANTITY
  ) {
    return Number(quantity);
  }
  throw invalid("quantity must be a whole number from 1 to the maximum of the price.");
}

function wordIn<Word extends string>(
  body: JsonObject,
  field: string,
  words: readonly Word[],
): Word | null {
  const value = body[field];
  if (isAbsent(value)) return null;
  const word = words.find((one) => one === value);
  if (word === undefined) throw invalid(`${field} must be one of ${words.join(", ")}.`);
  return word;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

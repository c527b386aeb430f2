import type Stripe from "stripe";
import { idOf } from "../_shared/facts/json.ts";
import { Refusal } from "../_shared/problem.ts";
import type { Price } from "./price.ts";

/** An active promotion code, with what its coupon is for. */
export interface PromotionCode {
  id: string;
  /** Null: any product. */
  products: string[] | null;
  /** Null: any currency, because a percentage is taken off. */
  currencies: string[] | null;
}

/** Reads a code from Stripe as customers write it. Null: there is none for this customer, or it is over. */
export type ReadPromotionCode = (
  code: string,
  customer: string | null,
) => Promise<PromotionCode | null>;

/**
 * The id at Stripe of the code that this customer may use for this price. Throws `no_such_code`, or
 * `code_refused` if it is for other products or another currency.
 *
 * Stripe itself checks a minimum amount and a first purchase, when the session is made.
 */
export async function findPromotionCode(
  read: ReadPromotionCode,
  { code, customer, price }: { code: string; customer: string | null; price: Price },
): Promise<string> {
  const found = await read(code, customer);
  if (found === null) throw new Refusal("no_such_code");
  if (!isFor(found, price)) throw new Refusal("code_refused");
  return found.id;
}

function isFor({ products, currencies }: PromotionCode, { product, currency }: Price): boolean {
  return (products === null || products.includes(product)) &&
    (currencies === null || currencies.includes(currency));
}

/** Null: it is another customer's, or its coupon is over. A refusal never says which. */
export function toPromotionCode(
  { id, active, customer, promotion: { coupon } }: Stripe.PromotionCode,
  buyer: string | null,
): PromotionCode | null {
  const owner = idOf(customer);
  if (!active || owner !== null && owner !== buyer) return null;
  if (coupon === null || typeof coupon === "string" || !coupon.valid) return null;
  const { applies_to, amount_off, currency, currency_options } = coupon;
  const products = applies_to?.products ?? [];
  return {
    id,
    products: products.length === 0 ? null : products,
    currencies: amount_off === null
      ? null
      : [...currency === null ? [] : [currency], ...Object.keys(currency_options ?? {})],
  };
}

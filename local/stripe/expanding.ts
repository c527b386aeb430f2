/** Expands to whole objects what Stripe shows as an id or leaves out: `expand[]=line_items`. */

import { pageOf } from "./listing.ts";
import type { StripeObject } from "./objects.ts";
import { invalidRequest } from "./stripe_error.ts";
import type { StripeDeps } from "./deps.ts";

type Fields = Record<string, unknown>;

/** Shown only when expanded, by the kind of their owner. */
const HIDDEN: Record<string, Record<string, (id: string, deps: StripeDeps) => object>> = {
  "coupon": {
    applies_to: (id, { store }) => ({ products: store.couponProducts.get(id) ?? [] }),
  },
  "checkout.session": {
    line_items: (id, { store }) =>
      pageOf(store.orders.get(id)?.lines ?? [], {}, `/v1/checkout/sessions/${id}/line_items`),
  },
  "invoice": {
    payments: (id, { store }) => {
      const payments = store.all("invoice_payment").filter(({ invoice }) => invoice === id);
      return pageOf(payments, {}, "/v1/invoice_payments");
    },
  },
};

/** A copy in which the paths are expanded; a path of a list begins with `data`. */
export function expanded(object: object, paths: readonly string[], deps: StripeDeps): object {
  return paths.reduce((whole, path) => expandAt(whole, path.split("."), deps), object);
}

function expandAt(object: object, [name = "", ...rest]: string[], deps: StripeDeps): object {
  const { object: kind, id } = object as StripeObject;
  const value = name in object ? (object as Fields)[name] : HIDDEN[kind]?.[name]?.(id, deps);
  if (value === undefined) throw invalidRequest(`This property cannot be expanded (${name}).`);
  return { ...object, [name]: expandValue(value, rest, deps) };
}

function expandValue(value: unknown, rest: string[], deps: StripeDeps): unknown {
  if (Array.isArray(value)) return value.map((one) => expandValue(one, rest, deps));
  const whole = typeof value === "string" ? deps.store.byId(value) : value;
  if (whole === null || typeof whole !== "object" || rest.length === 0) return whole;
  return expandAt(whole, rest, deps);
}

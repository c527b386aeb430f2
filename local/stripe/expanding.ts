/** Whole objects where Stripe shows an id, or nothing, unless it is asked to: `expand[]=line_items`. */

import { pageOf } from "./listing.ts";
import type { List, StripeObject } from "./objects.ts";
import { invalidRequest } from "./stripe_error.ts";
import type { StripeWorld } from "./world.ts";

type Fields = Record<string, unknown>;

/** Lists that are shown only where somebody asks for them, by the kind of their owner. */
const LISTS: Record<string, Record<string, (id: string, world: StripeWorld) => List<unknown>>> = {
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

/** A copy in which what the paths name is whole; a path of a list begins with `data`. */
export function expanded(object: object, paths: readonly string[], world: StripeWorld): object {
  return paths.reduce((whole, path) => expandAt(whole, path.split("."), world), object);
}

function expandAt(object: object, [name = "", ...rest]: string[], world: StripeWorld): object {
  const { object: kind, id } = object as StripeObject;
  const value = name in object ? (object as Fields)[name] : LISTS[kind]?.[name]?.(id, world);
  if (value === undefined) throw invalidRequest(`This property cannot be expanded (${name}).`);
  return { ...object, [name]: expandValue(value, rest, world) };
}

function expandValue(value: unknown, rest: string[], world: StripeWorld): unknown {
  if (Array.isArray(value)) return value.map((one) => expandValue(one, rest, world));
  const whole = typeof value === "string" ? world.store.byId(value) : value;
  if (whole === null || typeof whole !== "object" || rest.length === 0) return whole;
  return expandAt(whole, rest, world);
}

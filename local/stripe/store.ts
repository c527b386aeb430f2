/** All objects, and data about them that Stripe does not show. */

import type { Ending } from "./endings.ts";
import type { Coupon, Kind, Kinds, LineItem, Metadata, Price, StripeObject } from "./objects.ts";

/** The lines of a Checkout Session, and the metadata of the objects that it creates. */
export interface Order {
  lines: LineItem[];
  metadata: Metadata;
  /** Of the subscription; null: none. */
  trialDays: number | null;
  /** The payment of the first attempt. A second attempt uses the same one. */
  paymentIntentId: string | null;
}

/** A coupon that reduces the invoices of a subscription. */
export interface Discount {
  coupon: Coupon;
  /** In Unix seconds; null: no end. */
  end: number | null;
}

export interface Store {
  put<Object extends StripeObject>(object: Object): Object;
  remove(id: string): void;
  find<K extends Kind>(kind: K, id: string): Kinds[K] | null;
  /** The newest first, as Stripe lists them. */
  all<K extends Kind>(kind: K): Kinds[K][];
  /** Of any kind. */
  byId(id: string): StripeObject | null;
  /** By the id of the session. */
  orders: Map<string, Order>;
  /** By the id of the subscription. */
  discounts: Map<string, Discount>;
  /** The products that a coupon is for, by its id; any product where it has none. */
  couponProducts: Map<string, string[]>;
  /** How a payment with it ends, by the id of the payment method. */
  endings: Map<string, Ending>;
  /** The signing secret of each webhook endpoint, by its id. */
  secrets: Map<string, string>;
}

/** The name of a price's product, as the pages show it. */
export function productOf({ product }: Price, store: Store): string {
  return store.find("product", product)?.name ?? product;
}

export function createStore(): Store {
  const objects = new Map<string, StripeObject>();
  return {
    orders: new Map(),
    discounts: new Map(),
    couponProducts: new Map(),
    endings: new Map(),
    secrets: new Map(),
    byId: (id) => objects.get(id) ?? null,
    put(object) {
      objects.set(object.id, object);
      return object;
    },
    remove: (id) => void objects.delete(id),
    find: (kind, id) => {
      const object = objects.get(id);
      return object?.object === kind ? object as Kinds[typeof kind] : null;
    },
    all: (kind) =>
      [...objects.values()].filter((object) => object.object === kind)
        .reverse() as Kinds[typeof kind][],
  };
}

import { at, idOf, type JsonObject, record, text, whole } from "./json.ts";
import type { Kind } from "./kind.ts";
import { price, type PriceFact } from "./price.ts";
import { product, type ProductFact } from "./product.ts";
import { type Snapshot, snapshot, type State } from "./snapshot.ts";

/** How Stripe sells at a price: what a list of prices shows. */
export interface PriceListingFact extends Snapshot {
  kind: "price_listing";
  id: string;
  product_id: string | null;
  nickname: string | null;
  /** What one costs; null: there is no fixed amount, and `varies_by` says why. */
  amount: number | null;
  varies_by: VariesBy | null;
  currency: string | null;
  /** Null: paid once. */
  interval: string | null;
  interval_count: number | null;
  tax_behavior: string | null;
  is_active: boolean;
  is_deleted: boolean;
}

/** The field or word with which Stripe says that the amount is not fixed. */
export type VariesBy =
  | "tiers"
  | "custom_unit_amount"
  | "metered"
  | "transform_quantity"
  | "unit_amount_decimal";

export const priceListing = {
  kind: "price_listing",
  head: "price",
  read: readListing,
  inside: [
    { kind: price, find: (object) => [object] },
    { kind: product, find: expandedProduct },
  ],
  byId: { price: pathOf, plan: pathOf },
  all: "/v1/prices?limit=100&expand[]=data.product",
  isDeletable: true,
} satisfies Kind<PriceListingFact, PriceFact | ProductFact>;

/** Stripe answers with the price for the id of a plan, too. */
function pathOf(id: string): string {
  return `/v1/prices/${id}?expand[]=product`;
}

/** A product is expanded only where its price was read. So this copy is as new as the reading. */
function expandedProduct({ product }: JsonObject): JsonObject[] {
  const expanded = record(product);
  return expanded === null ? [] : [expanded];
}

function readListing(
  id: string,
  object: JsonObject,
  type: string,
  former: JsonObject | null,
): PriceListingFact {
  return snapshot((object) => stateOf(id, object, type), object, type, former);
}

function stateOf(id: string, object: JsonObject, type: string): State<PriceListingFact> {
  const variesBy = variesByOf(object);
  return {
    kind: "price_listing",
    id,
    product_id: idOf(object.product),
    nickname: text(object.nickname),
    amount: variesBy === null ? whole(object.unit_amount) : null,
    varies_by: variesBy,
    currency: text(object.currency),
    interval: text(at(object, "recurring", "interval")),
    interval_count: whole(at(object, "recurring", "interval_count")),
    tax_behavior: text(object.tax_behavior),
    is_active: object.active === true && type !== "price.deleted",
    is_deleted: type === "price.deleted",
  };
}

function variesByOf(object: JsonObject): VariesBy | null {
  if (object.billing_scheme === "tiered") return "tiers";
  if (record(object.custom_unit_amount) !== null) return "custom_unit_amount";
  if (at(object, "recurring", "usage_type") === "metered") return "metered";
  if (record(object.transform_quantity) !== null) return "transform_quantity";
  // Less than the smallest unit of the currency, such as half a cent.
  const isFraction = whole(object.unit_amount) === null &&
    text(object.unit_amount_decimal) !== null;
  return isFraction ? "unit_amount_decimal" : null;
}

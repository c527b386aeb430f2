import type Stripe from "stripe";
import { readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Price } from "../objects.ts";
import { noSuch } from "../stripe_error.ts";
import { born, type Resource } from "../world.ts";

export const prices: Resource = {
  ...readable("price", "/v1/prices"),

  "POST /v1/prices": ({ params }, world) => {
    const { currency, product = "", unit_amount, recurring, active, metadata } =
      params as unknown as Stripe.PriceCreateParams;
    if (world.store.find("product", product) === null) throw noSuch("product", product, "product");
    const price = world.store.put<Price>({
      ...born("price", "price", world),
      active: active ?? true,
      type: recurring === undefined ? "one_time" : "recurring",
      unit_amount: unit_amount ?? 0,
      currency,
      product,
      recurring: recurring === undefined
        ? null
        : { interval_count: 1, usage_type: "licensed", ...recurring },
      metadata: mergeMetadata({}, metadata),
    });
    world.announce("price.created", price);
    return price;
  },
};

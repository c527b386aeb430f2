import type Stripe from "stripe";
import { existing, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Price } from "../objects.ts";
import { noSuch } from "../stripe_error.ts";
import { born, type Resource } from "../world.ts";

export const prices: Resource = {
  ...readable("price", "/v1/prices"),

  // As a price was called before there were prices paid once.
  "GET /v1/plans/:id": (call, world) => {
    const { id, recurring, unit_amount: amount, ...rest } = existing("price", call, world);
    if (recurring === null) throw noSuch("plan", id);
    return { ...rest, ...recurring, id, object: "plan", amount };
  },

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

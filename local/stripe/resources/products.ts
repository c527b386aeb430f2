import type Stripe from "stripe";
import { readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { born, type Resource } from "../world.ts";

export const products: Resource = {
  ...readable("product", "/v1/products"),

  "POST /v1/products": ({ params }, world) => {
    const { name, active, metadata } = params as unknown as Stripe.ProductCreateParams;
    const product = world.store.put({
      ...born("product", "prod", world),
      active: active ?? true,
      name,
      metadata: mergeMetadata({}, metadata),
    });
    world.announce("product.created", product);
    return product;
  },
};

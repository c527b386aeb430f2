import type Stripe from "stripe";
import { readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import { newObject, type Resource } from "../deps.ts";

export const products: Resource = {
  ...readable("product", "/v1/products"),

  "POST /v1/products": ({ params }, deps) => {
    const { name, active, metadata } = params as unknown as Stripe.ProductCreateParams;
    const product = deps.store.put({
      ...newObject("product", "prod", deps),
      active: active ?? true,
      name,
      metadata: mergeMetadata({}, metadata),
    });
    deps.announce("product.created", product);
    return product;
  },
};

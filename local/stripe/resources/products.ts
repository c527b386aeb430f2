import type Stripe from "stripe";
import { existing, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Product } from "../objects.ts";
import { newObject, type Resource } from "../deps.ts";
import { invalidRequest } from "../stripe_error.ts";

export const products: Resource = {
  ...readable("product", "/v1/products"),

  "POST /v1/products": ({ params }, deps) => {
    const { name, active, description, images, metadata } =
      params as unknown as Stripe.ProductCreateParams;
    const product = deps.store.put<Product>({
      ...newObject("product", "prod", deps),
      active: active ?? true,
      name,
      description: description ?? null,
      images: images ?? [],
      metadata: mergeMetadata({}, metadata),
    });
    deps.announce("product.created", product);
    return product;
  },

  "POST /v1/products/:id": (call, deps) => {
    const product = existing("product", call, deps);
    const { name, active } = call.params as Stripe.ProductUpdateParams;
    const former = { name: product.name, active: product.active };
    if (name !== undefined) product.name = name;
    if (active !== undefined) product.active = active;
    deps.announce("product.updated", product, former);
    return product;
  },

  "DELETE /v1/products/:id": (call, deps) => {
    const product = existing("product", call, deps);
    const { id, object } = product;
    if (deps.store.all("price").some((price) => price.product === id)) {
      throw invalidRequest("This product cannot be deleted: it has prices.");
    }
    deps.announce("product.deleted", product);
    deps.store.remove(id);
    return { id, object, deleted: true };
  },
};

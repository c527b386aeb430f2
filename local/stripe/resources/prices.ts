import type Stripe from "stripe";
import { existing, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Price } from "../objects.ts";
import { noSuch } from "../stripe_error.ts";
import { newObject, type Resource } from "../deps.ts";

export const prices: Resource = {
  ...readable("price", "/v1/prices"),

  // A price was called plan before there were one-time prices.
  "GET /v1/plans/:id": (call, deps) => {
    const { id, recurring, unit_amount: amount, ...rest } = existing("price", call, deps);
    if (recurring === null) throw noSuch("plan", id);
    return { ...rest, ...recurring, id, object: "plan", amount };
  },

  "POST /v1/prices": ({ params }, deps) => {
    const {
      currency,
      product = "",
      unit_amount,
      recurring,
      active,
      nickname,
      tax_behavior,
      metadata,
    } = params as unknown as Stripe.PriceCreateParams;
    if (deps.store.find("product", product) === null) throw noSuch("product", product, "product");
    const price = deps.store.put<Price>({
      ...newObject("price", "price", deps),
      active: active ?? true,
      type: recurring === undefined ? "one_time" : "recurring",
      unit_amount: unit_amount ?? 0,
      currency,
      product,
      recurring: recurring === undefined
        ? null
        : { interval_count: 1, usage_type: "licensed", ...recurring },
      billing_scheme: "per_unit",
      nickname: nickname ?? null,
      tax_behavior: tax_behavior ?? "unspecified",
      metadata: mergeMetadata({}, metadata),
    });
    deps.announce("price.created", price);
    return price;
  },

  // The amount of a price never changes.
  "POST /v1/prices/:id": (call, deps) => {
    const price = existing("price", call, deps);
    const { active, nickname } = call.params as Stripe.PriceUpdateParams;
    const former = { active: price.active, nickname: price.nickname };
    if (active !== undefined) price.active = active;
    if (nickname !== undefined) price.nickname = nickname;
    deps.announce("price.updated", price, former);
    return price;
  },
};

import type Stripe from "stripe";
import { isValid } from "../discounts.ts";
import { existing, hasField, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { Coupon } from "../objects.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import { type Call, newObject, type Resource, type StripeDeps } from "../deps.ts";

const PATH = "/v1/coupons";

const reading = readable(
  "coupon",
  PATH,
  (coupon, name, value) => coupon.deleted === undefined && hasField(coupon, name, value),
);

export const coupons: Resource = {
  [`GET ${PATH}`]: (call, deps) => {
    deps.store.all("coupon").forEach((coupon) => isValid(coupon, deps));
    return reading[`GET ${PATH}`]!(call, deps);
  },
  [`GET ${PATH}/:id`]: living,
  [`POST ${PATH}`]: ({ params }, deps) => createCoupon(params as Stripe.CouponCreateParams, deps),

  [`DELETE ${PATH}/:id`]: (call, deps) => {
    const { id, object } = living(call, deps);
    existing("coupon", call, deps).deleted = true;
    return { id, object, deleted: true };
  },
};

function living(call: Call, deps: StripeDeps): Coupon {
  const coupon = existing("coupon", call, deps);
  if (coupon.deleted) throw noSuch("coupon", call.id);
  isValid(coupon, deps);
  return coupon;
}

export function createCoupon(params: Stripe.CouponCreateParams, deps: StripeDeps): Coupon {
  const { percent_off, amount_off, currency, applies_to } = params;
  if ((percent_off === undefined) === (amount_off === undefined)) {
    throw invalidRequest("You must pass either percent_off or amount_off.");
  }
  if (amount_off !== undefined && currency === undefined) {
    throw invalidRequest("You must pass currency when passing amount_off.", { param: "currency" });
  }
  const coupon = deps.store.put<Coupon>({
    ...newObject("coupon", "coupon", deps),
    id: params.id ?? crypto.randomUUID().slice(0, 8),
    name: params.name ?? null,
    percent_off: percent_off ?? null,
    amount_off: amount_off ?? null,
    currency: currency ?? null,
    duration: (params.duration ?? "once") as Coupon["duration"],
    duration_in_months: params.duration_in_months ?? null,
    max_redemptions: params.max_redemptions ?? null,
    redeem_by: params.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
    metadata: mergeMetadata({}, params.metadata),
  });
  const products = applies_to?.products;
  if (products !== undefined) deps.store.couponProducts.set(coupon.id, products);
  return coupon;
}

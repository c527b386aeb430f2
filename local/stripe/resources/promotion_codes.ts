import type Stripe from "stripe";
import { isActive } from "../discounts.ts";
import { existing, hasField, readable } from "../listing.ts";
import { mergeMetadata } from "../metadata.ts";
import type { PromotionCode } from "../objects.ts";
import { invalidRequest, noSuch } from "../stripe_error.ts";
import { newObject, type Resource, type StripeDeps } from "../deps.ts";

const PATH = "/v1/promotion_codes";

const reading = readable("promotion_code", PATH, isMeant);

export const promotionCodes: Resource = {
  [`GET ${PATH}`]: (call, deps) => {
    deps.store.all("promotion_code").forEach((code) => isActive(code, deps));
    return reading[`GET ${PATH}`]!(call, deps);
  },

  [`GET ${PATH}/:id`]: (call, deps) => {
    const code = existing("promotion_code", call, deps);
    isActive(code, deps);
    return code;
  },

  [`POST ${PATH}`]: ({ params }, deps) =>
    createCode(params as unknown as Stripe.PromotionCodeCreateParams, deps),

  [`POST ${PATH}/:id`]: (call, deps) => {
    const code = existing("promotion_code", call, deps);
    const { active, metadata } = call.params as Stripe.PromotionCodeUpdateParams;
    if (active !== undefined) code.active = active;
    code.metadata = mergeMetadata(code.metadata, metadata);
    isActive(code, deps);
    return code;
  },
};

export function createCode(
  params: Stripe.PromotionCodeCreateParams,
  deps: StripeDeps,
): PromotionCode {
  const { promotion: { coupon = "" }, restrictions, customer } = params;
  if (deps.store.find("coupon", coupon) === null) {
    throw noSuch("coupon", coupon, "promotion[coupon]");
  }
  const code = params.code ?? crypto.randomUUID().slice(0, 8).toUpperCase();
  const isTaken = deps.store.all("promotion_code").some((other) =>
    other.code.toLowerCase() === code.toLowerCase() && other.customer === (customer ?? null) &&
    isActive(other, deps)
  );
  if (isTaken) {
    throw invalidRequest("An active promotion code with this code already exists.", {
      param: "code",
    });
  }
  return deps.store.put<PromotionCode>({
    ...newObject("promotion_code", "promo", deps),
    active: params.active ?? true,
    code,
    customer: customer ?? null,
    expires_at: params.expires_at ?? null,
    max_redemptions: params.max_redemptions ?? null,
    times_redeemed: 0,
    promotion: { type: "coupon", coupon },
    restrictions: {
      first_time_transaction: restrictions?.first_time_transaction ?? false,
      minimum_amount: restrictions?.minimum_amount ?? null,
      minimum_amount_currency: restrictions?.minimum_amount_currency ?? null,
    },
    metadata: mergeMetadata({}, params.metadata),
  });
}

/** The letters of a code count without their case. */
function isMeant(code: PromotionCode, name: string, value: unknown): boolean {
  if (name === "code") return code.code.toLowerCase() === String(value).toLowerCase();
  return name === "coupon" ? code.promotion.coupon === value : hasField(code, name, value);
}

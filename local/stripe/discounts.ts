/** Coupons and promotion codes: whether they are over, and whether an order may have them. */

import type Stripe from "stripe";
import { isForProduct } from "./amounts.ts";
import type { Coupon, LineItem, PromotionCode, Session } from "./objects.ts";
import { invalidRequest, noSuch } from "./stripe_error.ts";
import type { StripeDeps } from "./deps.ts";

type Params = Stripe.Checkout.SessionCreateParams;

/** What the order is about. */
interface Order {
  customer: string | null;
  lines: readonly LineItem[];
}

/** The coupon and the code of a new session. Throws where Stripe would refuse them. */
export function discountsOf(
  { discounts = [], allow_promotion_codes }: Params,
  order: Order,
  deps: StripeDeps,
): Session["discounts"] {
  if (discounts.length > 0 && allow_promotion_codes !== undefined) {
    throw invalidRequest(
      "You may only specify one of these parameters: allow_promotion_codes, discounts.",
    );
  }
  if (discounts.length > 1) {
    throw invalidRequest("You may only apply one discount.", { param: "discounts" });
  }
  return discounts.map(({ coupon, promotion_code }) =>
    promotion_code === undefined
      ? { coupon: usableCoupon(coupon ?? "", order, deps).id, promotion_code: null }
      : usableCode(promotion_code, order, deps)
  );
}

/** The code with these letters, as a buyer types them on the page; null: there is none that they may use. */
export function codeTyped(
  typed: string,
  order: Order,
  deps: StripeDeps,
): Session["discounts"][number] | null {
  const code = deps.store.all("promotion_code")
    .filter((one) => one.code.toLowerCase() === typed.trim().toLowerCase())
    .find((one) => isActive(one, deps));
  try {
    return code === undefined ? null : usableCode(code.id, order, deps);
  } catch {
    return null;
  }
}

export function couponOf(
  { discounts: [discount] }: Pick<Session, "discounts">,
  { store }: StripeDeps,
): Coupon | null {
  return store.find("coupon", discount?.coupon ?? "");
}

/** Counts a redemption of the coupon and of the code. */
export function redeem({ discounts }: Session, deps: StripeDeps): void {
  for (const { coupon, promotion_code } of discounts) {
    const redeemed = [
      deps.store.find("coupon", coupon ?? ""),
      deps.store.find("promotion_code", promotion_code ?? ""),
    ];
    for (const one of redeemed) if (one !== null) one.times_redeemed += 1;
  }
}

/** Also stores it on the coupon, as Stripe shows it. */
export function isValid(coupon: Coupon, { now }: StripeDeps): boolean {
  return coupon.valid &&= coupon.deleted !== true && !isUsedUp(coupon) &&
    (coupon.redeem_by ?? Infinity) > now();
}

/** Also stores it on the code, as Stripe shows it. */
export function isActive(code: PromotionCode, deps: StripeDeps): boolean {
  const coupon = deps.store.find("coupon", code.promotion.coupon);
  return code.active &&= !isUsedUp(code) && (code.expires_at ?? Infinity) > deps.now() &&
    coupon !== null && isValid(coupon, deps);
}

function isUsedUp({ times_redeemed, max_redemptions }: Coupon | PromotionCode): boolean {
  return times_redeemed >= (max_redemptions ?? Infinity);
}

function usableCoupon(
  id: string,
  { lines }: Order,
  deps: StripeDeps,
  param = "discounts[0][coupon]",
): Coupon {
  const coupon = deps.store.find("coupon", id);
  if (coupon === null || coupon.deleted) throw noSuch("coupon", id, param);
  if (!isValid(coupon, deps)) {
    throw invalidRequest(`Coupon expired: ${id}`, { code: "coupon_expired", param });
  }
  if (!lines.some(({ price }) => isForProduct(coupon, price, deps.store))) {
    throw invalidRequest(
      "This coupon cannot be redeemed because it does not apply to anything in this order.",
      { param },
    );
  }
  if (coupon.currency !== null && lines.some(({ price }) => price.currency !== coupon.currency)) {
    throw invalidRequest("The currency of this coupon is not the currency of this order.", {
      param,
    });
  }
  return coupon;
}

function usableCode(
  id: string,
  order: Order,
  deps: StripeDeps,
): Session["discounts"][number] {
  const param = "discounts[0][promotion_code]";
  const code = deps.store.find("promotion_code", id);
  if (code === null) throw noSuch("promotion_code", id, param);
  const cannot = (why: string) =>
    invalidRequest(`This promotion code cannot be redeemed because ${why}.`, { param });
  if (!isActive(code, deps)) throw cannot("it is no longer active");
  if (code.customer !== null && code.customer !== order.customer) {
    throw cannot("it is for another customer");
  }
  const { first_time_transaction, minimum_amount } = code.restrictions;
  if (first_time_transaction && hasBought(order.customer, deps)) {
    throw cannot("the associated customer has prior transactions");
  }
  const sum = order.lines.reduce(
    (all, { price, quantity }) => all + quantity * price.unit_amount,
    0,
  );
  if (sum < (minimum_amount ?? 0)) throw cannot("the order is below its minimum amount");
  const coupon = usableCoupon(code.promotion.coupon, order, deps, param);
  return { coupon: coupon.id, promotion_code: id };
}

function hasBought(customer: string | null, { store }: StripeDeps): boolean {
  return customer !== null && [
    ...store.all("charge"),
    ...store.all("invoice").filter(({ status }) => status === "paid"),
  ].some((one) => one.customer === customer);
}

/**
 * What a request that Stripe refuses means for the sale. Anything else is thrown as `internal`.
 *
 * @module
 */

import type Stripe from "stripe";
import { Refusal } from "../_shared/problem.ts";

type InvalidRequest = Stripe.errors.StripeInvalidRequestError;

/** The customer no longer exists. */
export type NoCustomer = "no_customer";

/** All subscriptions of a customer must be in one currency. */
export type OtherCurrency = "other_currency";

export function noPrice(refusal: InvalidRequest): null {
  return refusal.code === "resource_missing" ? null : refuse(refusal);
}

export function noCustomer(refusal: InvalidRequest): NoCustomer {
  const isMissing = refusal.code === "resource_missing" && refusal.param === "customer";
  return isMissing ? "no_customer" : refuse(refusal);
}

/** Auth accepts addresses that Stripe refuses. The member can buy all the same. */
export function badAddress(refusal: InvalidRequest): "bad_address" {
  return refusal.param === "email" ? "bad_address" : refuse(refusal);
}

/** An active price may have an archived product. Only creating a session shows that. */
export function unsold(
  refusal: InvalidRequest,
): NoCustomer | OtherCurrency {
  // This error has no code and names no parameter.
  if (/combine currencies/i.test(refusal.message)) return "other_currency";
  if (!refusal.param?.startsWith("line_items")) return noCustomer(refusal);
  throw new Refusal("not_for_sale", { reason: reasonOf(refusal) });
}

/** A code may be for first purchases only, or for larger ones, or be over since it was read. */
export function unsoldWithCode(
  refusal: InvalidRequest,
): NoCustomer | OtherCurrency {
  // Some of these errors name no parameter.
  const isAboutCode = refusal.param?.startsWith("discounts") ??
    /promotion code|coupon/i.test(refusal.message);
  if (!isAboutCode) return unsold(refusal);
  throw new Refusal("code_refused", { reason: reasonOf(refusal) });
}

/** Codes and parameter names are Stripe's own words. Messages may repeat the caller's text. */
function reasonOf({ code, param, type }: InvalidRequest): string {
  return `Stripe: ${code ?? type} ${param ?? ""}`.trim();
}

export function refuse(refusal: InvalidRequest): never {
  throw new Refusal("internal", { reason: reasonOf(refusal) });
}

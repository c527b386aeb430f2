/** A purchase whose event does not say what was sold. Only the session's prices at Stripe do. */

import { checkoutSessionCompleted, newPurchase, type Purchase } from "../../stripe/events.ts";

export function newPricedPurchase(): Purchase {
  return purchaseOf(crypto.randomUUID());
}

/** The session as Stripe answers it, by its id; null: the id is not one of ours. */
export function pricedSession(sessionId: string): Record<string, unknown> | null {
  const hex = /^cs_test_([0-9a-f]{32})$/.exec(sessionId)?.[1];
  if (hex === undefined) return null;
  const purchase = purchaseOf(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
  return { ...checkoutSessionCompleted(purchase).data.object, line_items: linesOf(hex) };
}

/** What every such session sells. */
export const PRICE = {
  id: "price_stable_diffusion",
  object: "price",
  active: true,
  currency: "eur",
  product: "prod_stable_diffusion",
  type: "one_time",
  unit_amount: 2900,
};

export const PRODUCT = { id: PRICE.product, object: "product", active: true, name: "A module" };

function linesOf(hex: string): Record<string, unknown> {
  const line = { id: `li_${hex}`, object: "item", quantity: 1, amount_total: 2900, price: PRICE };
  return { object: "list", has_more: false, url: "/v1/lines", data: [line] };
}

/** All ids follow from the buyer's, so that the session's id is enough to make the rest again. */
function purchaseOf(userId: string): Purchase {
  const hex = userId.replaceAll("-", "");
  return newPurchase({
    userId,
    sessionId: `cs_test_${hex}`,
    customerId: `cus_${hex.slice(0, 24)}`,
    paymentIntentId: `pi_${hex.slice(0, 24)}`,
  });
}

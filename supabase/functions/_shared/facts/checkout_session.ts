import type { CheckoutSessionFact } from "./fact.ts";
import { at, idOf, type JsonObject, list, oneOf, text, time, whole } from "./json.ts";
import { siteRefs } from "./site_refs.ts";

/** The words Stripe has for a Checkout Session. */
export const CHECKOUT_SESSION_WORDS = {
  mode: ["payment", "subscription", "setup"],
  status: ["open", "expired", "complete"],
  payment_status: ["unpaid", "no_payment_required", "paid"],
} as const;

/** Reads a Checkout Session. */
export function checkoutSession(
  id: string,
  object: JsonObject,
  type: string,
): CheckoutSessionFact {
  return {
    kind: "checkout_session",
    id,
    mode: modeOf(object),
    status: oneOf(CHECKOUT_SESSION_WORDS.status, object.status) ?? statusByType(type),
    payment_status: paymentStatus(object, type),
    async_failed: type === "checkout.session.async_payment_failed",
    amount_total: whole(object.amount_total),
    amount_subtotal: whole(object.amount_subtotal),
    has_optional_items: (list(object.optional_items) ?? []).length > 0,
    created: time(object.created),
    ...siteRefs(object),
    client_reference_id: text(object.client_reference_id),
    email: text(at(object, "customer_details", "email")) ?? text(object.customer_email),
    payment_intent_id: idOf(object.payment_intent),
    subscription_id: idOf(object.subscription),
    invoice_id: idOf(object.invoice),
    customer_id: idOf(object.customer),
    price_ids: priceIds(object.line_items),
  };
}

/** The first sessions (2019) had no `mode`: what they made tells it. */
function modeOf(object: JsonObject): CheckoutSessionFact["mode"] {
  if (typeof object.mode === "string") {
    return oneOf(CHECKOUT_SESSION_WORDS.mode, object.mode) ?? "unknown";
  }
  if (idOf(object.payment_intent) !== null) return "payment";
  if (idOf(object.subscription) !== null) return "subscription";
  return idOf(object.setup_intent) !== null ? "setup" : "unknown";
}

/** Nor had they a `status`: the type of the event tells it. */
function statusByType(type: string): CheckoutSessionFact["status"] {
  switch (type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
    case "checkout.session.async_payment_failed":
      return "complete";
    case "checkout.session.expired":
      return "expired";
    default:
      return "open";
  }
}

/**
 * Nor a `payment_status`. A completed session may still wait for its money, so one that does not
 * say counts as unpaid; its payment intent opens the module when it succeeds.
 */
function paymentStatus(object: JsonObject, type: string): CheckoutSessionFact["payment_status"] {
  if (type === "checkout.session.async_payment_succeeded") return "paid";
  return oneOf(CHECKOUT_SESSION_WORDS.payment_status, object.payment_status) ?? "unpaid";
}

/** The prices sold; null where the list is absent or goes on elsewhere, so that it is fetched. */
function priceIds(lineItems: unknown): string[] | null {
  if (at(lineItems, "has_more") === true) return null;
  const ids = list(lineItems)?.map((line) => idOf(line.price));
  return ids?.filter((id) => id !== null) ?? null;
}

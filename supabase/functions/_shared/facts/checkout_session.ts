import { at, idOf, type JsonObject, list, oneOf, text, time, whole } from "./json.ts";
import type { Kind } from "./kind.ts";
import { paymentIntent } from "./payment_intent.ts";
import { price, priceOfLine } from "./price.ts";
import { siteRefs } from "./site_refs.ts";

const WORDS = {
  mode: ["payment", "subscription", "setup"],
  status: ["open", "expired", "complete"],
  payment_status: ["unpaid", "no_payment_required", "paid"],
} as const;

/** A Checkout Session: the buyer, what they buy, and whether it is paid. */
export interface CheckoutSessionFact {
  kind: "checkout_session";
  id: string;
  mode: (typeof WORDS.mode)[number] | "unknown";
  /** An unknown value counts as `open`. */
  status: (typeof WORDS.status)[number];
  /** An unknown value counts as `unpaid`: an unknown word opens nothing. */
  payment_status: (typeof WORDS.payment_status)[number];
  /** True when a delayed payment method reported failure. */
  async_failed: boolean;
  amount_total: number | null;
  /** Before discounts, tax and shipping. It changes when the buyer adds something. */
  amount_subtotal: number | null;
  /** Stripe's page offers more than the request asked for. */
  has_optional_items: boolean;
  created: number | null;
  user_ref: string | null;
  module_ref: string | null;
  /** On Payment Links it comes from the URL, which the buyer can change. It proves nothing about the buyer. */
  client_reference_id: string | null;
  /** The buyer's address as Stripe has it; never verified. */
  email: string | null;
  payment_intent_id: string | null;
  subscription_id: string | null;
  invoice_id: string | null;
  customer_id: string | null;
  /** The prices sold; null if the payload has no line items. */
  price_ids: string[] | null;
}

export const checkoutSession = {
  kind: "checkout_session",
  head: "checkout.session",
  words: WORDS,
  read: readCheckoutSession,
  inside: [
    { kind: paymentIntent, find: ({ payment_intent }) => list([payment_intent]) ?? [] },
    { kind: price, find: ({ line_items }) => (list(line_items) ?? []).flatMap(priceOfLine) },
  ],
  byId: { cs: (id) => `/v1/checkout/sessions/${id}?expand[]=line_items` },
  all: "/v1/checkout/sessions?limit=100&status=complete&expand[]=data.line_items",
  cutShort: {
    field: "line_items",
    path: (id) => `/v1/checkout/sessions/${id}/line_items?limit=100`,
  },
} satisfies Kind<CheckoutSessionFact>;

function readCheckoutSession(
  id: string,
  object: JsonObject,
  type: string,
): CheckoutSessionFact {
  return {
    kind: "checkout_session",
    id,
    mode: modeOf(object),
    status: oneOf(WORDS.status, object.status) ?? statusByType(type),
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

/** The first sessions (2019) had no `mode`. The object that the session created shows it. */
function modeOf(object: JsonObject): CheckoutSessionFact["mode"] {
  if (typeof object.mode === "string") {
    return oneOf(WORDS.mode, object.mode) ?? "unknown";
  }
  if (idOf(object.payment_intent) !== null) return "payment";
  if (idOf(object.subscription) !== null) return "subscription";
  return idOf(object.setup_intent) !== null ? "setup" : "unknown";
}

/** The first sessions had no `status` either. The type of the event shows it. */
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
 * They had no `payment_status` either. A completed session may still wait for its money, so such a
 * session counts as unpaid. Its payment intent opens the module when it succeeds.
 */
function paymentStatus(object: JsonObject, type: string): CheckoutSessionFact["payment_status"] {
  if (type === "checkout.session.async_payment_succeeded") return "paid";
  return oneOf(WORDS.payment_status, object.payment_status) ?? "unpaid";
}

/** The prices sold; null if the list is absent or incomplete, so that it is fetched. */
function priceIds(lineItems: unknown): string[] | null {
  if (at(lineItems, "has_more") === true) return null;
  const ids = list(lineItems)?.map((line) => idOf(line.price));
  return ids?.filter((id) => id !== null) ?? null;
}

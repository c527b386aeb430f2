import { json, operation } from "./operation.ts";
import { ANY_CODES, BODY_CODES, type Json } from "./problems.ts";
import { body, TEXT } from "./schemas.ts";

const WHISPER = {
  module_id: 2,
  slug: "whisper",
  title: "Whisper",
  status: "active",
  expires_at: null,
  reason: "purchase",
};

const RETURN_URL: Json = {
  type: ["string", "null"],
  format: "uri",
  description:
    "The page to come back to, with an origin of SITE_URL. Left out: the first address of SITE_URL.",
};

const STATUS = json("What became of the session.", "SessionStatus", {
  status: "paid",
  modules: [WHISPER],
});

export const CHECKOUT: Json = {
  "/checkout": {
    post: operation({
      id: "startCheckout",
      summary: "Buys a module or a price",
      description:
        "Opens a Checkout Session at Stripe and answers its address. A free module is claimed at once; the address is " +
        "then the page to come back to.",
      security: ["session"],
      request: {
        schema: body({
          module: { type: ["string", "integer", "null"], description: "Slug or id." },
          price: { ...TEXT, type: ["string", "null"], description: "A price of Stripe." },
          return_url: RETURN_URL,
        }),
        examples: { module: { module: "whisper" }, price: { price: "price_whisper_monthly" } },
      },
      answers: {
        200: json("Where the browser goes.", "Address", {
          url: "https://checkout.stripe.com/c/pay/cs_test_a1",
        }),
      },
      refusals: [
        ...BODY_CODES,
        "not_signed_in",
        "denied",
        "no_such_module",
        "no_such_price",
        "already_owned",
        "payment_pending",
        "subscription_stalled",
        "choose_price",
        "other_currency",
        "not_for_sale",
        ...ANY_CODES,
      ],
    }),
  },
  "/checkout/portal": {
    post: operation({
      id: "openPortal",
      summary: "Opens Stripe's Billing Portal",
      description:
        "For cards, invoices and the end of a subscription. Without a content-type the body may be left out.",
      security: ["session"],
      request: {
        schema: body({ return_url: RETURN_URL }),
        isOptional: true,
        examples: { page: { return_url: "https://example.com/encours" } },
      },
      answers: {
        200: json("Where the browser goes.", "Address", {
          url: "https://billing.stripe.com/p/session/test_a1",
        }),
      },
      refusals: [...BODY_CODES, "not_signed_in", "no_customer", ...ANY_CODES],
    }),
  },
  "/checkout/status": {
    get: operation({
      id: "checkoutStatus",
      summary: "Returns the status of a Checkout Session",
      description: "Reads the session from Stripe if its event has not arrived yet.",
      security: ["session"],
      parameters: [{
        name: "session_id",
        in: "query",
        required: true,
        schema: { type: "string" },
        example: "cs_test_a1",
      }],
      answers: { 200: STATUS },
      refusals: ["not_signed_in", "no_such_session", ...ANY_CODES],
    }),
    post: operation({
      id: "checkoutStatusByPost",
      summary: "The same, with the id in the body",
      security: ["session"],
      request: {
        schema: body({ session_id: TEXT }, ["session_id"]),
        examples: { session: { session_id: "cs_test_a1" } },
      },
      answers: { 200: STATUS },
      refusals: [...BODY_CODES, "not_signed_in", "no_such_session", ...ANY_CODES],
    }),
  },
};

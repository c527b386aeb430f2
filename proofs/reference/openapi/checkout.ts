import { json, operation } from "./operation.ts";
import { ANY_CODES, BODY_CODES, type Json } from "./problems.ts";
import { LOCALES } from "../../../supabase/functions/checkout/locales.ts";
import { closedBody, TEXT } from "./schemas.ts";

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
        "Opens a Checkout Session at Stripe and answers its address, or with ui_mode embedded its secret. A free module " +
        "is claimed at once; the answer is then the address of the page to come back to.",
      security: ["session"],
      request: {
        schema: closedBody({
          module: { type: ["string", "integer", "null"], description: "Slug or id." },
          price: { ...TEXT, type: ["string", "null"], description: "A price of Stripe." },
          return_url: RETURN_URL,
          promotion_code: {
            type: ["string", "null"],
            description: "The code as customers write it; upper and lower case are the same.",
          },
          quantity: {
            type: ["integer", "null"],
            minimum: 1,
            default: 1,
            description: "At most max_quantity of the price's terms, which is 1 unless it was set.",
          },
          locale: {
            enum: [...LOCALES, null],
            description: "The language of the payment page. Left out: that of the browser.",
          },
          ui_mode: {
            enum: ["hosted", "embedded", null],
            default: "hosted",
            description:
              "Whether the payment page is Stripe's own, or embedded in a page of the site.",
          },
        }),
        examples: {
          module: { module: "whisper" },
          price: { price: "price_whisper_monthly" },
          code: { price: "price_whisper_monthly", promotion_code: "LAUNCH20" },
          embedded: { module: "llama", ui_mode: "embedded", locale: "fr" },
        },
      },
      answers: {
        200: json("Where the purchase goes on.", "PaymentPage", {
          url: "https://checkout.stripe.com/c/pay/cs_test_a1",
        }),
      },
      refusals: [
        ...BODY_CODES,
        "not_signed_in",
        "denied",
        "no_such_module",
        "no_such_price",
        "no_such_code",
        "already_owned",
        "payment_pending",
        "subscription_stalled",
        "choose_price",
        "other_currency",
        "code_refused",
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
        schema: closedBody({ return_url: RETURN_URL }),
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
        schema: closedBody({ session_id: TEXT }, ["session_id"]),
        examples: { session: { session_id: "cs_test_a1" } },
      },
      answers: { 200: STATUS },
      refusals: [...BODY_CODES, "not_signed_in", "no_such_session", ...ANY_CODES],
    }),
  },
};

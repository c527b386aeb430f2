import assert from "node:assert/strict";
import { type Sale, sessionParams } from "./session_params.ts";

const SALE: Sale = {
  member: { id: "ada", email: null },
  customer: "cus_ada",
  price: {
    id: "price_1",
    product: "prod_1",
    mode: "payment",
    isMetered: false,
    amount: 2_900,
    currency: "eur",
    interval: null,
    interval_count: 1,
  },
  mapped: {
    price: "price_1",
    modules: [{
      module_id: 7,
      slug: "whisper",
      title: "Whisper",
      access_level: "standard",
      max_usage: null,
      access_duration: null,
    }],
    former_sessions: 0,
    trial_days: null,
    max_quantity: 1,
  },
  offer: {
    reason: null,
    modules: [],
    prices: [],
    doubts: [],
    customer_id: "cus_ada",
    former_customers: 0,
    promotion_codes: false,
    automatic_tax: false,
    tax_ids: false,
  },
  wanted: {
    module: "whisper",
    price: null,
    page: new URL("https://example.com/shop"),
    promotionCode: null,
    quantity: 1,
    locale: null,
    uiMode: "hosted",
  },
  promotionCode: null,
};
const MONTHLY = { ...SALE.price, mode: "subscription", interval: "month" } as const;
const BACK = "https://example.com/shop?session_id={CHECKOUT_SESSION_ID}";

Deno.test("a plain purchase asks for no more than release 0.2.0 did, so its key is the same", () => {
  const metadata = { user_id: "ada", module_id: "7" };
  assert.deepEqual(sessionParams(SALE), {
    mode: "payment",
    customer: "cus_ada",
    client_reference_id: "ada",
    line_items: [{ price: "price_1", quantity: 1 }],
    success_url: BACK,
    cancel_url: "https://example.com/shop",
    metadata,
    payment_intent_data: { metadata },
    expand: ["line_items"],
  });
});

Deno.test("an embedded page returns to the page of the site, and has no page for canceling", () => {
  const { ui_mode, return_url, success_url, cancel_url } = sessionParams({
    ...SALE,
    wanted: { ...SALE.wanted, uiMode: "embedded" },
  });
  assert.deepEqual([ui_mode, return_url, success_url, cancel_url], [
    "embedded_page",
    BACK,
    undefined,
    undefined,
  ]);
});

Deno.test("a named code and the field for codes never come together, because Stripe refuses both", () => {
  const offer = { ...SALE.offer, promotion_codes: true };
  const asked = sessionParams({ ...SALE, offer });
  assert.deepEqual([asked.allow_promotion_codes, asked.discounts], [true, undefined]);
  const named = sessionParams({ ...SALE, offer, promotionCode: "promo_1" });
  assert.deepEqual([named.allow_promotion_codes, named.discounts], [
    undefined,
    [{ promotion_code: "promo_1" }],
  ]);
});

Deno.test("automatic tax and tax ids let Stripe store what it asks the customer", () => {
  const of = (automatic_tax: boolean, tax_ids: boolean) => {
    const asked = sessionParams({ ...SALE, offer: { ...SALE.offer, automatic_tax, tax_ids } });
    return [asked.automatic_tax, asked.tax_id_collection, asked.customer_update];
  };
  const on = { enabled: true };
  assert.deepEqual(of(true, false), [on, undefined, { address: "auto" }]);
  assert.deepEqual(of(false, true), [undefined, on, { address: "auto", name: "auto" }]);
  assert.deepEqual(of(true, true), [on, on, { address: "auto", name: "auto" }]);
});

Deno.test("a trial is part of a subscription only", () => {
  const mapped = { ...SALE.mapped, trial_days: 14 };
  const plan = sessionParams({ ...SALE, mapped, price: MONTHLY });
  assert.deepEqual(plan.subscription_data, { metadata: { user_id: "ada" }, trial_period_days: 14 });
  assert.equal(sessionParams({ ...SALE, mapped }).subscription_data, undefined);
  const without = sessionParams({ ...SALE, price: MONTHLY });
  assert.deepEqual(without.subscription_data, { metadata: { user_id: "ada" } });
});

Deno.test("a metered price has no quantity, any other has the requested one", () => {
  const wanted = { ...SALE.wanted, quantity: 3 };
  const metered = { ...MONTHLY, isMetered: true };
  assert.deepEqual(sessionParams({ ...SALE, wanted }).line_items, [{
    price: "price_1",
    quantity: 3,
  }]);
  assert.deepEqual(sessionParams({ ...SALE, price: metered }).line_items, [{ price: "price_1" }]);
});

Deno.test("the language is left to Stripe unless the request names one", () => {
  assert.equal(sessionParams(SALE).locale, undefined);
  assert.equal(sessionParams({ ...SALE, wanted: { ...SALE.wanted, locale: "fr" } }).locale, "fr");
});

import assert from "node:assert/strict";
import type Stripe from "stripe";
import { open, type Scene, types } from "./testing.ts";

type Params = Stripe.Checkout.SessionCreateParams;

/** A session for the one-time price of 2,900. */
function once(scene: Scene, params: Partial<Params> = {}) {
  return scene.stripe.checkout.sessions.create({
    mode: "payment",
    line_items: [{ price: "price_once", quantity: 1 }],
    success_url: "http://localhost/back",
    ...params,
  });
}

/** A session for the monthly price of 900, of a new customer. */
async function monthly(scene: Scene, params: Partial<Params> = {}) {
  const { id: customer } = await scene.stripe.customers.create({ email: "ada@example.com" });
  return await once(scene, {
    mode: "subscription",
    customer,
    line_items: [{ price: "price_month", quantity: 1 }],
    ...params,
  });
}

/** Presses a button of the session's page. Returns the page that follows. */
async function press(
  scene: Scene,
  id: string,
  action: string,
  fields: Record<string, string> = {},
) {
  const body = new URLSearchParams({ action, ...fields });
  const url = `${scene.standIn.url}/c/pay/${id}`;
  const response = await fetch(url, { method: "POST", body, redirect: "manual" });
  return response.headers.get("location") ?? await response.text();
}

/** A code for a new coupon; its id. */
async function code(
  { stripe }: Scene,
  coupon: Stripe.CouponCreateParams,
  about: Partial<Stripe.PromotionCodeCreateParams> = {},
): Promise<string> {
  const { id } = await stripe.coupons.create(coupon);
  const promotion = { type: "coupon", coupon: id } as const;
  return (await stripe.promotionCodes.create({ promotion, ...about })).id;
}

function sums({ amount_subtotal, amount_total, total_details }: Stripe.Checkout.Session) {
  const { amount_discount, amount_tax } = total_details!;
  return [amount_subtotal, amount_discount, amount_tax, amount_total];
}

Deno.test("a percentage, a fixed amount and the tax change the total, on lines as on the session", async () => {
  await using scene = open();
  const half = await code(scene, { percent_off: 50 });
  const five = await code(scene, { amount_off: 500, currency: "eur" });
  const rich = await code(scene, { amount_off: 9_900, currency: "eur" });
  const by = (promotion_code: string) => once(scene, { discounts: [{ promotion_code }] });
  assert.deepEqual(sums(await once(scene)), [2_900, 0, 0, 2_900]);
  assert.deepEqual(sums(await by(half)), [2_900, 1_450, 0, 1_450]);
  assert.deepEqual(sums(await by(five)), [2_900, 500, 0, 2_400]);
  assert.deepEqual(sums(await by(rich)), [2_900, 2_900, 0, 0]);
  const taxed = await once(scene, {
    automatic_tax: { enabled: true },
    discounts: [{ promotion_code: half }],
    expand: ["line_items"],
  });
  assert.deepEqual(sums(taxed), [2_900, 1_450, 290, 1_740]);
  const [line] = taxed.line_items!.data;
  assert.deepEqual([line?.amount_discount, line?.amount_tax, line?.amount_total], [
    1_450,
    290,
    1_740,
  ]);
});

Deno.test("a discount is on the payment, the invoice and its lines; once is for one invoice", async () => {
  await using scene = open();
  const { stripe } = scene;
  const session = await monthly(scene, {
    discounts: [{ promotion_code: await code(scene, { percent_off: 50, duration: "once" }) }],
  });
  await press(scene, session.id, "pay");
  const { data: [invoice] } = await stripe.invoices.list();
  assert.deepEqual([invoice?.subtotal, invoice?.total, invoice?.amount_paid], [900, 450, 450]);
  const [line] = invoice!.lines.data;
  assert.deepEqual([line?.amount, line?.discount_amounts?.[0]?.amount], [900, 450]);
  assert.equal((await stripe.paymentIntents.list()).data[0]?.amount, 450);
});

Deno.test("a trial begins without a payment, and its end is the first paid period", async () => {
  await using scene = open();
  const { stripe } = scene;
  const discounts = [{
    promotion_code: await code(scene, { percent_off: 50, duration: "once" }),
  }];
  const session = await monthly(scene, { discounts, subscription_data: { trial_period_days: 14 } });
  assert.deepEqual(sums(session), [0, 0, 0, 0]);
  await press(scene, session.id, "later");
  const paid = await stripe.checkout.sessions.retrieve(session.id);
  assert.deepEqual([paid.status, paid.payment_status], ["complete", "no_payment_required"]);
  const trial = await stripe.subscriptions.retrieve(paid.subscription as string);
  const [item] = trial.items.data;
  assert.equal(trial.status, "trialing");
  assert.equal(trial.trial_end! - trial.trial_start!, 14 * 24 * 60 * 60);
  assert.equal(item?.current_period_end, trial.trial_end);
  const { data: [free] } = await stripe.invoices.list();
  assert.deepEqual([free?.status, free?.total, free?.lines.data[0]?.amount], ["paid", 0, 0]);

  const ended = await stripe.subscriptions.update(trial.id, { trial_end: "now" });
  const { data: [first] } = await stripe.invoices.list();
  // A coupon for one invoice is not used up by the one that was free.
  assert.deepEqual([ended.status, first?.total, first?.amount_paid], ["active", 450, 450]);
  assert.ok(ended.items.data[0]!.current_period_end > ended.trial_end!);
  await scene.standIn.webhooks.delivered();
  assert.ok(types(scene.arrived).includes("customer.subscription.updated"));
});

Deno.test("a code is found without its case, and is over when it is used up, expired or switched off", async () => {
  await using scene = open();
  const { stripe, standIn } = scene;
  const found = async (word: string) =>
    (await stripe.promotionCodes.list({ code: word, active: true })).data.map(({ id }) => id);
  const used = await code(scene, { percent_off: 10 }, { code: "Once", max_redemptions: 1 });
  assert.deepEqual(await found("ONCE"), [used]);
  const session = await once(scene, { discounts: [{ promotion_code: used }] });
  await press(scene, session.id, "pay");
  assert.deepEqual(await found("once"), []);

  const expires_at = Math.floor(Date.now() / 1_000) + 60;
  await code(scene, { percent_off: 10 }, { code: "short", expires_at });
  await code(scene, { percent_off: 10, redeem_by: expires_at }, { code: "coupon" });
  const off = await code(scene, { percent_off: 10 }, { code: "off" });
  assert.deepEqual([(await found("short")).length, (await found("coupon")).length], [1, 1]);
  standIn.pass(61);
  await stripe.promotionCodes.update(off, { active: false });
  for (const word of ["short", "coupon", "off"]) assert.deepEqual(await found(word), []);
  await assert.rejects(once(scene, { discounts: [{ promotion_code: off }] }), {
    param: "discounts[0][promotion_code]",
  });
});

Deno.test("what a coupon is for is shown only when it is expanded", async () => {
  await using scene = open();
  const products = [scene.standIn.store.find("price", "price_once")!.product];
  await code(scene, { percent_off: 10, applies_to: { products } }, { code: "A" });
  const { data: [plain] } = await scene.stripe.promotionCodes.list({ code: "a" });
  const expand = ["data.promotion.coupon.applies_to"];
  const { data: [whole] } = await scene.stripe.promotionCodes.list({ code: "a", expand });
  assert.equal(typeof plain?.promotion.coupon, "string");
  assert.deepEqual((whole?.promotion.coupon as Stripe.Coupon).applies_to, { products });
});

Deno.test("a code for others, for first purchases, larger ones or other products is refused", async () => {
  await using scene = open();
  const { stripe } = scene;
  const [ada, bob] = await Promise.all([1, 2].map(() => stripe.customers.create({})));
  const refused = async (promotion_code: string, why: RegExp) => {
    await assert.rejects(once(scene, { customer: ada!.id, discounts: [{ promotion_code }] }), why);
  };
  const ten = { percent_off: 10 };
  await refused(await code(scene, ten, { customer: bob!.id }), /another customer/);
  await refused(
    await code(scene, ten, {
      restrictions: { minimum_amount: 2_901, minimum_amount_currency: "eur" },
    }),
    /minimum amount/,
  );
  await refused(
    await code(scene, { ...ten, applies_to: { products: ["prod_other"] } }),
    /anything/,
  );
  await refused(await code(scene, { amount_off: 1, currency: "usd" }), /currency/);
  await refused("promo_none", /No such promotion code/);

  const first = await code(scene, ten, { restrictions: { first_time_transaction: true } });
  const { id } = await once(scene, { customer: ada!.id, discounts: [{ promotion_code: first }] });
  await press(scene, id, "pay");
  await refused(first, /prior transactions/);
});

Deno.test("the page takes a code only where the session allows it, and never beside a discount", async () => {
  await using scene = open();
  const promotion_code = await code(scene, { percent_off: 50 }, { code: "HALF" });
  const closed = await once(scene);
  assert.doesNotMatch(await press(scene, closed.id, "apply", { code: "HALF" }), /Discount/);
  const open_ = await once(scene, { allow_promotion_codes: true });
  assert.match(await press(scene, open_.id, "apply", { code: "none" }), /invalid/);
  assert.match(await press(scene, open_.id, "apply", { code: " half " }), /Discount: −14.50 EUR/);
  await press(scene, open_.id, "pay");
  assert.equal((await scene.stripe.paymentIntents.list()).data[0]?.amount_received, 1_450);
  await assert.rejects(
    once(scene, { allow_promotion_codes: true, discounts: [{ promotion_code }] }),
    /only specify one/,
  );
});

Deno.test("an embedded session has a secret and one page to return to", async () => {
  await using scene = open();
  const embedded = { ui_mode: "embedded_page", success_url: undefined } as unknown as Params;
  const return_url = "http://localhost/back?session_id={CHECKOUT_SESSION_ID}";
  const session = await once(scene, { ...embedded, return_url });
  assert.equal(session.url, null);
  assert.ok(session.client_secret?.startsWith(`${session.id}_secret_`));
  assert.equal(
    await press(scene, session.id, "pay"),
    `http://localhost/back?session_id=${session.id}`,
  );
  await assert.rejects(once(scene, embedded), { param: "return_url" });
  await assert.rejects(once(scene, { return_url }), { param: "return_url" });
  await assert.rejects(once(scene, { ...embedded, return_url, cancel_url: "http://localhost" }), {
    param: "cancel_url",
  });
});

Deno.test("tax for a customer needs leave to store the address, and tax ids the name", async () => {
  await using scene = open();
  const { id: customer } = await scene.stripe.customers.create({});
  const automatic_tax = { enabled: true };
  await assert.rejects(once(scene, { customer, automatic_tax }), {
    code: "customer_tax_location_invalid",
  });
  await assert.rejects(
    once(scene, { customer, tax_id_collection: { enabled: true } }),
    /business name/,
  );
  const customer_update = { address: "auto", name: "auto" } as const;
  await once(scene, {
    customer,
    customer_update,
    automatic_tax,
    tax_id_collection: { enabled: true },
  });
});

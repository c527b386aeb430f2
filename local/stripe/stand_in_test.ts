import assert from "node:assert/strict";
import Stripe from "stripe";
import { fetching } from "../../supabase/functions/_shared/stripe/fetching.ts";
import { stripeApi } from "../../supabase/functions/_shared/stripe/stripe_api.ts";
import { newId } from "../../stripe/events.ts";
import { ENDPOINTS } from "./parameters.ts";
import { RESOURCES } from "./resources/index.ts";
import { client, KEY, open, types } from "./testing.ts";

const ONCE: Stripe.Checkout.SessionCreateParams = {
  mode: "payment",
  line_items: [{ price: "price_once", quantity: 1 }],
  success_url: "http://localhost/back?session_id={CHECKOUT_SESSION_ID}",
  cancel_url: "http://localhost/shop",
  metadata: { user_id: "ada" },
  payment_intent_data: { metadata: { user_id: "ada", module_id: "1" } },
};

/** Presses a button of a page. Returns the address of the redirect. */
async function press(url: string, action: string): Promise<string | null> {
  const body = new URLSearchParams({ action, email: "ada@example.com" });
  const response = await fetch(url, { method: "POST", body, redirect: "manual" });
  await response.body?.cancel();
  return response.headers.get("location");
}

Deno.test("the parameters of all its endpoints are known, and no others", () => {
  assert.deepEqual(Object.keys(RESOURCES).sort(), [...ENDPOINTS].sort());
});

Deno.test("a parameter that Stripe does not publish is refused in Stripe's words", async () => {
  await using scene = open();
  for (
    const [odd, param] of [
      [{ sucess_url: "http://localhost" }, "sucess_url"],
      [{ line_items: [{ price: "price_once", count: 1 }] }, "line_items[0][count]"],
      [
        { payment_intent_data: { metdata: {} as never, description: "x", x: 1 } },
        "payment_intent_data[x]",
      ],
    ] as const
  ) {
    await assert.rejects(
      scene.stripe.checkout.sessions.create(
        { ...ONCE, ...odd } as Stripe.Checkout.SessionCreateParams,
      ),
      { type: "StripeInvalidRequestError", code: "parameter_unknown", param, statusCode: 400 },
    );
  }
});

Deno.test("missing, misspelt or contradictory parameters are refused", async () => {
  await using scene = open();
  const create = (params: object) =>
    scene.stripe.checkout.sessions.create(
      { ...ONCE, ...params } as Stripe.Checkout.SessionCreateParams,
    );
  await assert.rejects(create({ mode: "paymnt" }), { param: "mode" });
  await assert.rejects(create({ mode: undefined }), { code: "parameter_missing", param: "mode" });
  await assert.rejects(create({ line_items: [{ price: "price_once", quantity: "two" }] }), {
    code: "parameter_invalid_integer",
  });
  await assert.rejects(create({ line_items: [{ price: "price_none", quantity: 1 }] }), {
    code: "resource_missing",
    param: "line_items[0][price]",
  });
  await assert.rejects(
    create({ line_items: [{ price: "price_month", quantity: 1 }] }),
    /recurring/,
  );
  await assert.rejects(create({ mode: "subscription" }), /recurring/);
  await assert.rejects(create({ customer: "cus_none" }), { param: "customer", statusCode: 400 });
  await assert.rejects(scene.stripe.checkout.sessions.retrieve("cs_none"), {
    code: "resource_missing",
    statusCode: 404,
  });
});

Deno.test("a request without the key is refused", async () => {
  await using scene = open();
  await assert.rejects(client(scene.standIn, "sk_test_bob").customers.list(), { statusCode: 401 });
});

Deno.test("a repeated idempotency key gets its answer again, refuses other parameters, and expires after a day", async () => {
  await using scene = open();
  const { sessions } = scene.stripe.checkout;
  const options = { idempotencyKey: newId("key") };
  const first = await sessions.create(ONCE, options);
  const second = await sessions.create(ONCE, options);
  assert.equal(second.id, first.id);
  assert.equal(
    (second.lastResponse.headers as unknown as Headers).get("idempotent-replayed"),
    "true",
  );
  await assert.rejects(sessions.create({ ...ONCE, cancel_url: "http://localhost/" }, options), {
    type: "StripeIdempotencyError",
  });
  scene.standIn.pass(24 * 60 * 60);
  assert.notEqual((await sessions.create(ONCE, options)).id, first.id);
});

Deno.test("a buyer who pays is sent back, and all objects and events are made", async () => {
  await using scene = open();
  const { stripe, arrived } = scene;
  const session = await stripe.checkout.sessions.create(ONCE);
  assert.equal(
    await press(session.url!, "pay"),
    `http://localhost/back?session_id=${session.id}`,
  );
  assert.deepEqual(types(arrived), [
    "charge.succeeded",
    "checkout.session.completed",
    "payment_intent.succeeded",
  ]);
  const paid = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ["line_items", "payment_intent"],
  });
  assert.deepEqual([session.amount_subtotal, paid.amount_subtotal], [2_900, 2_900]);
  const payment = paid.payment_intent as Stripe.PaymentIntent;
  assert.deepEqual(
    [paid.status, paid.payment_status, paid.url, paid.line_items?.data[0]?.price?.id],
    ["complete", "paid", null, "price_once"],
  );
  assert.deepEqual([payment.status, payment.metadata.module_id], ["succeeded", "1"]);

  const refund = await stripe.refunds.create({ payment_intent: payment.id });
  assert.deepEqual([refund.status, refund.amount], ["succeeded", 2_900]);
  await assert.rejects(stripe.refunds.create({ payment_intent: payment.id }), {
    code: "charge_already_refunded",
  });
});

Deno.test("the pages show what was bought, and refund it", async () => {
  await using scene = open();
  const { url } = await scene.stripe.checkout.sessions.create(ONCE);
  await press(url!, "pay");
  assert.match(
    await (await fetch(scene.standIn.url)).text(),
    /Once<\/a>, 29\.00 EUR: complete, paid/,
  );
  for (let nth = 0; nth < 2; nth++) await press(url!, "refund");
  assert.match(await (await fetch(url!)).text(), /gone back/);
  const back = scene.arrived.filter(({ type }) => type === "refund.created");
  assert.equal(back.length, 1);
});

Deno.test("a declined card leaves the session open, and the second attempt uses the same payment", async () => {
  await using scene = open();
  const session = await scene.stripe.checkout.sessions.create(ONCE);
  assert.equal(await press(session.url!, "decline"), null);
  assert.equal((await scene.stripe.checkout.sessions.retrieve(session.id)).status, "open");
  await press(session.url!, "pay");
  assert.equal((await scene.stripe.paymentIntents.list()).data.length, 1);
});

Deno.test("a delayed payment arrives later or fails", async () => {
  for (
    const [action, status] of [["arrives", "succeeded"], ["fails", "failed"]] as const
  ) {
    await using scene = open();
    const session = await scene.stripe.checkout.sessions.create(ONCE);
    await press(session.url!, "later");
    const [completed] = scene.arrived.filter(({ type }) => type === "checkout.session.completed");
    assert.equal((completed?.data.object as Stripe.Checkout.Session).payment_status, "unpaid");
    await press(session.url!, action);
    assert.ok(types(scene.arrived).includes(`checkout.session.async_payment_${status}`));
  }
});

Deno.test("a subscription paid by a debit is incomplete until the money arrives", async () => {
  const { payment_intent_data: _, ...shared } = ONCE;
  const params: Stripe.Checkout.SessionCreateParams = {
    ...shared,
    mode: "subscription",
    line_items: [{ price: "price_month", quantity: 1 }],
  };
  for (const [action, status] of [["arrives", "active"], ["fails", "incomplete"]] as const) {
    await using scene = open();
    const { stripe } = scene;
    const session = await stripe.checkout.sessions.create(params);
    await press(session.url!, "later");
    const [made] = (await stripe.subscriptions.list()).data;
    assert.equal(made?.status, "incomplete");
    const parts = async () => {
      const { data } = await stripe.invoicePayments.list({
        invoice: made?.latest_invoice as string,
        expand: ["data.payment.payment_intent"],
      });
      return data.map(({ status, payment }) => [
        status,
        (payment.payment_intent as Stripe.PaymentIntent).status,
      ]);
    };
    assert.deepEqual(await parts(), [["open", "processing"]]);

    await press(session.url!, action);
    assert.equal((await stripe.subscriptions.retrieve(made!.id)).status, status);
    assert.deepEqual(await parts(), [
      action === "arrives" ? ["paid", "succeeded"] : ["open", "requires_payment_method"],
    ]);
    if (action === "fails") {
      await stripe.invoices.voidInvoice(made?.latest_invoice as string);
      assert.deepEqual(await parts(), [["canceled", "canceled"]]);
    }
  }
});

Deno.test("a buyer who cancels is sent back, and there is no event", async () => {
  await using scene = open();
  const session = await scene.stripe.checkout.sessions.create(ONCE);
  assert.equal(await press(session.url!, "cancel"), ONCE.cancel_url);
  assert.deepEqual(scene.arrived, []);
});

Deno.test("a subscription has an invoice, a payment and a customer, and ends in the portal", async () => {
  await using scene = open();
  const { stripe, arrived } = scene;
  const customer = await stripe.customers.create({ email: "ada@example.com" });
  const { payment_intent_data: _, ...shared } = ONCE;
  const session = await stripe.checkout.sessions.create({
    ...shared,
    mode: "subscription",
    customer: customer.id,
    line_items: [{ price: "price_month", quantity: 1 }],
    subscription_data: { metadata: { user_id: "ada" } },
  });
  await press(session.url!, "pay");
  const [subscription] = (await stripe.subscriptions.list({ customer: customer.id })).data;
  assert.deepEqual([subscription?.status, subscription?.metadata.user_id], ["active", "ada"]);
  const [part] = (await stripe.invoicePayments.list()).data;
  const { data: parts } = await stripe.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: part?.payment.payment_intent as string },
  });
  assert.equal(parts[0]?.invoice, subscription?.latest_invoice);

  const portal = await stripe.billingPortal.sessions.create({ customer: customer.id });
  await press(portal.url, `end:${subscription?.id}`);
  const updated = arrived.findLast(({ type }) => type === "customer.subscription.updated");
  assert.deepEqual(updated?.data.previous_attributes, {
    cancel_at_period_end: false,
    cancel_at: null,
    canceled_at: null,
  });
  await press(portal.url, `now:${subscription?.id}`);
  assert.deepEqual((await stripe.subscriptions.list()).data, []);
  assert.equal((await stripe.subscriptions.list({ status: "all" })).data[0]?.status, "canceled");
});

Deno.test("a session expires after a day, with an event", async () => {
  await using scene = open();
  const session = await scene.stripe.checkout.sessions.create(ONCE);
  scene.standIn.pass(24 * 60 * 60);
  assert.equal((await scene.stripe.checkout.sessions.retrieve(session.id)).status, "expired");
  await assert.rejects(scene.stripe.checkout.sessions.expire(session.id), /status of `expired`/);
  await scene.standIn.webhooks.delivered();
  assert.deepEqual(types(scene.arrived), ["checkout.session.expired"]);
});

Deno.test("lists come in pages, the newest first", async () => {
  await using scene = open();
  const made: string[] = [];
  for (let nth = 0; nth < 5; nth++) {
    made.unshift((await scene.stripe.customers.create({ name: String(nth) })).id);
  }
  const page = await scene.stripe.customers.list({ limit: 2, starting_after: made[1]! });
  assert.deepEqual([page.data.map(({ id }) => id), page.has_more], [made.slice(2, 4), true]);
  const all = await scene.stripe.customers.list({ limit: 2 }).autoPagingToArray({ limit: 100 });
  assert.deepEqual(all.map(({ id }) => id), made);
});

Deno.test("an event that was not delivered can be found", async () => {
  await using scene = open();
  await scene.stripe.customers.create({});
  scene.standIn.webhooks.deliver = false;
  await scene.stripe.customers.create({ name: "lost" });
  await scene.standIn.webhooks.delivered();
  const { data: [lost, ...others] } = await scene.stripe.events.list({ delivery_success: false });
  assert.deepEqual([lost?.type, others], ["customer.created", []]);
  assert.equal((lost?.data.object as Stripe.Customer).name, "lost");
});

Deno.test("an event is deleted after thirty days, and its object is kept", async () => {
  await using scene = open();
  const { id } = await scene.stripe.customers.create({});
  const kept = () => scene.stripe.events.list({ type: "customer.created" });
  scene.standIn.pass(29 * 24 * 60 * 60);
  const [event] = (await kept()).data;
  assert.ok(event);
  scene.standIn.pass(2 * 24 * 60 * 60);
  assert.deepEqual((await kept()).data, []);
  await assert.rejects(scene.stripe.events.retrieve(event.id), { code: "resource_missing" });
  assert.equal((await scene.stripe.customers.retrieve(id)).id, id);
});

Deno.test("the stand-in answers a requested number of calls with 429, and does nothing else", async () => {
  await using scene = open();
  scene.standIn.slowDown(1);
  await assert.rejects(
    scene.stripe.customers.create({}),
    (error) =>
      error instanceof Stripe.errors.StripeRateLimitError && error.headers?.["retry-after"] === "1",
  );
  assert.deepEqual((await scene.stripe.customers.list()).data, []);
});

Deno.test("prices, plans and the invoices of a subscription can be read as Sesame reads them", async () => {
  await using scene = open();
  const { standIn: { url, addPrice }, stripe } = scene;
  addPrice({ id: "plan_old", amount: 900, interval: "month", product: "Old" });
  const fetchObject = fetching(stripeApi({ key: KEY, base: new URL(url) }), false);
  const factsOf = async (id: string) => {
    const events = await fetchObject({ id, account: null, itself: false });
    return events.flatMap(({ facts }) => facts);
  };
  const prices = { price_once: "Once", price_month: "Monthly", plan_old: "Old" };
  for (const [id, name] of Object.entries(prices)) {
    const [listing, price, product] = await factsOf(id);
    assert.ok(listing?.kind === "price_listing" && listing.is_active);
    assert.deepEqual(price, { kind: "price", id, is_recurring: id !== "price_once" });
    assert.ok(product?.kind === "product" && product.id === listing.product_id);
    assert.equal(product.name, name);
  }

  const customer = await stripe.customers.create({
    invoice_settings: { default_payment_method: "pm_card_visa" },
  });
  const items = [{ price: "price_month" }];
  const [bought, other] = await Promise.all(
    [1, 2].map(() => stripe.subscriptions.create({ customer: customer.id, items })),
  );
  const [invoice, payment, ...more] = await factsOf(`${bought!.id}/invoices`);
  assert.ok(invoice?.kind === "invoice" && payment?.kind === "invoice_payment");
  assert.deepEqual([invoice.id, invoice.lines.length, more], [bought!.latest_invoice, 1, []]);
  assert.deepEqual([payment.invoice_id, payment.status], [invoice.id, "paid"]);

  const paid = await factsOf(`${other!.latest_invoice}/payments`);
  assert.deepEqual(paid.map(({ kind }) => kind), ["invoice_payment", "payment_intent"]);
});

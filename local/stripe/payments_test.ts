import assert from "node:assert/strict";
import type Stripe from "stripe";
import { KEY, open, type Scene, types } from "./testing.ts";

const PAID = { amount: 2_000, currency: "usd", confirm: true, payment_method: "pm_card_visa" };

/** A POST as the CLI makes it: it names no API version. */
async function postUnversioned({ standIn }: Scene, path: string, form: Record<string, string>) {
  const response = await fetch(`${standIn.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: await response.json() };
}

async function arrived(scene: Scene): Promise<string[]> {
  await scene.standIn.webhooks.delivered();
  return types(scene.arrived);
}

Deno.test("a payment with a good card succeeds; with a bad card it is refused and may be tried again", async () => {
  await using scene = open();
  const { paymentIntents } = scene.stripe;
  const paid = await paymentIntents.create({ ...PAID, metadata: { user_id: "ada" } });
  assert.deepEqual([paid.status, paid.amount_received], ["succeeded", 2_000]);
  assert.equal((await scene.stripe.charges.list()).data[0]?.payment_intent, paid.id);
  await assert.rejects(
    paymentIntents.create({ ...PAID, payment_method: "pm_card_chargeDeclined" }),
    {
      type: "StripeCardError",
      code: "card_declined",
      statusCode: 402,
    },
  );
  const [declined] = (await paymentIntents.list()).data;
  assert.equal(declined?.status, "requires_payment_method");
  assert.deepEqual(await arrived(scene), ["charge.succeeded", "payment_intent.succeeded"]);
});

Deno.test("a payment can be canceled once, and not after it succeeded", async () => {
  await using scene = open();
  const { paymentIntents } = scene.stripe;
  const { id } = await paymentIntents.create({ amount: 2_000, currency: "usd" });
  const { status, cancellation_reason } = await paymentIntents.cancel(id, {
    cancellation_reason: "duplicate",
  });
  assert.deepEqual([status, cancellation_reason], ["canceled", "duplicate"]);
  const refused = { code: "payment_intent_unexpected_state" };
  await assert.rejects(paymentIntents.cancel(id), refused);
  await assert.rejects(paymentIntents.cancel((await paymentIntents.create(PAID)).id), refused);
  await assert.rejects(
    paymentIntents.create({ amount: 1, currency: "usd", confirm: true }),
    refused,
  );
  await assert.rejects(paymentIntents.create({ ...PAID, payment_method: "pm_card_none" }), {
    code: "resource_missing",
  });
});

Deno.test("an authorized sum can be captured once, and counts as received only then", async () => {
  await using scene = open();
  const { paymentIntents, charges } = scene.stripe;
  const { id, status } = await paymentIntents.create({ ...PAID, capture_method: "manual" });
  assert.equal(status, "requires_capture");
  assert.equal((await charges.list()).data[0]?.amount_captured, 0);
  const taken = await paymentIntents.capture(id);
  assert.deepEqual([taken.status, taken.amount_received], ["succeeded", 2_000]);
  assert.equal((await charges.list()).data[0]?.amount_captured, 2_000);
  await assert.rejects(paymentIntents.capture(id), { code: "payment_intent_unexpected_state" });
  assert.deepEqual(await arrived(scene), [
    "charge.captured",
    "charge.succeeded",
    "payment_intent.succeeded",
  ]);
});

Deno.test("an inquiry of the bank is a dispute with a warning status, and can be closed", async () => {
  await using scene = open();
  const { id } = await scene.stripe.paymentIntents.create({
    ...PAID,
    payment_method: "pm_card_createDisputeInquiry",
  });
  const [dispute] = (await scene.stripe.disputes.list({ payment_intent: id })).data;
  assert.equal(dispute?.status, "warning_needs_response");
  await scene.stripe.disputes.update(dispute!.id, { metadata: { seen: "yes" } });
  assert.equal((await scene.stripe.disputes.close(dispute!.id)).status, "warning_closed");
  assert.deepEqual((await arrived(scene)).filter((type) => type.includes("dispute")), [
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.updated",
  ]);
});

Deno.test("a parameter that endive removed is refused by name, and accepted without a version", async () => {
  await using scene = open();
  const former = { amount: 100, currency: "usd", payment_method_types: ["card"] };
  await assert.rejects(
    scene.stripe.paymentIntents.create(former as Stripe.PaymentIntentCreateParams),
    { code: "parameter_unknown", param: "payment_method_types" },
  );
  const form = { amount: "100", currency: "usd", "payment_method_types[]": "card" };
  assert.equal((await postUnversioned(scene, "/v1/payment_intents", form)).status, 200);
  const odd = await postUnversioned(scene, "/v1/payment_intents", {
    ...form,
    payment_methods: "x",
  });
  assert.equal(odd.body.error.code, "parameter_unknown");
});

Deno.test("an invoice is made of pending items, finalized, and paid or voided", async () => {
  await using scene = open();
  const { customers, invoiceItems, invoices } = scene.stripe;
  const customer = (await customers.create({
    invoice_settings: { default_payment_method: "pm_card_visa" },
  })).id;
  const invoiced = async () => {
    await invoiceItems.create({ customer, amount: 2_000, currency: "usd" });
    return await invoices.create({ customer, pending_invoice_items_behavior: "include" });
  };
  const first = await invoiced();
  assert.deepEqual([first.status, first.amount_due, first.parent], ["draft", 2_000, null]);
  assert.equal((await invoices.pay(first.id)).status, "paid");
  await assert.rejects(invoices.pay(first.id), { statusCode: 400 });

  const second = await invoiced();
  assert.equal(second.amount_due, 2_000, "what was invoiced is not invoiced again");
  await assert.rejects(invoices.voidInvoice(second.id), { statusCode: 400 }, "a draft");
  await invoices.finalizeInvoice(second.id);
  assert.equal((await invoices.voidInvoice(second.id)).status, "void");

  const third = await invoiced();
  await assert.rejects(
    invoices.pay(third.id, { payment_method: "pm_card_chargeCustomerFail" }),
    { code: "card_declined" },
  );
  assert.equal((await invoices.retrieve(third.id)).status, "open");
  const said = (await arrived(scene)).filter((type) => type.startsWith("invoice"));
  assert.deepEqual(said, [
    ...Array(3).fill("invoice.finalized"),
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.voided",
    "invoice_payment.paid",
  ]);
});

Deno.test("a subscription is active, or incomplete with a bad card, or paused after a trial without a card", async () => {
  await using scene = open();
  const { customers, subscriptions } = scene.stripe;
  const items = [{ price: "price_month" }];
  const payer = async (card: string) =>
    (await customers.create({ invoice_settings: { default_payment_method: card } })).id;
  const good = await subscriptions.create({ customer: await payer("pm_card_visa"), items });
  assert.equal(good.status, "active");
  const bad = await subscriptions.create({
    customer: await payer("pm_card_chargeCustomerFail"),
    items,
  });
  assert.equal(bad.status, "incomplete");

  const customer = (await customers.create({})).id;
  await assert.rejects(subscriptions.create({ customer, items }), { code: "resource_missing" });
  const trial = await subscriptions.create({
    customer,
    items,
    trial_period_days: 7,
    trial_settings: { end_behavior: { missing_payment_method: "pause" } },
  });
  assert.equal(trial.status, "trialing");
  const paused = await subscriptions.update(trial.id, { trial_end: "now" });
  assert.equal(paused.status, "paused");
  assert.ok((await arrived(scene)).includes("customer.subscription.paused"));
  const updated = scene.arrived.findLast(({ type }) => type === "customer.subscription.updated");
  assert.deepEqual(updated?.data.previous_attributes, {
    status: "trialing",
    trial_end: trial.trial_end,
  });
});

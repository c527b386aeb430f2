import assert from "node:assert/strict";
import Stripe from "stripe";
import {
  chargeRefunded,
  checkoutSessionCompleted,
  invoicePaid,
  newPurchase,
  newSubscription,
  refundCreated,
  sign,
  subscriptionUpdated,
} from "./events.ts";

const ADA = "ada00000-0000-4000-8000-000000000001";

Deno.test("what is signed is what Stripe's own library accepts, and nothing but that", async () => {
  const body = JSON.stringify(checkoutSessionCompleted(newPurchase({ userId: ADA })));
  const header = await sign(body, "whsec_test");
  const event = await Stripe.webhooks.constructEventAsync(body, header, "whsec_test");
  assert.equal(event.type, "checkout.session.completed");
  await assert.rejects(Stripe.webhooks.constructEventAsync(`${body} `, header, "whsec_test"));
  await assert.rejects(Stripe.webhooks.constructEventAsync(body, header, "whsec_other"));
});

Deno.test("the events of one purchase name the same payment", () => {
  const purchase = newPurchase({ userId: ADA, moduleId: "1", amount: 500 });
  const session = checkoutSessionCompleted(purchase).data.object;
  const refund = refundCreated(purchase, { amount: 200 }).data.object;
  assert.equal(session.payment_intent, refund.payment_intent);
  assert.deepEqual(session.metadata, { user_id: ADA, module_id: "1" });
  assert.equal(refund.amount, 200);
  assert.equal(chargeRefunded(purchase, 200).data.object.refunded, false);
  assert.equal(chargeRefunded(purchase).data.object.refunded, true);
});

Deno.test("a subscription and its invoice speak of the same period and price", () => {
  const subscription = newSubscription({ userId: ADA, priceId: "price_a", periodStart: 1_000 });
  const { items } = subscriptionUpdated(subscription).data.object as {
    items?: { data: { current_period_end: number; price: { id: string } }[] };
  };
  const { lines } = invoicePaid(subscription).data.object as {
    lines?: { data: { period: { end: number } }[] };
  };
  assert.equal(items?.data[0]?.current_period_end, lines?.data[0]?.period.end);
  assert.equal(items?.data[0]?.price.id, "price_a");
});

Deno.test("two purchases have nothing in common but what they are given", () => {
  const [one, two] = [newPurchase({ userId: ADA }), newPurchase({ userId: ADA })];
  assert.notEqual(one.paymentIntentId, two.paymentIntentId);
  assert.notEqual(refundCreated(one).id, refundCreated(one).id);
});

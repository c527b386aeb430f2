import assert from "node:assert/strict";
import Stripe from "stripe";
import {
  chargeRefunded,
  checkoutSessionCompleted,
  invoicePaid,
  newId,
  newPurchase,
  newSubscription,
  refundCreated,
  seconds,
  sign,
  subscriptionUpdated,
} from "./events.ts";

const ADA = "ada00000-0000-4000-8000-000000000001";

Deno.test("Stripe's own library accepts the signed body, and no other body", async () => {
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

Deno.test("a subscription and its invoice have the same period and price", () => {
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

Deno.test("two purchases share only the fields that were given", () => {
  const [one, two] = [newPurchase({ userId: ADA }), newPurchase({ userId: ADA })];
  assert.notEqual(one.paymentIntentId, two.paymentIntentId);
  assert.notEqual(refundCreated(one).id, refundCreated(one).id);
});

Deno.test("an id begins with the time, so that ids made later sort later", () => {
  const before = seconds();
  const id = newId("pi");
  assert.match(id, /^pi_[0-9a-f]{24}$/);
  const time = parseInt(id.slice(3, 11), 16);
  assert.ok(before <= time && time <= seconds(), `${time}`);
});

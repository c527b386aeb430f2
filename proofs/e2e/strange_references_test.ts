import assert from "node:assert/strict";
import {
  chargeSucceeded,
  checkoutSessionCompleted,
  newId,
  newPurchase,
  newSessionId,
  newSubscription,
  paymentIntentSucceeded,
  refundCreated,
  type StripeEvent,
  subscriptionUpdated,
} from "../../stripe/events.ts";
import { accessOf, assertFolded } from "./database_view.ts";
import { send } from "./delivery.ts";
import { openModules, openStage } from "./stage.ts";
import { bootWebhook } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, ada, moduleId } = stage;
const endpoint = `${stack.functionsUrl}/stripe-webhook`;

async function sendEach(events: StripeEvent[], to = endpoint): Promise<void> {
  for (const event of events) {
    assert.equal(await send(to, stack.webhookSecret, event), "200 applied");
  }
}

const SPELLINGS: Record<string, (id: string) => string> = {
  "in capitals": (id) => id.toUpperCase(),
  "in braces": (id) => `{${id}}`,
  "without hyphens": (id) => id.replaceAll("-", ""),
  "between blanks": (id) => ` \t${id}\n`,
};

for (const [how, spell] of Object.entries(SPELLINGS)) {
  Deno.test(`a member's id written ${how} names that member`, async () => {
    const purchase = newPurchase({ userId: spell(ada.id), moduleId });
    await sendEach([checkoutSessionCompleted(purchase)]);
    assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
    await sendEach([refundCreated(purchase)]);
    assert.deepEqual(await openModules(ada), []);
  });
}

Deno.test("a payment that two sessions claim opens both, and its refund closes both", async () => {
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  const first = newPurchase({ userId: one, moduleId });
  const second = { ...first, userId: other, sessionId: newSessionId() };
  await sendEach([checkoutSessionCompleted(first), checkoutSessionCompleted(second)]);
  for (const userId of [one, other]) {
    assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
  }
  await sendEach([refundCreated(first)]);
  for (const userId of [one, other]) {
    assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion closed refunded"]);
  }
});

Deno.test("objects of two accounts with the same ids stay separate", async () => {
  const env = { STRIPE_CONNECT_ACCOUNTS: "acct_one,acct_two" };
  await using webhook = await bootWebhook(stage, { door: "direct", env });
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  const first = newPurchase({ userId: one, moduleId });
  const second = { ...first, userId: other };
  function of(account: string, event: StripeEvent): StripeEvent {
    return Object.assign(event, { account });
  }
  await sendEach([
    of("acct_one", refundCreated(first)),
    of("acct_two", checkoutSessionCompleted(second)),
    of("acct_one", checkoutSessionCompleted(first)),
  ], webhook.endpoint);
  assert.deepEqual(await accessOf(sql, one), ["stable-diffusion closed refunded"]);
  assert.deepEqual(await accessOf(sql, other), ["stable-diffusion open purchase"]);
});

Deno.test("objects of different kinds with the same id stay separate", async () => {
  const id = newId("same");
  const userId = crypto.randomUUID();
  const purchase = newPurchase({
    userId,
    moduleId,
    sessionId: id,
    paymentIntentId: id,
    chargeId: id,
  });
  const plan = newSubscription({ userId, priceId: "price_whisper_monthly", subscriptionId: id });
  await sendEach([
    refundCreated(purchase, { id }),
    subscriptionUpdated(plan),
    chargeSucceeded(purchase),
    paymentIntentSucceeded(purchase),
    checkoutSessionCompleted(purchase),
  ]);
  assert.deepEqual(await accessOf(sql, userId), [
    "stable-diffusion closed refunded",
    "whisper open subscription",
  ]);
});

Deno.test("a later edit or an earlier delivery cannot move a member's purchase to another member", async () => {
  const [buyer, thief] = [crypto.randomUUID(), crypto.randomUUID()];
  const purchase = newPurchase({ userId: buyer, moduleId });
  const metadata = { user_id: thief, module_id: moduleId };
  const sold = checkoutSessionCompleted(purchase);
  const edited = checkoutSessionCompleted(purchase, { metadata }, { created: sold.created + 60 });
  await sendEach([edited, sold]);
  assert.deepEqual(await accessOf(sql, thief), []);
  assert.deepEqual(await accessOf(sql, buyer), ["stable-diffusion open purchase"]);
  await assertFolded(sql);
});

import assert from "node:assert/strict";
import postgres from "postgres";
import {
  checkoutSessionCompleted,
  event,
  newId,
  newPurchase,
  newSubscription,
  paymentIntentSucceeded,
  refundCreated,
  type StripeEvent,
  subscriptionUpdated,
} from "../../stripe/events.ts";
import { accessOf, assertFolded } from "./database_view.ts";
import { send } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";

const { stack, schema, sql, moduleId } = await openStage();

async function sendEach(events: StripeEvent[]): Promise<void> {
  for (const event of events) {
    const answer = await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
    assert.equal(answer, "200 applied");
  }
}

/** Two ids, the smaller one first: of two contradicting ids the smaller one counts. */
function twoIds(prefix: string): [string, string] {
  return [newId(`${prefix}_a`), newId(`${prefix}_b`)];
}

Deno.test("a session that names another payment gives the first one back", async () => {
  const [small, large] = twoIds("pi");
  const userId = crypto.randomUUID();
  const first = newPurchase({ userId, moduleId, paymentIntentId: large });
  const second = { ...first, paymentIntentId: small };
  await sendEach([
    paymentIntentSucceeded(first),
    checkoutSessionCompleted(first),
    checkoutSessionCompleted(second),
  ]);
  await assertFolded(sql);
});

Deno.test("a refund that names another payment opens the first one again", async () => {
  const [small, large] = twoIds("pi");
  const [one, other] = [large, small].map((paymentIntentId) =>
    newPurchase({ userId: crypto.randomUUID(), moduleId, paymentIntentId })
  );
  assert.ok(one && other);
  const refund = refundCreated(one);
  const { id } = refund.data.object;
  await sendEach([checkoutSessionCompleted(one), checkoutSessionCompleted(other), refund]);
  await sendEach([refundCreated(other, { id })]);
  await assertFolded(sql);
  assert.deepEqual(await accessOf(sql, one.userId), ["stable-diffusion open purchase"]);
});

Deno.test("a session that names another subscription takes its buyer along", async () => {
  const [small, large] = twoIds("sub");
  const userId = crypto.randomUUID();
  const sessionId = newId("cs");
  const plans = [large, small].map((subscriptionId) =>
    newSubscription({ userId, priceId: "price_whisper_monthly", subscriptionId })
  );
  await sendEach(plans.map((plan) => subscriptionUpdated(plan, { metadata: {} })));
  await sendEach(
    plans.map(({ subscriptionId }) =>
      checkoutSessionCompleted(newPurchase({ userId, sessionId }), {
        mode: "subscription",
        payment_intent: null,
        subscription: subscriptionId,
      })
    ),
  );
  await assertFolded(sql);
});

Deno.test(
  "an invoice paid at the second attempt is closed by the refund of that attempt",
  async () => {
    const [failed, paid] = twoIds("ch");
    const userId = crypto.randomUUID();
    const id = newId("in");
    // As on API versions that knew no payment intents: the charge of an invoice is its latest one.
    const invoice = {
      id,
      object: "invoice",
      amount_due: 900,
      metadata: { user_id: userId, module_id: moduleId },
    };
    const charge = {
      id: paid,
      object: "charge",
      invoice: id,
      amount: 900,
      paid: true,
      captured: true,
    };
    await sendEach([
      event("invoice.payment_failed", { ...invoice, paid: false, charge: failed }),
      event("invoice.payment_succeeded", { ...invoice, paid: true, charge: paid }),
      event("charge.refunded", { ...charge, amount_refunded: 900, refunded: true }),
    ]);
    assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion closed refunded"]);
  },
);

Deno.test("a mapping moved to a price that was sold already opens its module", async () => {
  const userId = crypto.randomUUID();
  await sql`insert into public.module_prices (stripe_price_id, module_id) values ('price_typo', ${moduleId})`;
  await sendEach([subscriptionUpdated(newSubscription({ userId, priceId: "price_right" }))]);
  await sql`update public.module_prices set stripe_price_id = 'price_right' where stripe_price_id = 'price_typo'`;
  assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open subscription"]);
  await assertFolded(sql);
});

Deno.test("a price cannot be unmapped at the instant it is sold", async () => {
  const priceId = newId("price");
  await sql`insert into public.module_prices (stripe_price_id, module_id) values (${priceId}, ${moduleId})`;
  const owner = sqlInSchema(postgres(stack.dbUrl, { max: 1, onnotice: () => {} }), schema);
  await owner.unsafe("begin");
  await owner`delete from public.module_prices where stripe_price_id = ${priceId}`;
  const userId = crypto.randomUUID();
  const selling = sendEach([subscriptionUpdated(newSubscription({ userId, priceId }))]);
  // Long enough for the sale to be waiting, or done.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await owner.unsafe("commit");
  await owner.end();
  await selling;
  await assertFolded(sql);
});

Deno.test(
  "a changed grace in the settings counts for existing subscriptions",
  async () => {
    const userId = crypto.randomUUID();
    const priceId = "price_whisper_monthly";
    await sendEach([subscriptionUpdated(newSubscription({ userId, priceId }))]);
    await sql`update sesame.settings set renewal_grace = '10 days'`;
    await assertFolded(sql);
  },
);

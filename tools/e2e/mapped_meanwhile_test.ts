import assert from "node:assert/strict";
import {
  checkoutSessionCompleted,
  newPurchase,
  newSubscription,
  type StripeEvent,
  subscriptionUpdated,
} from "../stripe_events.ts";
import { accessOf, assertFolded } from "./behind.ts";
import { send, withAtMost } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, DOORS } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

/** Sells and maps at the same instant, so many times; who bought must have it in the end. */
async function race(
  sell: (userId: string, name: string) => StripeEvent[],
  map: (name: string) => PromiseLike<unknown>,
  opened: (name: string) => string,
): Promise<void> {
  await using processes = new AsyncDisposableStack();
  const webhooks = await Promise.all(DOORS.map((door) => bootWebhook(stage, { door })));
  for (const webhook of webhooks) processes.use(webhook);

  await withAtMost(4, Array.from({ length: 60 }, (_, round) => round), async (round) => {
    const name = `late-${round}`;
    const userId = crypto.randomUUID();
    const endpoint = webhooks[round % webhooks.length]?.endpoint ?? "";
    const selling = sell(userId, name).map((event) => send(endpoint, stack.webhookSecret, event));
    const [, ...answers] = await Promise.all([map(name), ...selling]);
    assert.ok(answers.every((answer) => answer === "200 applied"), String(answers));
    assert.deepEqual(await accessOf(sql, userId), [opened(name)]);
  });
  await assertFolded(sql);
}

Deno.test("a price mapped at the instant it is first sold opens its module", () =>
  race(
    (userId, priceId) => [subscriptionUpdated(newSubscription({ userId, priceId }))],
    (name) =>
      sql`insert into public.module_prices (stripe_price_id, module_id) values (${name}, ${moduleId})`,
    () => "stable-diffusion open subscription",
  ));

Deno.test("a module that comes to be at the instant it is first sold is open", () =>
  race(
    (userId, module) => [checkoutSessionCompleted(newPurchase({ userId, moduleId: module }))],
    (name) => sql`insert into public.modules (slug, title) values (${name}, ${name})`,
    (name) => `${name} open purchase`,
  ));

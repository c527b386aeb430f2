import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import { checkoutSessionCompleted, newPurchase, type StripeEvent } from "../../stripe/events.ts";
import { accessOf } from "./database_view.ts";
import { send } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { bootWebhook } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

function paidEvent(userId: string = crypto.randomUUID()): StripeEvent {
  return checkoutSessionCompleted(newPurchase({ userId, moduleId }));
}

Deno.test("a database that was read-only, as with a full disk, recovers by itself under traffic", async () => {
  await using webhook = await bootWebhook(stage, { door: "direct" });
  const deliver = (event: StripeEvent) => send(webhook.endpoint, stack.webhookSecret, event);
  assert.equal(await deliver(paidEvent()), "200 applied");

  // A session keeps the setting that it began with: the owner needs one from before.
  const owner = await sql.reserve();
  await owner`alter database postgres set default_transaction_read_only = on`;
  await owner`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sesame_webhook'`;
  const userId = crypto.randomUUID();
  const paid = paidEvent(userId);
  for (let delivery = 1; delivery <= 10; delivery++) {
    assert.equal(await deliver(paid), "503 unavailable");
  }
  assert.match(webhook.log.at(-1) ?? "", /"25006"/);

  await owner`alter database postgres reset default_transaction_read_only`;
  owner.release();
  // Nothing ends the session but the webhook itself; deliveries never pause for long.
  await until(async () => await deliver(paidEvent()) === "200 applied");
  assert.equal(await deliver(paid), "200 applied");
  assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
});

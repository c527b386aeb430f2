import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  sign,
  type StripeEvent,
} from "../../stripe/events.ts";
import { accessOf, assertFolded, inboxOf } from "./database_view.ts";
import { send } from "./delivery.ts";
import { type Gate, openGate } from "./gate.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, type DoorName, DOORS, type Webhook } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

/** A process killed in the middle of `event`, which `dying` delivers; then one that is not. */
interface Trial {
  gate: Gate;
  webhook: Webhook;
  event: StripeEvent;
}

/** Kills a process during a delivery, delivers again to a fresh one: what that one answered. */
async function killDuring(
  door: DoorName,
  reachPointOfDeath: (trial: Trial) => Promise<void>,
): Promise<string> {
  const port = door === "api" ? Number(new URL(stack.apiUrl).port) : stack.postgres.port;
  await using gate = openGate(port);
  await using webhook = await bootWebhook(stage, { door, through: gate.port });
  // A usual process: it is connected and has handled a delivery.
  assert.equal(await send(webhook.endpoint, stack.webhookSecret, paidEvent()), "200 applied");

  const userId = crypto.randomUUID();
  const event = paidEvent(userId);
  await reachPointOfDeath({ gate, webhook, event });
  await webhook.kill();
  gate.become("open");

  await using fresh = await bootWebhook(stage, { door, through: gate.port });
  const answer = await send(fresh.endpoint, stack.webhookSecret, event);
  assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
  assert.equal((await inboxOf(sql, event.id)).length, 1);
  await assertFolded(sql);
  return answer;
}

function paidEvent(userId: string = crypto.randomUUID()): StripeEvent {
  return checkoutSessionCompleted(newPurchase({ userId, moduleId }));
}

/** Delivers to a process that is about to die: it must not have answered. */
function deliverInVain({ webhook, event }: Trial): void {
  send(webhook.endpoint, stack.webhookSecret, event).then(
    (answer) => assert.fail(`acknowledged: ${answer}`),
    () => {}, // the connection must break
  );
}

for (const door of DOORS) {
  Deno.test(`killed before its call leaves (${door} door), a delivery has done nothing, and its redelivery applies`, async () => {
    const answer = await killDuring(door, async (trial) => {
      trial.gate.become("hold requests");
      deliverInVain(trial);
      await trial.gate.held();
      assert.equal((await inboxOf(sql, trial.event.id)).length, 0);
    });
    assert.equal(answer, "200 applied");
  });

  Deno.test(`killed after Postgres committed (${door} door), a delivery has done everything, and its redelivery is a duplicate`, async () => {
    const answer = await killDuring(door, async (trial) => {
      trial.gate.become("hold answers");
      deliverInVain(trial);
      await trial.gate.held();
      await until(async () => (await inboxOf(sql, trial.event.id)).length === 1);
    });
    assert.equal(answer, "200 duplicate");
  });
}

Deno.test("killed while the body is still coming, a delivery has done nothing, and its redelivery applies", async () => {
  const answer = await killDuring("api", async ({ webhook, event }) => {
    const body = new TextEncoder().encode(JSON.stringify(event, null, 2));
    const half = body.slice(0, body.length / 2);
    const signature = await sign(JSON.stringify(event, null, 2), stack.webhookSecret);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: webhook.port });
    const head =
      `POST /stripe-webhook HTTP/1.1\r\nhost: sesame\r\nstripe-signature: ${signature}\r\n` +
      `content-length: ${body.length}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(head));
    await connection.write(half);
    // The process has the half as soon as it answers another delivery.
    assert.equal(await send(webhook.endpoint, stack.webhookSecret, paidEvent()), "200 applied");
    connection.close();
    assert.equal((await inboxOf(sql, event.id)).length, 0);
  });
  assert.equal(answer, "200 applied");
});

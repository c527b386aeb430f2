import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import { checkoutSessionCompleted, newPurchase, type StripeEvent } from "../../stripe/events.ts";
import { whileBusy } from "./busy_fold.ts";
import { accessOf, inboxOf } from "./database_view.ts";
import { send } from "./delivery.ts";
import { type GateMode, openGate } from "./gate.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, type DoorName, DOORS } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

function paidEvent(userId: string): StripeEvent {
  return checkoutSessionCompleted(newPurchase({ userId, moduleId }));
}

/** Delivers during a failure: the delivery must be refused, and in time. */
async function deliverInVain(endpoint: string, event: StripeEvent): Promise<void> {
  const start = performance.now();
  assert.equal(await send(endpoint, stack.webhookSecret, event), "503 unavailable");
  const seconds = (performance.now() - start) / 1_000;
  // The limit is 4.5 seconds; the rest is for a busy machine.
  assert.ok(seconds < 10, `answered after ${seconds.toFixed(1)} s`);
}

/** Delivers again, as Stripe does, until it is accepted. Returns the answer. */
async function redeliver(endpoint: string, event: StripeEvent): Promise<string> {
  let answer = "";
  await until(async () => {
    answer = await send(endpoint, stack.webhookSecret, event);
    return answer !== "503 unavailable";
  });
  return answer;
}

async function assertOpen(userId: string): Promise<void> {
  assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
}

/** Both doors at the same time, because most of the time these tests wait. */
async function byBothDoors(test: (door: DoorName) => Promise<void>): Promise<void> {
  await Promise.all(DOORS.map(test));
}

Deno.test("while Postgres is down nothing is acknowledged; once it is up the redelivery applies", async () => {
  await using processes = new AsyncDisposableStack();
  const webhooks = await Promise.all(DOORS.map((door) => bootWebhook(stage, { door })));
  for (const webhook of webhooks) processes.use(webhook);
  const trials = webhooks.map(({ endpoint }) => {
    const userId = crypto.randomUUID();
    return {
      endpoint,
      userId,
      event: paidEvent(userId),
      warm: paidEvent(crypto.randomUUID()),
    };
  });
  for (const { endpoint, warm } of trials) {
    assert.equal(await send(endpoint, stack.webhookSecret, warm), "200 applied");
  }

  await stack.postgres.pause();
  await Promise.all(trials.map(({ endpoint, event }) => deliverInVain(endpoint, event)));
  await stack.postgres.resume();

  for (const { endpoint, event, userId } of trials) {
    assert.equal(await redeliver(endpoint, event), "200 applied");
    await assertOpen(userId);
  }
});

/** Delivers through a gate that holds something back, then again through the open gate. */
async function deliverThrough(door: DoorName, mode: GateMode, isWarm: boolean): Promise<string> {
  const port = door === "api" ? Number(new URL(stack.apiUrl).port) : stack.postgres.port;
  await using gate = openGate(port);
  await using webhook = await bootWebhook(stage, { door, through: gate.port });
  const warm = paidEvent(crypto.randomUUID());
  if (isWarm) assert.equal(await send(webhook.endpoint, stack.webhookSecret, warm), "200 applied");

  const userId = crypto.randomUUID();
  const event = paidEvent(userId);
  gate.become(mode);
  await deliverInVain(webhook.endpoint, event);
  assert.equal((await inboxOf(sql, event.id)).length, mode === "hold answers" ? 1 : 0);
  gate.become("open");
  const answer = await redeliver(webhook.endpoint, event);
  await assertOpen(userId);
  return answer;
}

Deno.test("a Postgres that hangs times out within 5 s, and the redelivery applies", () =>
  byBothDoors(async (door) => {
    const answers = [false, true].map((isWarm) => deliverThrough(door, "hold requests", isWarm));
    assert.deepEqual(await Promise.all(answers), ["200 applied", "200 applied"]);
  }));

Deno.test("an answer that never comes acknowledges nothing, and the redelivery is a duplicate", () =>
  byBothDoors(async (door) => {
    assert.equal(await deliverThrough(door, "hold answers", true), "200 duplicate");
  }));

Deno.test("while another session holds the fold events are stored and not acknowledged; then they are applied", async () => {
  const trials = await whileBusy(sql, () =>
    Promise.all(DOORS.map(async (door) => {
      await using webhook = await bootWebhook(stage, { door });
      const userId = crypto.randomUUID();
      const event = paidEvent(userId);
      await deliverInVain(webhook.endpoint, event);
      assert.deepEqual((await inboxOf(sql, event.id)).map(({ outcome }) => outcome), ["received"]);
      assert.deepEqual(await accessOf(sql, userId), []);
      return { userId, event };
    })));
  for (const { userId, event } of trials) {
    const endpoint = `${stack.functionsUrl}/stripe-webhook`;
    // The first redelivery folds all that waits.
    assert.match(await send(endpoint, stack.webhookSecret, event), /^200 (applied|duplicate)$/);
    await assertOpen(userId);
  }
});

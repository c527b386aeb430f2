import assert from "node:assert/strict";
import { checkoutSessionCompleted, newPurchase, refundCreated } from "../../stripe/events.ts";
import { accessOf, assertFolded, inboxOf } from "./database_view.ts";
import { send, tally, withAtMost } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, DOORS, type Webhook } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

/** Runs a test with four processes, two by each door. */
async function withProcesses(test: (webhooks: Webhook[]) => Promise<void>): Promise<void> {
  await using processes = new AsyncDisposableStack();
  const doors = [...DOORS, ...DOORS];
  const webhooks = await Promise.all(doors.map((door) => bootWebhook(stage, { door })));
  for (const webhook of webhooks) processes.use(webhook);
  await test(webhooks);
}

function newPurchaseOf() {
  return newPurchase({ userId: crypto.randomUUID(), moduleId });
}

for (const times of [2, 20]) {
  Deno.test(`one event delivered ${times} times at the same instant is applied once`, () =>
    withProcesses(async (webhooks) => {
      for (let round = 0; round < 10; round++) {
        const purchase = newPurchaseOf();
        const event = checkoutSessionCompleted(purchase);
        const endpoints = Array.from(
          { length: times },
          (_, turn) => webhooks[(round + turn) % webhooks.length]?.endpoint ?? "",
        );
        const answers = await Promise.all(
          endpoints.map((endpoint) => send(endpoint, stack.webhookSecret, event)),
        );
        // While the fold is busy, two calls may store the event, and both learn that it is applied.
        const { "200 applied": applied = 0, "200 duplicate": again = 0 } = tally(answers);
        assert.ok(applied >= 1 && applied + again === times, answers.join());
        const rows = await inboxOf(sql, event.id);
        assert.deepEqual(rows.map(({ outcome, attempts }) => [outcome, attempts]), [[
          "applied",
          1,
        ]]);
        const access = await accessOf(sql, purchase.userId);
        assert.deepEqual(access, ["stable-diffusion open purchase"]);
      }
    }));
}

Deno.test("a refund and its session that arrive at once in two processes leave the module closed", () =>
  withProcesses(async (webhooks) => {
    const purchases = Array.from({ length: 100 }, newPurchaseOf);
    const answers = await withAtMost(8, [...purchases.entries()], ([turn, purchase]) => {
      // Every pair of processes in turn. Each of the two events is first in half of the cases.
      const one = webhooks[turn % 4]?.endpoint ?? "";
      const other = webhooks[(turn + 1 + Math.floor(turn / 4) % 3) % 4]?.endpoint ?? "";
      return Promise.all([
        send(one, stack.webhookSecret, checkoutSessionCompleted(purchase)),
        send(other, stack.webhookSecret, refundCreated(purchase)),
      ]);
    });
    assert.deepEqual(tally(answers.flat()), { "200 applied": 200 });
    for (const { userId } of purchases) {
      assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion closed refunded"]);
    }
    await assertFolded(sql);
  }));

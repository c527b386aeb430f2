import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import { checkoutSessionCompleted, newPurchase, type StripeEvent } from "../../stripe/events.ts";
import { holdFold } from "./busy_fold.ts";
import { accessOf, assertFolded, inboxOf } from "./database_view.ts";
import { send } from "./delivery.ts";
import { type Gate, openGate } from "./gate.ts";
import { killPostgres, restartPostgres } from "./killing.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, type DoorName, DOORS, type Webhook } from "./webhook.ts";

// With fsync: what is stored must be on the disk.
const stage = await openStage({ durable: true });
const { stack, sql, moduleId } = stage;

function paidEvent(userId: string = crypto.randomUUID()): StripeEvent {
  return checkoutSessionCompleted(newPurchase({ userId, moduleId }));
}

async function outcomeOf(event: StripeEvent): Promise<string | undefined> {
  return (await inboxOf(sql, event.id))[0]?.outcome;
}

/** The process that is killed, and the delivery during which it is. */
interface Trial {
  gate: Gate;
  webhook: Webhook;
  event: StripeEvent;
}

/**
 * Kills a process during a delivery that finds the fold busy. Returns what is stored then, and the answer of
 * a fresh process to the redelivery.
 */
async function killDuring(
  door: DoorName,
  reachPointOfDeath: (trial: Trial) => Promise<void>,
): Promise<[stored: string | undefined, answer: string]> {
  const port = door === "api" ? Number(new URL(stack.apiUrl).port) : stack.postgres.port;
  await using gate = openGate(port);
  await using webhook = await bootWebhook(stage, { door, through: gate.port });
  assert.equal(await send(webhook.endpoint, stack.webhookSecret, paidEvent()), "200 applied");

  const userId = crypto.randomUUID();
  const event = paidEvent(userId);
  const release = await holdFold(sql);
  await reachPointOfDeath({ gate, webhook, event });
  await webhook.kill();
  const stored = await outcomeOf(event);
  await release();
  gate.become("open");

  await using fresh = await bootWebhook(stage, { door, through: gate.port });
  const answer = await send(fresh.endpoint, stack.webhookSecret, event);
  assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
  const inbox = await inboxOf(sql, event.id);
  assert.deepEqual(inbox.map(({ outcome, attempts }) => [outcome, attempts]), [["applied", 1]]);
  await assertFolded(sql);
  return [stored, answer];
}

/** Delivers to a process that is about to die: it must not have answered. */
function deliverInVain({ webhook, event }: Trial): void {
  send(webhook.endpoint, stack.webhookSecret, event).then(
    (answer) => assert.fail(`acknowledged: ${answer}`),
    () => {}, // the connection must break
  );
}

for (const door of DOORS) {
  Deno.test(`killed before its event is stored (${door} door), a delivery has done nothing, and its redelivery applies`, async () => {
    const [stored, answer] = await killDuring(door, async (trial) => {
      trial.gate.become("hold requests");
      deliverInVain(trial);
      await trial.gate.held();
    });
    assert.deepEqual([stored, answer], [undefined, "200 applied"]);
  });

  Deno.test(`killed between storing and folding (${door} door), a delivery has left its event, and its redelivery applies`, async () => {
    const [stored, answer] = await killDuring(door, async (trial) => {
      trial.gate.become("hold answers");
      deliverInVain(trial);
      await until(async () => await outcomeOf(trial.event) === "received");
    });
    assert.deepEqual([stored, answer], ["received", "200 applied"]);
  });

  Deno.test(`killed while its second call waits (${door} door), a delivery is folded all the same, and its redelivery is a duplicate`, async () => {
    const [stored, answer] = await killDuring(door, async (trial) => {
      deliverInVain(trial);
      await until(async () => {
        const [row] = await sql`
          select count(*)::int as count from pg_catalog.pg_stat_activity
          where wait_event_type = 'Lock' and query like '%fold_received_events%'`;
        return row?.count === 1;
      });
    });
    assert.equal(stored, "received");
    // Postgres finishes the call of a process that is gone, before or after the redelivery.
    assert.match(answer, /^200 (duplicate|applied)$/);
  });
}

Deno.test("a Postgres that is killed between storing and folding keeps what it stored, and the next delivery folds it", async () => {
  const users = Array.from({ length: 20 }, () => crypto.randomUUID());
  const events = users.map(paidEvent);
  await using webhook = await bootWebhook(stage, { door: "direct" });
  const release = await holdFold(sql);
  const answers = Promise.all(
    events.map((event) => send(webhook.endpoint, stack.webhookSecret, event)),
  );
  await until(async () => {
    const [row] = await sql`
      select count(*)::int as count from sesame.stripe_events where outcome = 'received'`;
    return row?.count > 0;
  });
  const [stored] = await sql`select array_agg(event_id) as ids from sesame.waiting_events`;
  await killPostgres(stage);
  await release().catch(() => {}); // its connection is gone
  assert.deepEqual(new Set(await answers), new Set(["503 unavailable"]));

  await restartPostgres(stage);
  const [kept] = await sql`select array_agg(event_id) as ids from sesame.waiting_events`;
  assert.deepEqual(kept?.ids, stored?.ids);
  assert.equal(await send(webhook.endpoint, stack.webhookSecret, paidEvent()), "200 applied");
  const [left] = await sql`
    select count(*)::int as waiting,
      (select count(*)::int from sesame.stripe_events where outcome = 'applied' and id = any (${stored?.ids})) as applied
    from sesame.waiting_events`;
  assert.deepEqual({ ...left }, { waiting: 0, applied: stored?.ids.length });
  await assertFolded(sql);
});

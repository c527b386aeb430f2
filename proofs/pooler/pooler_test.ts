import assert from "node:assert/strict";
import postgres from "postgres";
import { until } from "../../local/testing.ts";
import { accessOf, assertFolded } from "../e2e/database_view.ts";
import { assertHangIsEnded, callOnce, openDirectDoor, UNSANITIZED } from "../e2e/calls.ts";
import { send } from "../e2e/delivery.ts";
import { openStage } from "../e2e/stage.ts";
import { bootWebhook } from "../e2e/webhook.ts";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { POOL_SIZE, startPgBouncer } from "./pgbouncer.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;
const pooler = await startPgBouncer(stage);
Deno.test.afterAll(() => pooler.stop());

Deno.test(
  "300 calls of 12 webhooks share 3 pooled connections, and every one is applied",
  UNSANITIZED,
  async () => {
    const outcomes = await Promise.all(Array.from({ length: 12 }, async () => {
      const door = openDirectDoor(pooler.url);
      const mine: string[] = [];
      for (let call = 1; call <= 25; call++) mine.push(await callOnce(door, stage));
      return mine;
    }));
    assert.deepEqual(outcomes.flat(), Array(300).fill("applied"));
    const [row] = await sql`
    select count(*)::int as count from pg_stat_activity where usename = 'sesame_webhook'`;
    assert.equal(row?.count, POOL_SIZE, "many clients, few connections");
    await assertFolded(sql);
  },
);

Deno.test("no prepared statement stays behind on the pooled connections", UNSANITIZED, async () => {
  const clients = postgres(pooler.url, { max: 4 * POOL_SIZE, prepare: false });
  const counts = await Promise.all(
    Array.from(
      { length: 40 },
      () => clients`select count(*)::int as count from pg_prepared_statements`,
    ),
  );
  await clients.end();
  assert.equal(counts.reduce((sum, [row]) => sum + row?.count, 0), 0);
});

Deno.test("a purchase through the function and the pooler is open when Stripe has its answer", async () => {
  await using webhook = await bootWebhook(stage, { door: "direct", through: pooler.port });
  for (let purchase = 1; purchase <= 5; purchase++) {
    const userId = crypto.randomUUID();
    const event = checkoutSessionCompleted(newPurchase({ userId, moduleId }));
    assert.equal(await send(webhook.endpoint, stack.webhookSecret, event), "200 applied");
    assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
  }
});

Deno.test(
  "Postgres itself ends a call that hangs behind the pooler, and the next is applied",
  UNSANITIZED,
  () => assertHangIsEnded(openDirectDoor(pooler.url), stage),
);

Deno.test(
  "what the pooler refuses is unavailable: a wrong password, a database it does not know",
  UNSANITIZED,
  async () => {
    const url = new URL(pooler.url);
    url.password = "wrong";
    assert.match(await callOnce(openDirectDoor(url.href), stage), /^unavailable (?:28P01|08P01)$/);
    const elsewhere = new URL(pooler.url);
    elsewhere.pathname = "/elsewhere";
    assert.match(
      await callOnce(openDirectDoor(elsewhere.href), stage),
      /^unavailable (?:3D000|08P01)$/,
    );
  },
);

Deno.test(
  "backends that are killed behind the pooler cost no call but the one they had",
  UNSANITIZED,
  async () => {
    const door = openDirectDoor(pooler.url);
    for (let kill = 1; kill <= 5; kill++) {
      await sql`
      select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sesame_webhook'`;
      await until(async () => await callOnce(door, stage) === "applied");
    }
  },
);

Deno.test(
  "while the pooler is down a call is unavailable; once it is back the next is applied",
  UNSANITIZED,
  async () => {
    const door = openDirectDoor(pooler.url);
    assert.equal(await callOnce(door, stage), "applied");
    await pooler.stop();
    for (let call = 1; call <= 3; call++) {
      assert.match(await callOnce(door, stage), /^unavailable /);
    }
    await pooler.start();
    assert.equal(await callOnce(door, stage), "applied");
  },
);

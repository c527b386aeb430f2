import assert from "node:assert/strict";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { accessOf } from "./database_view.ts";
import { send } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, DOORS } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

Deno.test("while the old tables are back Stripe has to retry, and afterwards every event is applied", async () => {
  await using processes = new AsyncDisposableStack();
  const webhooks = await Promise.all(DOORS.map((door) => bootWebhook(stage, { door })));
  for (const webhook of webhooks) processes.use(webhook);
  await sql.unsafe(`
    create schema legacy;
    comment on schema legacy is 'sesame.move_in = done';
    create table legacy.module_access (id serial primary key, user_id text, module_id integer);
    insert into legacy.module_access (user_id, module_id) values ('${stage.ada.id}', ${moduleId});
    select sesame.move_in();
    select sesame.step_aside();`).simple();
  const sales = webhooks.map(({ endpoint }) => {
    const userId = crypto.randomUUID();
    return { endpoint, userId, event: checkoutSessionCompleted(newPurchase({ userId, moduleId })) };
  });
  for (const { endpoint, event } of sales) {
    assert.equal(await send(endpoint, stack.webhookSecret, event), "503 unavailable");
  }
  assert.deepEqual(
    [...await sql`select user_id from public.module_access`].map(({ user_id }) => user_id),
    [stage.ada.id],
  );

  await sql`select sesame.step_in()`;
  for (const { endpoint, event, userId } of sales) {
    assert.match(await send(endpoint, stack.webhookSecret, event), /^200 /);
    assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
  }
});

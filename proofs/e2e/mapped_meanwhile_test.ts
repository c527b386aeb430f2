import assert from "node:assert/strict";
import postgres from "postgres";
import {
  checkoutSessionCompleted,
  newPurchase,
  newSubscription,
  type StripeEvent,
  subscriptionUpdated,
} from "../../stripe/events.ts";
import { accessOf, assertFolded } from "./database_view.ts";
import { send, withAtMost } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";
import { bootWebhook, DOORS } from "./webhook.ts";

const stage = await openStage();
const { stack, schema, sql, moduleId } = stage;

/** Sells and maps at the same instant, this many times. Every buyer must have the module in the end. */
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

Deno.test("a module created at the instant it is first sold is open", () =>
  race(
    (userId, module) => [checkoutSessionCompleted(newPurchase({ userId, moduleId: module }))],
    (name) => sql`insert into public.modules (slug, title) values (${name}, ${name})`,
    (name) => `${name} open purchase`,
  ));

const remap = (db: postgres.Sql, module: string) =>
  db<{ user_id: string; change: string; slug: string }[]>`
    select * from public.remap_price('price_torn', ${module}, null, 'olga', 'mapped wrongly')`
    .execute();

/** Lets one transaction finish only when the other waits for it. */
async function overlap<Answer>(
  first: (db: postgres.Sql) => Promise<unknown>,
  second: (db: postgres.Sql) => Promise<Answer>,
): Promise<Answer> {
  const [one, other] = [1, 2].map(() =>
    sqlInSchema(postgres(stack.dbUrl, { max: 1, onnotice: () => {} }), schema)
  );
  assert.ok(one && other);
  try {
    await one`begin`;
    await first(one);
    const answer = second(other);
    await waitForWaiter();
    await one`commit`;
    return await answer;
  } finally {
    await Promise.all([one.end(), other.end()]);
  }
}

async function waitForWaiter(count = 1): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const waiting =
      await sql`select from pg_catalog.pg_locks where locktype = 'advisory' and not granted`;
    if (waiting.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("the second transaction does not wait for the first");
}

Deno.test("a price remapped while it is being sold takes the new buyer along", async () => {
  await sql`insert into public.module_prices (stripe_price_id, module_id) values ('price_torn', ${moduleId})`;
  const userId = crypto.randomUUID();
  const sale = JSON.stringify([saleOf(userId, "price_torn")]);
  const changes = await overlap(
    (db) => db`select public.process_stripe_events(${sale}::text::jsonb)`,
    (db) => remap(db, "llama"),
  );
  assert.deepEqual(changes.map(({ user_id, change, slug }) => [user_id, change, slug]), [
    [userId, "gains", "llama"],
    [userId, "loses", "stable-diffusion"],
  ]);
  assert.deepEqual(await accessOf(sql, userId), ["llama open purchase"]);
  await assertFolded(sql);
});

Deno.test("two corrections of a price at once run one after the other", async () => {
  await overlap((db) => remap(db, "whisper"), (db) => remap(db, "playground"));
  const [mapping] = await sql`
    select jsonb_agg(slug) as slugs from public.module_prices join public.modules on id = module_id
    where stripe_price_id = 'price_torn'`;
  assert.deepEqual(mapping?.slugs, ["playground"]);
  const changes = await sql`
    select was -> 0 ->> 'module' as was, became -> 0 ->> 'module' as became from sesame.price_changes order by id`;
  assert.deepEqual(changes.map(({ was, became }) => `${was} to ${became}`), [
    "stable-diffusion to llama",
    "llama to whisper",
    "whisper to playground",
  ]);
  await assertFolded(sql);
});

Deno.test("a price inserted while remap_price waits to map it ends in no deadlock", async () => {
  const sessions = [1, 2, 3].map(() =>
    sqlInSchema(postgres(stack.dbUrl, { max: 1, onnotice: () => {} }), schema)
  );
  const [holder, correcting, inserting] = sessions;
  assert.ok(holder && correcting && inserting);
  try {
    await holder`begin`;
    await holder`select sesame.lock_fold()`;
    const corrected = remap(correcting, "whisper");
    await waitForWaiter();
    const [whisper] = await sql`select id from public.modules where slug = 'whisper'`;
    const inserted = inserting`
      insert into public.module_prices (stripe_price_id, module_id) values ('price_torn', ${whisper?.id})`
      .then(() => "inserted", ({ code }) => code);
    await waitForWaiter(2);
    await holder`commit`;
    await corrected;
    assert.equal(await inserted, "23505", "the price has this module by now");
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
  await assertFolded(sql);
});

/** An event with the buyer of a price, as the function would send it to the database. */
function saleOf(userId: string, priceId: string) {
  const created = Math.floor(Date.now() / 1_000);
  const session = {
    ...{ kind: "checkout_session", id: "cs_torn", mode: "payment", status: "complete" },
    ...{ payment_status: "paid", async_failed: false, amount_total: 1_000, created },
    ...{ user_ref: userId, module_ref: null, customer_id: null, client_reference_id: null },
    ...{
      payment_intent_id: "pi_torn",
      subscription_id: null,
      invoice_id: null,
      price_ids: [priceId],
    },
  };
  return {
    ...{ id: "evt_torn", type: "x", created, api_version: null, livemode: false, account: null },
    ...{ object_id: session.id, payload: "{}", facts: [session], quarantine: null, error: null },
  };
}

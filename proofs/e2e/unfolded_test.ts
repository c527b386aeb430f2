/**
 * Attack: a price is mapped that many sales wait for, and the parts are disturbed. Their callers are killed,
 * several work at once, and events for the same sales come between the parts.
 */

import assert from "node:assert/strict";
import postgres from "postgres";
import { applySeed } from "../../local/migrations.ts";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { say } from "../../local/terminal.ts";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { storeSales } from "../bench/waiting.ts";
import { assertFolded } from "./database_view.ts";

/** How many sales wait for each price. */
const SALES = Number(Deno.env.get("ROWS") ?? 1_000);

const SUPABASE = new URL("../../supabase/", import.meta.url);

const server = await startMigratedDatabase(new URL("migrations/", SUPABASE));
await applySeed(server.url, new URL("seed.sql", SUPABASE));
const sql = connect();
Deno.test.afterAll(async () => {
  await sql.end();
  await server.stop();
});

function connect(): postgres.Sql {
  return postgres(server.adminUrl, {
    max: 1,
    onnotice: () => {},
    connection: { enable_seqscan: "off", jit: "off" }, // the audits read whole tables
  });
}

async function sell(price: string): Promise<void> {
  await storeSales(sql, price, SALES, false);
}

/** Maps a price, and folds nothing itself. */
async function map(price: string): Promise<void> {
  await sql`set sesame.most_at_once = 100`;
  await sql`
    insert into public.module_prices (stripe_price_id, module_id)
    select ${price}, id from public.modules where slug = 'llama'`;
}

/** The answers of all calls until nothing is left. */
async function drain(sql: postgres.Sql): Promise<number[]> {
  const left: number[] = [];
  while (left.at(-1) !== 0) {
    const [row] = await sql`select (public.sesame_fold_part(200) ->> 'left')::int as left`;
    left.push(row?.left);
  }
  return left;
}

async function countOpen(price: string): Promise<number> {
  const [row] = await sql`
    select count(*)::int as number from public.module_access
    where is_active and metadata ->> 'source_id' like ${`cs_${price}%`}`;
  return row?.number;
}

/** Every user has one entry in the access log: none was opened twice, none closed in between. */
async function assertOpenedOnce(price: string): Promise<void> {
  const [row] = await sql`
    select count(*)::int as entries, count(distinct user_id)::int as users
    from sesame.access_log where metadata ->> 'source_id' like ${`cs_${price}%`} and is_active`;
  assert.deepEqual(row, { entries: SALES, users: SALES });
}

function refund(price: string, number: number): string {
  const digits = String(number).padStart(24, "0");
  const id = `re_${price}${digits}`;
  return JSON.stringify([{
    id: `evt_${id}`,
    type: "refund.created",
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    account: null,
    object_id: id,
    payload: "{}",
    facts: [{
      kind: "refund",
      id,
      status: "succeeded",
      amount: 2900,
      charge_id: `ch_${price}${digits}`,
      payment_intent_id: `pi_${price}${digits}`,
    }],
  }]);
}

Deno.test("given callers that are killed in the middle of a part, the next one does the rest", async () => {
  await sell("price_killed_");
  await map("price_killed_");
  assert.equal(await countOpen("price_killed_"), 0);
  let kills = 0;
  for (let caller = 0; caller < 20; caller++) {
    const victim = connect();
    const [backend] = await victim`select pg_backend_pid() as pid`;
    const draining = drain(victim).then(() => "ended", () => "killed");
    await delay(Math.random() * 60);
    await sql`select pg_terminate_backend(${backend?.pid})`;
    if (await draining === "killed") kills++;
    await victim.end({ timeout: 1 });
  }
  await drain(sql);
  say(`${kills} callers were killed`);
  assert.ok(kills > 0);
  assert.equal(await countOpen("price_killed_"), SALES);
  await assertOpenedOnce("price_killed_");
  await assertFolded(sql);
});

Deno.test("given three callers at once, each sale is folded once, and all of them end", async () => {
  await sell("price_at_once_");
  await map("price_at_once_");
  const others = [connect(), connect(), connect()];
  const ends = await Promise.all(others.map(drain));
  assert.deepEqual(ends.map((left) => left.at(-1)), [0, 0, 0]);
  await Promise.all(others.map((other) => other.end()));
  assert.equal(await countOpen("price_at_once_"), SALES);
  await assertOpenedOnce("price_at_once_");
  await assertFolded(sql);
});

Deno.test("given refunds between the parts, the refunded sales are closed, and the others are open", async () => {
  await sell("price_refunded_");
  await map("price_refunded_");
  const webhook = connect();
  const draining = drain(sql);
  const refunded = [1, 2, 3, 100, 500, SALES - 1, SALES];
  for (const number of refunded) {
    const [row] = await webhook`
      select outcome from public.process_stripe_events(${
      refund("price_refunded_", number)
    }::text::jsonb)`;
    assert.equal(row?.outcome, "applied");
  }
  await draining;
  await webhook.end();
  assert.equal(await countOpen("price_refunded_"), SALES - refunded.length);
  await assertFolded(sql);
});

Deno.test("given that nobody calls, deliveries alone do the rest", async () => {
  await sell("price_deliveries_");
  await map("price_deliveries_");
  let deliveries = 0;
  while (await countOpen("price_deliveries_") < SALES) {
    await sql`
      select public.process_stripe_events(${refund("price_other_", deliveries++)}::text::jsonb)`;
    assert.ok(deliveries < SALES, "it never ends");
  }
  await assertFolded(sql);
});

Deno.test("given a change of the settings, all sales follow part by part", async () => {
  await sql`update sesame.settings set full_refund_closes = false`;
  const [before] =
    await sql`select count(*)::int as number from public.module_access where not is_active`;
  assert.ok(before?.number > 0);
  const left = await drain(sql);
  assert.ok(left.length > 10, `${left.length} parts`);
  const [after] =
    await sql`select count(*)::int as number from public.module_access where not is_active`;
  assert.equal(after?.number, 0);
  await assertFolded(sql);
});

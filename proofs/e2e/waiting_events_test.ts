import assert from "node:assert/strict";
import postgres from "postgres";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { untilFolded } from "../../supabase/functions/_shared/doors/until_folded.ts";
import { toJsonArray } from "../../supabase/functions/_shared/doors/wire.ts";
import type { InboxEvent } from "../../supabase/functions/_shared/inbox_event.ts";
import { inboxEvent } from "../../supabase/functions/_shared/testing.ts";
import { checkoutSessionCompleted, newId, newPurchase } from "../../stripe/events.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";
import { whileBusy } from "./busy_fold.ts";
import { assertFolded } from "./database_view.ts";
import { send, tally } from "./delivery.ts";
import { openStage } from "./stage.ts";

const stage = await openStage();
const { stack, schema, sql, moduleId } = stage;

/** A refund of an unknown payment: the smallest event with a fact. */
function refunded(id = newId("re")): InboxEvent {
  return refundedAs(id, "succeeded");
}

function refundedAs(id: string, status: string): InboxEvent {
  const fact = { kind: "refund", id, status, amount: 1, charge_id: null, payment_intent_id: null };
  return inboxEvent(newId("evt"), {
    type: "refund.created",
    object_id: id,
    facts: [fact as InboxEvent["facts"][number]],
  });
}

/** One connection of the direct door's role, for calls by hand. */
function newConnection(options: Record<string, string> = {}): postgres.Sql {
  const own = postgres(stage.webhookUrl, { max: 1, onnotice: () => {}, connection: options });
  return sqlInSchema(own, schema);
}

interface Row {
  event_id: string;
  outcome: string;
  detail: string | null;
}

async function process(db: postgres.Sql, events: InboxEvent[]): Promise<Row[]> {
  return await db<Row[]>`
    select event_id, outcome, detail
    from public.process_stripe_events(${toJsonArray(events)}::text::jsonb, true)`;
}

async function fold(db: postgres.Sql, ids: string[]): Promise<Row[]> {
  return await db<Row[]>`
    select event_id, outcome, detail
    from public.fold_received_events(array(select jsonb_array_elements_text(${
    JSON.stringify(ids)
  }::text::jsonb)))`;
}

/** Stores these events as a call does that finds the fold busy, and whose caller then is gone. */
async function leaveWaiting(events: InboxEvent[]): Promise<void> {
  const db = newConnection();
  const rows = await whileBusy(sql, async () => {
    const all: Row[] = [];
    for (let from = 0; from < events.length; from += 500) {
      all.push(...await process(db, events.slice(from, from + 500)));
    }
    return all;
  });
  await db.end();
  assert.deepEqual(tally(rows.map(({ outcome }) => outcome)), { received: events.length });
}

/** The outcomes and attempts of these events, counted. */
async function inboxOf(events: InboxEvent[]): Promise<Record<string, number>> {
  const rows = await sql<{ words: string }[]>`
    select concat_ws(' ', outcome, attempts, detail) as words
    from sesame.stripe_events where id = any (${events.map(({ id }) => id)})`;
  return tally(rows.map(({ words }) => words));
}

async function countWaiting(): Promise<number> {
  const [row] = await sql`select count(*)::int as count from sesame.waiting_events`;
  return row?.count;
}

function many(count: number): InboxEvent[] {
  return Array.from({ length: count }, () => refunded());
}

for (const count of [500, 5_000]) {
  Deno.test(`${count} events that callers left waiting are folded by the calls that come next`, async () => {
    const left = many(count);
    await leaveWaiting(left);
    const last = left.at(-1) as InboxEvent;

    // A delivery takes some of them. Its own event does not wait behind the others.
    const paid = checkoutSessionCompleted(
      newPurchase({ userId: crypto.randomUUID(), moduleId }),
    );
    const endpoint = `${stack.functionsUrl}/stripe-webhook`;
    assert.equal(await send(endpoint, stack.webhookSecret, paid), "200 applied");
    assert.equal(await countWaiting(), Math.max(0, count - 500));

    // A caller that asks for the last one takes the rest.
    const db = newConnection();
    const rows = await untilFolded(fold(db, [last.id]), (ids) => fold(db, ids)) as Row[];
    await db.end();
    assert.deepEqual(rows.map(({ outcome }) => outcome), ["applied"]);
    assert.equal(await countWaiting(), 0);
    assert.deepEqual(await inboxOf(left), { "applied 1": count });
    await assertFolded(sql);
  });
}

/** What cron runs each minute, until nothing waits. */
async function runJob(limit = "8s"): Promise<void> {
  for (let minute = 0; minute < 20 && await countWaiting() > 0; minute++) {
    const db = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    await db.unsafe(`set statement_timeout = '${limit}'; select sesame.fold_for_a_while()`);
    await db.end();
  }
}

Deno.test("where no call comes, the job of cron folds what callers left waiting", async () => {
  const left = many(1_200);
  await leaveWaiting(left);
  await runJob();
  assert.deepEqual(await inboxOf(left), { "applied 1": left.length });
});

Deno.test("an event that cannot be applied fails alone among those that wait", async () => {
  const good = many(20);
  const poison = refundedAs(newId("re"), "no such status");
  await leaveWaiting([...good.slice(0, 10), poison, ...good.slice(10)]);
  await runJob();
  assert.deepEqual(await inboxOf(good), { "applied 1": 20 });
  assert.deepEqual(await inboxOf([poison]), { "failed 1 22P02": 1 });
});

/** Makes the fold of this refund take so long; without a number, longer than any call may. */
async function slowDown(id: string, seconds = 30): Promise<AsyncDisposable> {
  await sql.unsafe(`
    create function slow_down() returns trigger language plpgsql as
      $$ begin perform pg_sleep(${seconds}); return new; end $$;
    create trigger slow_down before insert or update on sesame.refunds
      for each row when (new.id = '${id}') execute function slow_down();`);
  return {
    [Symbol.asyncDispose]: async () => void await sql`drop function slow_down() cascade`,
  };
}

Deno.test("an event that takes too long fails alone: each fold that times out is tried again in halves", async () => {
  const good = many(15);
  const slow = refunded();
  await using _slow = await slowDown(slow.object_id as string);
  const all = [...good.slice(0, 5), slow, ...good.slice(5)];
  await leaveWaiting(all);
  const db = newConnection();
  await db`set statement_timeout = '2s'`;
  let calls = 0;
  while (await countWaiting() > 0) {
    assert.ok(++calls <= 12, "the halving ends");
    await fold(db, all.map(({ id }) => id));
  }
  await db.end();
  assert.deepEqual(await inboxOf(good), { "applied 1": 15 });
  assert.deepEqual(await inboxOf([slow]), { "failed 1 57014": 1 });
});

Deno.test("a call whose fold takes too long leaves its events stored", async () => {
  const events = many(2);
  await using _slow = await slowDown(events[0]?.object_id as string);
  const db = newConnection();
  await db`set statement_timeout = '2s'`;
  const rows = await process(db, events);
  assert.deepEqual(rows.map(({ outcome }) => outcome), ["received", "received"]);
  // Each is folded alone now, the one that is first in the queue first. The slow one is not tried again.
  await untilFolded(Promise.resolve(rows), (ids) => fold(db, ids));
  assert.deepEqual(await inboxOf(events.slice(0, 1)), { "failed 1 57014": 1 });
  assert.deepEqual(await inboxOf(events.slice(1)), { "applied 1": 1 });
  await db.end();
});

Deno.test("the job of cron does not hold the fold for an event that takes too long: the event fails", async () => {
  const good = many(3);
  const slow = refunded();
  await using _slow = await slowDown(slow.object_id as string);
  await leaveWaiting([slow, ...good]);
  await runJob("2s");
  assert.deepEqual(await inboxOf(good), { "applied 1": 3 });
  assert.deepEqual(await inboxOf([slow]), { "failed 1 57014": 1 });
});

/** A paid session of this customer. Without a user, it belongs to the one whom an earlier session names. */
function sold(customer: string, created: number, user: string | null): InboxEvent {
  const { object_id, ...event } = refunded(newId("cs"));
  const fact = {
    kind: "checkout_session",
    ...{ id: object_id, created, customer_id: customer, user_ref: user, price_ids: [] },
    ...{ status: "complete", payment_status: "paid", mode: "payment", amount_total: 1 },
    async_failed: false,
    module_ref: "stable-diffusion",
  };
  return { ...event, created, object_id, facts: [fact as unknown as InboxEvent["facts"][number]] };
}

/** Each grant of this buyer takes a tenth of a second. */
async function slowGrants(user: string): Promise<AsyncDisposable> {
  await sql.unsafe(`
    create function slow_grant() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.1); return new; end $$;
    create trigger slow_grant before insert or update on sesame.grants
      for each row when (new.user_id = '${user}') execute function slow_grant();`);
  return {
    [Symbol.asyncDispose]: async () => void await sql`drop function slow_grant() cascade`,
  };
}

Deno.test("an event that touches too much for any call is applied by its replay, part by part", async () => {
  const user = crypto.randomUUID();
  const customer = newId("cus");
  const first = sold(customer, 1_760_000_000, user);
  const others = Array.from({ length: 20 }, () => sold(customer, 1_760_000_001, null));
  const db = sqlInSchema(postgres(stack.dbUrl, { max: 1, onnotice: () => {} }), schema);
  await process(db, others);
  await using _slow = await slowGrants(user);
  await db`set statement_timeout = '2s'`;
  const [alone] = await process(db, [first]);
  assert.deepEqual([alone?.outcome, alone?.detail], ["failed", "57014"]);

  const [stored] = await sql`
    select * from public.sesame_failed_events('', 100, false, '{}') where id = ${first.id}`;
  const again = { ...first, by_parts: stored?.by_parts } as InboxEvent;
  const [replayed] = await db<Row[]>`
    select event_id, outcome, detail
    from public.sesame_reconcile_events(${toJsonArray([again])}::text::jsonb, gen_random_uuid())`;
  assert.equal(replayed?.outcome, "applied");
  for (let left = 1, calls = 0; left > 0; calls++) {
    assert.ok(calls < 100, "the parts end");
    const [row] = await db`select (public.sesame_fold_part(5) ->> 'left')::integer as left`;
    left = row?.left;
  }
  await db.end();
  const [owned] =
    await sql`select count(*)::int as sales from sesame.grants where user_id = ${user}`;
  assert.equal(owned?.sales, 21);
  await assertFolded(sql);
});

Deno.test("a fold that only waited long for the lock is not blamed on its events", async () => {
  const [event] = many(1) as [InboxEvent];
  await using _slow = await slowDown(event.object_id as string);
  const db = newConnection();
  await db`set statement_timeout = '2s'`;
  await leaveWaiting([event]);
  const pid = await pidOf(db);
  let folding: Promise<Row[]> | undefined;
  await whileBusy(sql, async () => {
    folding = fold(db, [event.id]);
    await untilActive(pid, "wait_event = 'advisory'");
    await sql`select pg_sleep(1.5)`;
  });
  assert.deepEqual((await folding)?.map(({ outcome }) => outcome), ["received"]);
  await db.end();
  await sql`delete from sesame.waiting_events`;
});

Deno.test("the same events over two connections while the fold is busy are folded once, without a deadlock", async () => {
  const connections = [newConnection(), newConnection(), newConnection()];
  for (let round = 0; round < 10; round++) {
    const events = many(40);
    const ways = [events, events.toReversed(), [...events.slice(20), ...events.slice(0, 20)]];
    const answers = await Promise.all(connections.map(async (db, place) => {
      const own = ways[place] as InboxEvent[];
      return await untilFolded(process(db, own), (ids) => fold(db, ids)) as Row[];
    }));
    const outcomes = new Set(answers.flat().map(({ outcome }) => outcome));
    assert.deepEqual([...outcomes].filter((one) => one !== "applied" && one !== "duplicate"), []);
    assert.deepEqual(await inboxOf(events), { "applied 1": events.length });
  }
  await Promise.all(connections.map((db) => db.end()));
  assert.equal(await countWaiting(), 0);
});

Deno.test("64 fresh connections with an event each are all answered, and none is refused", async () => {
  const answers = await Promise.all(
    many(64).map(async (event) => {
      const db = newConnection();
      const rows = await untilFolded(process(db, [event]), (ids) => fold(db, ids)) as Row[];
      await db.end();
      return rows[0]?.outcome ?? "nothing";
    }),
  );
  assert.deepEqual(tally(answers), { applied: 64 });
});

/** Waits until a backend of Postgres does what the condition on `pg_stat_activity` says. */
async function untilActive(pid: number, condition: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const [row] = await sql.unsafe(
      `select true from pg_stat_activity where pid = ${pid} and ${condition}`,
    );
    if (row !== undefined) return;
    await delay(20);
  }
  assert.fail(`never: ${condition}`);
}

async function pidOf(db: postgres.Sql): Promise<number> {
  const [row] = await db`select pg_backend_pid() as pid`;
  return row?.pid;
}

Deno.test("events that come again while cron folds them in another order end in no deadlock", async () => {
  const [last, first] = [refunded(), refunded()].toSorted((a, b) => a.id < b.id ? 1 : -1) as [
    InboxEvent,
    InboxEvent,
  ];
  await using _slow = await slowDown(first.object_id as string, 1);
  await leaveWaiting([last]);
  await leaveWaiting([first]);
  await sql`update sesame.waiting_events set together = 1`; // two folds in one transaction
  const cron = sqlInSchema(postgres(stack.dbUrl, { max: 1, onnotice: () => {} }), schema);
  const pid = await pidOf(cron);
  const folding = cron`select sesame.fold_waiting()`.execute();
  await untilActive(pid, "wait_event = 'PgSleep'");
  const db = newConnection();
  const [rows] = await Promise.all([process(db, [first, last]), folding]);
  assert.deepEqual(rows.map(({ outcome }) => outcome), ["applied", "applied"]);
  assert.deepEqual(await inboxOf([first, last]), { "applied 1": 2 });
  await Promise.all([db.end(), cron.end()]);
});

Deno.test("an operator who cancels the job of cron ends it, and no event is blamed for it", async () => {
  const slow = refunded();
  await using _slow = await slowDown(slow.object_id as string, 5);
  await leaveWaiting([slow]);
  const cron = sqlInSchema(postgres(stack.dbUrl, { max: 1, onnotice: () => {} }), schema);
  const pid = await pidOf(cron);
  const ended = assert.rejects(cron`select sesame.fold_waiting()`, { code: "57014" });
  await untilActive(pid, "wait_event = 'PgSleep'");
  await delay(1_100); // a fold of more than a second is one that takes too long
  await sql`select pg_cancel_backend(${pid})`;
  await ended;
  assert.deepEqual(await inboxOf([slow]), { "received 1": 1 });
  await cron.end();
  await sql`delete from sesame.waiting_events`;
});

Deno.test("an account that waits for the fold holds no lock that the fold may need", async () => {
  const email = `${crypto.randomUUID()}@example.com`;
  await sql`update sesame.settings set verified_email_claims = true`;
  await sql`
    insert into public.access_tokens (user_ref, module_id) values (${email}, ${moduleId})`;
  const auth = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
  const [userId, pid] = [crypto.randomUUID(), await pidOf(auth)];
  let signingUp: Promise<unknown> | undefined;
  await whileBusy(sql, async () => {
    signingUp = auth`
      insert into auth.users (id, email, email_confirmed_at) values (${userId}, ${email}, now())`
      .execute();
    await untilActive(pid, "wait_event = 'advisory'");
    const [row] = await sql`
      select pg_try_advisory_xact_lock(sesame.address_key(${email})) as is_free`;
    assert.equal(row?.is_free, true);
  });
  await signingUp;
  await auth.end();
  const [access] = await sql`select is_active from public.module_access where user_id = ${userId}`;
  assert.equal(access?.is_active, true);
});

import assert from "node:assert/strict";
import postgres from "postgres";
import { openStage } from "./stage.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";

const { stack, schema, sql, moduleId } = await openStage();

const PAYMENTS = 20;
const now = Math.floor(Date.now() / 1_000);

/** An event with one fact of a payment, as the function would send it to the database. */
function event(id: string, fact: Record<string, unknown>): string {
  return JSON.stringify([{
    ...{ id, type: "x", created: now, api_version: null, livemode: false, account: null },
    ...{ object_id: fact.id, payload: "{}", facts: [fact], quarantine: null, error: null },
  }]);
}

function payment(n: number): string {
  const about = { user_ref: null, module_ref: null, customer_id: null, invoice_id: null };
  const paid = { status: "succeeded", amount_received: 1_000, created: now };
  return event(`evt_pi${n}`, { kind: "payment_intent", id: `pi_${n}`, ...paid, ...about });
}

function refund(n: number, status: string): string {
  const fact = { kind: "refund", id: `re_${n}`, status, amount: 1_000, charge_id: null };
  return event(`evt_re${n}_${status}`, { ...fact, payment_intent_id: `pi_${n}` });
}

/** All possible changes of a token at once, each in its own transaction. */
function actions(n: number): ((db: postgres.Sql) => Promise<unknown>)[] {
  const user = `7e570000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  const create = (db: postgres.Sql) =>
    db`select * from public.sesame_create_access_token(
      ${user}, 'stable-diffusion', ${`pi_${n}`}, 'standard', null, 5)`;
  return [
    (db) => db`select * from public.process_stripe_events(${payment(n)}::text::jsonb)`,
    (db) => db`select * from public.process_stripe_events(${refund(n, "succeeded")}::text::jsonb)`,
    ...n % 2 === 0
      ? [
        (db: postgres.Sql) =>
          db`select * from public.process_stripe_events(${refund(n, "failed")}::text::jsonb)`,
      ]
      : [],
    create,
    create,
    (db) =>
      db`
      insert into public.access_tokens (created_by, module_id, payment_id)
      values (${user}, ${moduleId}, ${`pi_${n}`})`,
    (db) => db`update public.access_tokens set is_active = ${n % 3 > 0} where created_by = ${user}`,
    (db) =>
      db`update public.access_tokens set access_level = 'pro' where payment_id = ${`pi_${n}`}`,
    // One token in each transaction, as a module's server does. Transactions with several tokens may deadlock.
    (db) =>
      db`
      select public.sesame_verify_module_token(id, created_by, 'stable-diffusion', true)
      from public.access_tokens where created_by = ${user} limit 1`,
  ];
}

function shuffled<Item>(items: Item[]): Item[] {
  return items.map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place).map(({ item }) => item);
}

/** The SQLSTATE it ends with; null: it succeeded. A lock that is not free in time is tried again, as callers do. */
async function codeOf(act: () => Promise<unknown>): Promise<string | null> {
  for (;;) {
    const code = await act().then(() => null, (error) => error.code as string);
    if (code !== "55P03") return code;
  }
}

Deno.test("after tokens are made, paid, refunded, revoked and used at the same instant, access follows the facts", async () => {
  const many = sqlInSchema(postgres(stack.dbUrl, { max: 24, onnotice: () => {} }), schema);
  const all = Array.from({ length: PAYMENTS }, (_, n) => actions(n)).flat();
  // Twice, so that events before their token also come after it.
  const codes = await Promise.all(
    [...shuffled(all), ...shuffled(all)].map((action) => codeOf(() => action(many))),
  );
  await many.end();
  // The same payment id twice is no error, and there is no deadlock.
  assert.deepEqual(codes.filter((code) => code !== null), []);

  const wrong = await sql`
    select id from public.access_tokens
    where blocked_by is distinct from sesame.block_of_payment(payment_id)::text`;
  assert.deepEqual([...wrong], []);
  const drifted = await sql`
    (select user_id, module_id, is_active, expires_at, source_id from sesame.decided_access
     except
     select user_id, module_id, is_active, expires_at, metadata ->> 'source_id' from public.module_access)
    union all
    (select user_id, module_id, is_active, expires_at, metadata ->> 'source_id' from public.module_access
     except
     select user_id, module_id, is_active, expires_at, source_id from sesame.decided_access)`;
  assert.deepEqual([...drifted], []);
  const [refunded] =
    await sql`select count(*)::integer from public.access_tokens where blocked_by = 'refunded'`;
  assert.ok(refunded?.count > 0);
});

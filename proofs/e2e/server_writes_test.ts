/** Writes of an old site's own code with the secret key, beside Stripe's events. */

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { checkInvariants } from "../converge/invariants.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  refundCreated,
  refundFailed,
  type StripeEvent,
} from "../../stripe/events.ts";
import { send } from "./delivery.ts";
import { newMember, openModules, openStage } from "./stage.ts";
import { sqlInSchema } from "../schema/sql_in_schema.ts";

const { stack, schema, sql, moduleId } = await openStage();
const server = createClient(stack.apiUrl, stack.secretKey, {
  db: { schema },
  auth: { persistSession: false },
});
const module_id = Number(moduleId);
const YEAR = "2100-01-01T00:00:00+00:00";

function deliver(event: StripeEvent): Promise<string> {
  return send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
}

/** Sends an event again if the webhook was too busy, as Stripe does. Undefined: it was accepted. */
async function deliverUntilTaken(event: StripeEvent): Promise<string | undefined> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const answer = await deliver(event);
    if (/^200 (applied|duplicate)$/.test(answer)) return undefined;
    if (answer !== "503 unavailable") return answer;
  }
  return "503 ten times";
}

/** The row of a member, in a few words. */
async function row(user_id: string): Promise<string> {
  const { data } = await server.from("module_access").select().match({ user_id, module_id });
  return (data ?? []).map(inWords).join(", ");
}

// deno-lint-ignore no-explicit-any -- a row as the Data API answers it
function inWords({ is_active, expires_at, metadata }: any): string {
  const until = expires_at === null ? "" : ` until ${expires_at.slice(0, 4)}`;
  return is_active ? `open${until}` : `closed ${metadata.reason}`;
}

Deno.test.afterEach(async () => {
  assert.deepEqual(await checkInvariants(sql), []);
});

Deno.test("the old site's webhook inserts, and gets its row back", async () => {
  const member = await newMember(stack);
  const { data, error, status } = await server.from("module_access").insert({
    ...{ user_id: member.id, module_id, access_type: "purchase", expires_at: YEAR },
    ...{ is_active: true, metadata: { session_id: "cs_test_old1", amount: 1000 } },
  }).select().single();
  assert.equal(error, null);
  assert.equal(status, 201);
  assert.equal(inWords(data), "open until 2100");
  assert.equal(data.user_id, member.id);
  assert.equal(data.metadata.session_id, "cs_test_old1");
  assert.deepEqual(await openModules(member), ["stable-diffusion"]);
});

Deno.test("it inserts without an error before and after a payment, and a refund closes both", async () => {
  const member = await newMember(stack);
  const purchase = newPurchase({ userId: member.id, moduleId });
  const paid = checkoutSessionCompleted(purchase);
  const refunded = refundCreated(purchase);
  const written = {
    ...{ user_id: member.id, module_id, access_type: "purchase", is_active: true },
    metadata: { session_id: purchase.sessionId },
  };
  const story: string[] = [];
  for (
    const step of [
      () => server.from("module_access").insert(written).select().single(),
      () => deliver(paid),
      () => server.from("module_access").insert(written).select().single(),
      () => deliver(refunded),
      () => server.from("module_access").insert(written).select().single(),
      () => deliver(refundFailed(purchase, { id: refunded.data.object.id })),
    ]
  ) {
    const answer = await step();
    story.push(
      typeof answer === "string"
        ? `${answer}: ${await row(member.id)}`
        : `${answer.status} ${answer.error?.code ?? inWords(answer.data)}`,
    );
  }
  assert.deepEqual(story, [
    "201 open",
    "200 applied: open",
    "201 open",
    "200 applied: closed refunded",
    "201 closed refunded",
    "200 applied: open",
  ]);
});

Deno.test("it upserts on (user_id, module_id)", async () => {
  const { id: user_id } = await newMember(stack);
  const table = () => server.from("module_access");
  const options = { onConflict: "user_id,module_id" };
  const first = await table().upsert({ user_id, module_id, expires_at: YEAR }, options)
    .select().single();
  assert.equal(first.error, null);
  assert.equal(inWords(first.data), "open until 2100");
  const longer = await table().upsert({ user_id, module_id, expires_at: null }, options).select()
    .single();
  assert.equal(inWords(longer.data), "open");
  assert.equal(longer.data.id, first.data.id);
  const again = await table().upsert(longer.data, options).select().single();
  assert.equal(again.error, null);
  const closed = await table().upsert({ user_id, module_id, is_active: false }, options).select()
    .single();
  assert.equal(inWords(closed.data), "closed revoked");
  const ignored = await table().upsert({ user_id, module_id, expires_at: YEAR }, {
    ...options,
    ignoreDuplicates: true,
  }).select();
  assert.equal(ignored.error, null);
  assert.equal(await row(user_id), "open until 2100");
});

Deno.test("it updates and deletes, and the next payment opens", async () => {
  const member = await newMember(stack);
  const mine = { user_id: member.id, module_id };
  assert.equal(
    await deliver(checkoutSessionCompleted(newPurchase({ userId: member.id, moduleId }))),
    "200 applied",
  );

  const ends = await server.from("module_access").update({ expires_at: YEAR }).match(mine).select()
    .single();
  assert.equal(inWords(ends.data), "open until 2100");
  const closed = await server.from("module_access")
    .update({ is_active: false, updated_at: new Date().toISOString() }).match(mine).select()
    .single();
  assert.equal(closed.error, null);
  assert.equal(inWords(closed.data), "closed revoked");
  assert.deepEqual(await openModules(member), []);
  const noted = await server.from("module_access").update({ metadata: { note: "chargeback" } })
    .match(mine).select().single();
  assert.equal(noted.data.metadata.note, "chargeback");
  assert.equal(inWords(noted.data), "closed revoked");
  const deleted = await server.from("module_access").delete().match(mine).select().single();
  assert.equal(deleted.error, null);
  assert.equal(await row(member.id), "");

  assert.equal(
    await deliver(checkoutSessionCompleted(newPurchase({ userId: member.id, moduleId }))),
    "200 applied",
  );
  assert.equal(await row(member.id), "open");
  assert.deepEqual(await openModules(member), ["stable-diffusion"]);
});

Deno.test("a write that cannot work gets a code, and a hint with the right way", async () => {
  const { id: user_id } = await newMember(stack);
  const answers: Record<string, unknown>[] = [];
  const bodies: Record<string, unknown>[] = [
    { module_id },
    { user_id, module_id: 987654 },
    { user_id },
    { user_id, module_id, metadata: "cs_1" },
  ];
  for (const body of bodies) {
    const { error } = await server.from("module_access").insert(body).select().single();
    answers.push({ code: error?.code, hinted: Boolean(error?.hint) });
  }
  await server.from("module_access").insert({ user_id, module_id });
  const moved = await server.from("module_access").update({ user_id: crypto.randomUUID() })
    .match({ user_id, module_id });
  answers.push({ code: moved.error?.code, hinted: Boolean(moved.error?.hint) });
  assert.deepEqual(
    answers,
    ["SE030", "SE006", "SE006", "SE031", "SE032"].map((code) => ({ code, hinted: true })),
  );
  // Postgres parses the uuid before our code runs.
  const { error } = await server.from("module_access").insert({
    user_id: "ada@example.com",
    module_id,
  });
  assert.equal(error?.code, "22P02");
});

Deno.test("an owner known by an address waits in access_tokens, as before", async () => {
  const waiting = await server.from("access_tokens")
    .insert({ user_ref: "late@example.com", module_id, access_type: "purchase" }).select().single();
  assert.equal(waiting.error, null);
  assert.equal(waiting.data.created_by, null);
});

Deno.test("after writes of two servers and a webhook at the same instant, access follows the sources", async () => {
  const members = await Promise.all(Array.from({ length: 6 }, () => newMember(stack)));
  const writes = members.flatMap(({ id: user_id }, n) => {
    const purchase = newPurchase({ userId: user_id, moduleId });
    const table = () => server.from("module_access");
    const written = { user_id, module_id, metadata: { session_id: purchase.sessionId } };
    return [
      async () => (await table().insert(written).select().single()).error?.code,
      async () => (await table().insert(written).select().single()).error?.code,
      async () =>
        (await table().upsert({ ...written, expires_at: YEAR }, {
          onConflict: "user_id,module_id",
        }))
          .error?.code,
      async () =>
        (await table().update({ is_active: n % 2 === 0 }).match({ user_id, module_id })).error
          ?.code,
      async () => (await table().delete().match({ user_id, module_id })).error?.code,
      () => deliverUntilTaken(checkoutSessionCompleted(purchase)),
    ];
  });
  const codes = await Promise.all(
    writes.toSorted(() => Math.random() - 0.5).map((write) => write()),
  );
  assert.deepEqual(codes.filter((code) => code), []);
});

Deno.test("a server that waits for three seconds gets a 503", async () => {
  const { id: user_id } = await newMember(stack);
  const other = sqlInSchema(postgres(stack.dbUrl, { max: 1, onnotice: () => {} }), schema);
  try {
    await other.begin(async (tx) => {
      await tx`select sesame.lock_fold()`;
      const { error } = await server.from("module_access").insert({ user_id, module_id });
      assert.equal(error?.code, "55P03");
      assert.match(error?.hint ?? "", /again/);
    });
  } finally {
    await other.end();
  }
  assert.equal(await row(user_id), "");
});

Deno.test("one statement writes a thousand rows, and another closes them", async () => {
  for (
    const statement of [
      `insert into public.module_access (user_id, module_id, expires_at)
       select gen_random_uuid(), ${module_id}, now() + interval '1 year' from generate_series(1, 1000)`,
      `update public.module_access set is_active = false where module_id = ${module_id}`,
    ]
  ) {
    await sql.begin(async (tx) => {
      await tx`set local role service_role`;
      await tx.unsafe(statement);
    });
    assert.deepEqual(await checkInvariants(sql), []);
  }
  const [open] = await sql`select count(*)::integer from public.module_access where is_active`;
  assert.equal(open?.count, 0);
});

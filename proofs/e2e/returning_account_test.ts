/** An account that is deleted as Auth does it and made again through the real Auth, also while a writer is busy. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { whileBusy } from "./busy_fold.ts";
import { accessOf, assertFolded } from "./database_view.ts";
import { send, withAtMost } from "./delivery.ts";
import { newMember, openModules, openStage } from "./stage.ts";

const { stack, sql, moduleId } = await openStage();
// The stack's Auth verifies no addresses. These tests need a project with an Auth that does.
await sql`update sesame.settings set verified_email_claims = true`;
const OWNED = ["stable-diffusion open purchase"];

/** Auth's own role. The stack's Auth has no request that deletes an account, so its statement is sent here. */
const auth = postgres(asAuth(stack.dbUrl), { max: 4, onnotice: () => {} });
Deno.test.afterAll(() => auth.end({ timeout: 1 }));

function asAuth(dbUrl: string): string {
  const url = new URL(dbUrl);
  url.username = "supabase_auth_admin";
  return url.href;
}

async function deleteAccount(userId: string): Promise<void> {
  await auth`delete from auth.users where id = ${userId}`;
}

/** A purchase that names this user, as a delivery that is yet to be sent. */
function purchaseOf(userId: string): () => Promise<string> {
  const event = checkoutSessionCompleted(newPurchase({ userId, moduleId }));
  return () => send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
}

async function newBuyer() {
  const email = `${crypto.randomUUID()}@example.com`;
  const buyer = await newMember(stack, email);
  assert.equal(await purchaseOf(buyer.id)(), "200 applied");
  return { email, id: buyer.id };
}

/** How long it takes, in milliseconds. */
async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

Deno.test("after their account was deleted, a member signs up again and has the purchase", async () => {
  const { email, id } = await newBuyer();
  await deleteAccount(id);
  const again = await newMember(stack, email);
  assert.notEqual(again.id, id);
  assert.deepEqual(await openModules(again), ["stable-diffusion"]);
  assert.deepEqual(await accessOf(sql, id), []);
});

Deno.test("a webhook that comes late for the deleted account reaches the new one", async () => {
  const email = `${crypto.randomUUID()}@example.com`;
  const { id } = await newMember(stack, email);
  const late = purchaseOf(id);
  await deleteAccount(id);
  const again = await newMember(stack, email);
  assert.equal(await late(), "200 applied");
  assert.deepEqual(await accessOf(sql, again.id), OWNED);
});

Deno.test("a deletion does not wait for a busy writer, and the next sign-in completes it", async () => {
  const { email, id } = await newBuyer();
  let again = "";
  await whileBusy(sql, async () => {
    assert.ok(await timed(() => deleteAccount(id)) < 10_000);
    again = (await newMember(stack, email)).id;
    assert.deepEqual(await accessOf(sql, again), []);
  });
  await auth`update auth.users set last_sign_in_at = now() where id = ${again}`;
  assert.deepEqual(await accessOf(sql, again), OWNED);
});

Deno.test("a deletion goes through while the table of deletions is locked", async () => {
  const { id } = await newBuyer();
  const busy = await sql.reserve();
  await busy`begin`;
  await busy`lock table sesame.deleted_accounts in access exclusive mode`;
  try {
    assert.ok(await timed(() => deleteAccount(id)) < 10_000);
  } finally {
    await busy`rollback`;
    busy.release();
  }
  assert.equal((await sql`select from auth.users where id = ${id}`).length, 0);
});

Deno.test("accounts can be deleted and made in a transaction that the fold cannot use", async () => {
  const { email, id } = await newBuyer();
  const again = crypto.randomUUID();
  await auth.begin("isolation level serializable", async (transaction) => {
    await transaction`delete from auth.users where id = ${id}`;
    await transaction`
      insert into auth.users (id, aud, role, email, email_confirmed_at)
      values (${again}, 'authenticated', 'authenticated', ${email}, now())`;
  });
  await auth`update auth.users set last_sign_in_at = now() where id = ${again}`;
  assert.deepEqual(await accessOf(sql, again), OWNED);
});

Deno.test("an account deleted and made again during a delivery has the purchase in the end", async () => {
  const owners = await withAtMost(4, [...Array(16).keys()], async (turn) => {
    const email = `${crypto.randomUUID()}@example.com`;
    const { id } = await newMember(stack, email);
    const deliver = purchaseOf(id);
    const again = async () => {
      await deleteAccount(id);
      return await newMember(stack, email);
    };
    // Each is first in half of the cases.
    const both = turn % 2 === 0
      ? [deliver(), again()] as const
      : [again(), deliver()].reverse() as [Promise<string>, ReturnType<typeof again>];
    const [answer, member] = await Promise.all(both);
    assert.equal(answer, "200 applied");
    return member.id;
  });
  // Where a writer was busy for a second, the next sign-in makes up for it.
  for (const id of owners) {
    await auth`update auth.users set last_sign_in_at = now() where id = ${id}`;
    assert.deepEqual(await accessOf(sql, id), OWNED);
  }
  await assertFolded(sql);
});

Deno.test("one account that signs in twice at once gets everything back once", async () => {
  const { email, id } = await newBuyer();
  await deleteAccount(id);
  await sql`update sesame.settings set returning_account_inherits = false`;
  const again = await newMember(stack, email);
  await sql`update sesame.settings set returning_account_inherits = true`;
  await Promise.all(
    [1, 2, 3, 4].map(() =>
      auth`update auth.users set last_sign_in_at = now() where id = ${again.id}`
    ),
  );
  assert.deepEqual(await accessOf(sql, again.id), OWNED);
  const log = await sql`
    select cause from sesame.access_log where user_id = ${again.id} and cause like 'member: made%'`;
  assert.equal(log.length, 1);
});

Deno.test("a thousand accounts are deleted in one statement, within the time of a call", async () => {
  await sql`
    insert into auth.users (id, aud, role, email, email_confirmed_at)
    select gen_random_uuid(), 'authenticated', 'authenticated', 'many_' || n || '@example.com', now()
    from generate_series(1, 1000) as n`;
  const deleted = await auth.begin(async (tx) => {
    await tx`set local statement_timeout = '8s'`; // as hosted calls have it
    return await tx`delete from auth.users where email like 'many\\_%'`;
  });
  assert.equal(deleted.count, 1_000);
});

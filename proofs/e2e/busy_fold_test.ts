import assert from "node:assert/strict";
import { whileBusy } from "./busy_fold.ts";
import { accessOf } from "./database_view.ts";
import { send } from "./delivery.ts";
import { guestPurchase } from "./guest_purchase.ts";
import { newMember, openStage } from "./stage.ts";

const { stack, sql, moduleId } = await openStage();
await sql`update sesame.settings set verified_email_claims = true`;

function newAddress(): string {
  return `${crypto.randomUUID()}@example.com`;
}

/** A claim link to a purchase without an owner. */
async function makeLink(): Promise<string> {
  const { event, sessionId } = guestPurchase(newAddress(), moduleId);
  await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
  const [row] = await sql`select public.create_claim_link(${sessionId}, 'olga', 'test') as secret`;
  return row?.secret;
}

// The lock is free only after the answer. A function without a limit of its own would meet the
// statement timeout (57014).
for (
  const [name, args, gives] of [
    ["claim_free_module", { module: "playground" }, "playground open free"],
    ["claim_purchase", { secret: await makeLink() }, "stable-diffusion open purchase"],
  ] as const
) {
  Deno.test(`given a busy fold, ${name} answers 503 and changes nothing; the next call succeeds`, async () => {
    const { id, client } = await newMember(stack);
    const refused = await whileBusy(sql, async () => await client.rpc(name, args));
    assert.equal(refused.status, 503);
    assert.equal(refused.error?.code, "PT503");
    assert.match(refused.error?.hint ?? "", /Try again/);
    assert.deepEqual(await accessOf(sql, id), []);

    assert.equal((await client.rpc(name, args)).error, null);
    assert.deepEqual(await accessOf(sql, id), [gives]);
  });
}

Deno.test("given a busy fold, checkout of a free module answers 503; the next call succeeds", async () => {
  const { id, headers } = await newMember(stack);
  const order = async () => {
    const response = await fetch(`${stack.functionsUrl}/checkout`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ module: "playground" }),
    });
    const { code = null } = await response.json();
    return [response.status, code];
  };
  assert.deepEqual(await whileBusy(sql, order), [503, "unavailable"]);
  assert.deepEqual(await accessOf(sql, id), []);
  assert.deepEqual(await order(), [200, null]);
  assert.deepEqual(await accessOf(sql, id), ["playground open free"]);
});

Deno.test("given a busy fold, an account that a purchase and a token wait for is created all the same", async () => {
  const email = newAddress();
  const { event } = guestPurchase(email, moduleId);
  await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
  await sql`
    insert into public.access_tokens (user_ref, module_id)
    select ${email}, id from public.modules where slug = 'whisper'`;
  const { id, client } = await whileBusy(sql, () => newMember(stack, email));
  assert.deepEqual(await accessOf(sql, id), []);

  await client.auth.signInWithPassword({ email, password: "open sesame" });
  assert.deepEqual(await accessOf(sql, id), [
    "stable-diffusion open purchase",
    "whisper open token",
  ]);
});

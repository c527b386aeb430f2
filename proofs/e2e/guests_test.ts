/** Guests and their accounts, through the real webhook and the real Auth, also at the same instant. */

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import type { StripeEvent } from "../../stripe/events.ts";
import { whileBusy } from "./busy_fold.ts";
import { accessOf, assertFolded } from "./database_view.ts";
import { send, withAtMost } from "./delivery.ts";
import { guestPurchase } from "./guest_purchase.ts";
import { openStage } from "./stage.ts";

const { stack, sql, ada, bob, moduleId } = await openStage();
// The stack's Auth verifies no addresses. These tests need a project with an Auth that does.
await sql`update sesame.settings set verified_email_claims = true`;
const OWNED = ["stable-diffusion open purchase"];

function deliver(event: StripeEvent): Promise<string> {
  return send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
}

function newAddress(): string {
  return `${crypto.randomUUID()}@example.com`;
}

/** Signs up as a browser does. The stack's Auth treats every address as verified. */
async function signUp(email: string, way: "signUp" | "signInWithPassword" = "signUp") {
  const client = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await client.auth[way]({ email, password: "open sesame" });
  assert.equal(error, null);
  return data.user?.id ?? "";
}

Deno.test("a guest who signs up afterwards gets the purchases", async () => {
  const email = newAddress();
  assert.equal(await deliver(guestPurchase(email.toUpperCase(), moduleId).event), "200 applied");
  assert.deepEqual(await accessOf(sql, await signUp(email)), OWNED);
});

Deno.test("a member who buys as a guest has it when the webhook answers", async () => {
  const email = newAddress();
  const userId = await signUp(email);
  assert.equal(await deliver(guestPurchase(email, moduleId).event), "200 applied");
  assert.deepEqual(await accessOf(sql, userId), OWNED);
});

Deno.test("a busy fold does not block sign-in; the purchase is claimed at the next one", async () => {
  const email = newAddress();
  await deliver(guestPurchase(email, moduleId).event);
  await whileBusy(sql, async () => {
    const userId = await signUp(email);
    assert.deepEqual(await accessOf(sql, userId), []);
  });
  assert.deepEqual(await accessOf(sql, await signUp(email, "signInWithPassword")), OWNED);
});

Deno.test("a purchase and its account that come at the same instant find each other", async () => {
  const owners = await withAtMost(4, [...Array(30).keys()], async (turn) => {
    const email = newAddress();
    const { event } = guestPurchase(email, moduleId);
    // Each is first in half of the cases.
    const both = turn % 2 === 0
      ? [deliver(event), signUp(email)]
      : [signUp(email), deliver(event)].reverse();
    const [answer, userId = ""] = await Promise.all(both);
    assert.equal(answer, "200 applied");
    return userId;
  });
  for (const userId of owners) assert.deepEqual(await accessOf(sql, userId), OWNED);
  await assertFolded(sql);
});

/** The stand-in of the Data API hides our SQLSTATEs; the message comes through. */
const OPENS_NOTHING = /this link opens nothing$/;

/** A link to a purchase without an owner. */
async function makeLink(): Promise<{ secret: string; sessionId: string }> {
  const { event, sessionId } = guestPurchase(newAddress(), moduleId);
  await deliver(event);
  const [row] = await sql`select public.create_claim_link(${sessionId}, 'olga', 'test') as secret`;
  return { secret: row?.secret, sessionId };
}

async function ownersOf(sessionId: string): Promise<string[]> {
  const rows = await sql`select user_id from sesame.grants where source_id = ${sessionId}`;
  return rows.map(({ user_id }) => user_id);
}

Deno.test("when two members use a claim link at once, one gets the purchase", async () => {
  for (let round = 0; round < 20; round++) {
    const { secret, sessionId } = await makeLink();
    const members = round % 2 === 0 ? [ada, bob] : [bob, ada];
    const answers = await Promise.all(
      members.map(({ client }) => client.rpc("claim_purchase", { secret })),
    );
    const claimed = members.filter((_, index) => answers[index]?.error === null);
    assert.match(answers.flatMap(({ error }) => error?.message ?? []).join(), OPENS_NOTHING);
    assert.deepEqual(await ownersOf(sessionId), claimed.map(({ id }) => id));
  }
});

Deno.test("a claim and an operator's move at once do not block each other: the operator decides", async () => {
  for (let round = 0; round < 20; round++) {
    const { secret, sessionId } = await makeLink();
    const [claim] = await Promise.all([
      ada.client.rpc("claim_purchase", { secret }),
      sql`select public.move_purchase(${sessionId}, ${bob.id}, 'olga', 'test')`,
    ]);
    if (claim.error !== null) assert.match(claim.error.message, OPENS_NOTHING);
    assert.deepEqual(await ownersOf(sessionId), [bob.id]);
  }
});

Deno.test("a guessed link opens nothing, and members cannot make one", async () => {
  const guessed = await ada.client.rpc("claim_purchase", { secret: "0".repeat(64) });
  assert.match(guessed.error?.message ?? "", OPENS_NOTHING);
  const words = { source_id: "cs_1", actor: "ada", why: "mine" };
  const refused = await ada.client.rpc("create_claim_link", words);
  assert.equal(refused.error?.code, "42501");
});

import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  refundCreated,
  type StripeEvent,
} from "../../stripe/events.ts";
import { listening, type Message } from "../../examples/module-server/listen.ts";
import { signedHeaders } from "../../supabase/functions/health/sign_webhook.ts";
import { send } from "./delivery.ts";
import { randomFrom } from "./random.ts";
import { openStage } from "./stage.ts";
import { bootSender, openReceiver, skipPauses } from "./webhook_receivers.ts";

/** How many messages the large proof sends. */
const MESSAGES = Number(Deno.env.get("MESSAGES") ?? 1_000);

/** How many messages each of its members gets. */
const EACH = 10;

/** How often both senders are killed meanwhile. */
const DEATHS = 3;

const stage = await openStage();
const { stack, sql, ada, bob, anon, moduleId } = stage;

function take(event: StripeEvent): Promise<string> {
  return send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
}

/** Calls the sender as cron does. */
async function sendDue(apikey = stack.secretKey) {
  const headers = { apikey };
  const url = `${stack.functionsUrl}/health/webhooks`;
  const answer = await fetch(url, { method: "POST", headers, body: "{}" });
  return { status: answer.status, body: await answer.json() };
}

async function give(userId: string, module: string, until: string | null = null): Promise<void> {
  await sql`
    select public.grant_module_access(${userId}, ${module}, 'olga', 'a gift', now() + ${until}::interval)`;
}

Deno.test("a purchase and its refund reach a server that verifies them", async () => {
  await using crm = await openReceiver(stage);
  const purchase = newPurchase({ userId: ada.id, moduleId });
  assert.equal(await take(checkoutSessionCompleted(purchase)), "200 applied");
  assert.deepEqual((await sendDue()).body, { delivered: 1, failed: 0 });
  assert.equal(await take(refundCreated(purchase)), "200 applied");
  assert.deepEqual((await sendDue()).body, { delivered: 1, failed: 0 });
  assert.deepEqual(
    crm.received.map(({ type, data }) => [type, data.user_id, data.module, data.is_active]),
    [
      ["access.opened", ada.id, "stable-diffusion", true],
      ["access.closed", ada.id, "stable-diffusion", false],
    ],
  );
  assert.equal(crm.forged, 0);
});

Deno.test("a change that is rolled back reaches nobody", async () => {
  await using crm = await openReceiver(stage);
  await assert.rejects(sql.begin(async (transaction) => {
    await transaction`
      select public.grant_module_access(${bob.id}, 'llama', 'olga', 'a mistake')`;
    throw new Error("changed my mind");
  }));
  await give(bob.id, "whisper");
  await sendDue();
  assert.deepEqual(crm.received.map(({ data }) => data.module), ["whisper"]);
});

Deno.test("a secret is rotated without a message that its receiver refuses", async () => {
  await using crm = await openReceiver(stage);
  const userId = crypto.randomUUID();
  await give(userId, "llama");
  await sendDue();
  const [rotated] = await sql`
    select public.sesame_rotate_webhook_secret(${crm.endpoint}) as secret`;
  await give(userId, "whisper");
  await sendDue();
  crm.secret = rotated?.secret;
  await give(userId, "stable-diffusion");
  await sendDue();
  assert.deepEqual([crm.received.length, crm.forged], [3, 0]);

  const [again] = await sql`
    select public.sesame_rotate_webhook_secret(${crm.endpoint}, '0') as secret`;
  await give(userId, "playground");
  assert.deepEqual((await sendDue()).body, { delivered: 0, failed: 1 });
  crm.secret = again?.secret;
  await skipPauses(stage);
  assert.deepEqual((await sendDue()).body, { delivered: 1, failed: 0 });
});

Deno.test("access ends by the clock, and two senders at once tell it once", async () => {
  await using crm = await openReceiver(stage);
  await using other = await bootSender(stage);
  const [kept, extended] = [crypto.randomUUID(), crypto.randomUUID()];
  await give(kept, "llama", "2 seconds");
  await give(extended, "llama", "2 seconds");
  await give(extended, "llama", "9 days");
  const closed = () => crm.received.filter(({ type }) => type === "access.closed");
  await until(async () => {
    await Promise.all([sendDue(), other.send(), sendDue()]);
    return closed().length > 0;
  });
  await Promise.all([sendDue(), other.send()]);
  assert.deepEqual(closed().map(({ data }) => data.user_id), [kept]);
  assert.equal(closed()[0]?.data.is_active, false);
});

Deno.test("one endpoint that hangs among five holds up none of the others", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  await using hanging = await openReceiver(stage, () => promise);
  await using first = await openReceiver(stage);
  await using second = await openReceiver(stage);
  await using third = await openReceiver(stage);
  await using fourth = await openReceiver(stage);
  const others = [first, second, third, fourth];
  for (let n = 0; n < 40; n++) await give(crypto.randomUUID(), "llama");
  const sending = sendDue();
  await until(() => others.every(({ received }) => received.length === 40));
  assert.ok(hanging.received.length <= 16, "only some messages are under way to it");
  resolve(200);
  assert.deepEqual((await sending).body, { delivered: 200, failed: 0 });
});

Deno.test("an endpoint that is removed while it is sent to ends in peace", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  await using crm = await openReceiver(stage, () => promise);
  await give(crypto.randomUUID(), "llama");
  const sending = sendDue();
  await until(() => crm.received.length > 0);
  await sql`select public.sesame_remove_webhook_endpoint(${crm.endpoint})`;
  resolve(200);
  assert.equal((await sending).status, 200);
});

Deno.test("the example's server hears of access, and of nothing that is forged", async () => {
  let take = (_: Request) => Promise.resolve(new Response());
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => take(request),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const [endpoint] = await sql`select * from public.sesame_create_webhook_endpoint(${url})`;
  const heard: Message[] = [];
  take = listening(endpoint?.secret, (message) => heard.push(message));

  const userId = crypto.randomUUID();
  await give(userId, "llama");
  assert.deepEqual((await sendDue()).body, { delivered: 1, failed: 0 });
  await sql`select public.sesame_replay_webhooks(${endpoint?.endpoint_id}, '-infinity')`;
  await sendDue();
  assert.equal(heard.filter(({ data }) => data.user_id === userId).length, 1, "twice is once");

  const id = "msg_1";
  const body = '{"type":"access.opened"}';
  const now = Date.now();
  const good = await signedHeaders(id, body, [endpoint?.secret], now);
  const old = await signedHeaders(id, body, [endpoint?.secret], now - 600_000);
  const stranger = await signedHeaders(id, body, [`whsec_${btoa("x".repeat(32))}`], now);
  const unsigned = { "webhook-id": id, "webhook-timestamp": good["webhook-timestamp"] ?? "" };
  const before = heard.length;
  for (const headers of [old, stranger, unsigned, { ...good, "webhook-id": "msg_2" }]) {
    const answer = await fetch(url, { method: "POST", headers, body });
    assert.equal(answer.status, 400);
  }
  const changed = await fetch(url, { method: "POST", headers: good, body: `${body} ` });
  assert.deepEqual([changed.status, heard.length], [400, before]);
  await sql`select public.sesame_remove_webhook_endpoint(${endpoint?.endpoint_id})`;
  await server.shutdown();
});

Deno.test("nobody but the server may send, list or add endpoints", async () => {
  assert.equal((await sendDue(stack.publishableKey)).status, 401);
  for (const { client } of [ada, anon]) {
    for (
      const [name, args] of [
        ["sesame_create_webhook_endpoint", { url: "https://eve.example.com" }],
        ["sesame_webhook_endpoints", {}],
        ["sesame_due_webhook_endpoints", {}],
        ["sesame_webhook_log", {}],
      ] as const
    ) {
      const { error } = await client.rpc(name, args);
      assert.ok(error !== null, name);
    }
  }
});

Deno.test(`${MESSAGES} messages all arrive in order, though a third is refused and senders die`, async () => {
  const random = randomFrom(12);
  const accepted = new Set<string>();
  await using crm = await openReceiver(stage, ({ id }) => {
    if (random() < 1 / 3) return 500;
    accepted.add(id);
    return 200;
  });
  await writeMessages(MESSAGES / EACH);
  const places = await placesOfMessages();
  assert.equal(places.size, MESSAGES);

  const isDone = () => accepted.size === MESSAGES;
  const skipping = skipPausesUntil(isDone);
  for (let death = 1; death <= DEATHS; death++) {
    await sendTogether(() => accepted.size > MESSAGES * death / (DEATHS + 2));
  }
  await sendTogether(isDone);
  await skipping;
  assert.equal(crm.forged, 0);
  assertInOrder(crm.received.map(({ id, data }) => [data.user_id, places.get(id) ?? -1]));
  const [{ left } = {}] = await sql`
    select count(*)::integer as left from sesame.webhook_deliveries where given_up_at is not null`;
  assert.equal(left, 0);
});

/** Two senders at once, which are killed in the middle of their work when this holds. */
async function sendTogether(isEnough: () => boolean): Promise<void> {
  const senders = await Promise.all([bootSender(stage), bootSender(stage)]);
  const sending = senders.map(async (sender) => {
    while (await sender.send() !== null);
  });
  await until(isEnough, 600);
  await Promise.all(senders.map((sender) => sender.kill()));
  await Promise.all(sending);
}

async function skipPausesUntil(isDone: () => boolean): Promise<void> {
  for (; !isDone(); await delay(200)) await skipPauses(stage);
}

/** Opens, closes and opens again, for each member together: ten changes of each. */
async function writeMessages(members: number): Promise<void> {
  await sql`
    insert into public.access_tokens (created_by, module_id, access_level, metadata)
    select gen_random_uuid(), ${moduleId}, 'standard', '{"proof": true}'
    from generate_series(1, ${members})`;
  for (let change = 1; change < EACH; change++) {
    await sql`
      update public.access_tokens set is_active = not is_active where metadata ? 'proof'`;
  }
}

/** The place of each message in the order of the commits. */
async function placesOfMessages(): Promise<Map<string, number>> {
  const rows = await sql`
    select message.webhook_id, message.id::integer as place
    from sesame.webhook_messages as message
    join sesame.webhook_deliveries as delivery
      on delivery.message_id = message.id and delivery.delivered_at is null`;
  return new Map(rows.map(({ webhook_id, place }) => [webhook_id, place]));
}

/** A message may be repeated, but never after a later one of the same member. */
function assertInOrder(arrivals: [userId: string, place: number][]): void {
  const last = new Map<string, number>();
  for (const [userId, place] of arrivals) {
    assert.ok(place >= (last.get(userId) ?? -1), `${userId} heard ${place} after a later message`);
    last.set(userId, place);
  }
}

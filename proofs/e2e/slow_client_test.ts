import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  sign,
  type StripeEvent,
} from "../../stripe/events.ts";
import { accessOf, inboxOf } from "./database_view.ts";
import { send, tally } from "./delivery.ts";
import { openGate } from "./gate.ts";
import { openStage } from "./stage.ts";
import { bootWebhook, type Webhook } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;
// One process for all attacks, so that effects of one attack would show in the next.
const shared = await bootWebhook(stage, { door: "direct" });
Deno.test.afterAll(shared.kill);

function paidEvent(userId: string = crypto.randomUUID()): StripeEvent {
  return checkoutSessionCompleted(newPurchase({ userId, moduleId }));
}

/** A delivery as bytes on a wire: its head, and its body. */
async function wire(event: StripeEvent, framing?: string) {
  const body = JSON.stringify(event, null, 2);
  const length = new TextEncoder().encode(body).length;
  const signature = await sign(body, stack.webhookSecret);
  const head = ["POST /stripe-webhook HTTP/1.1", "host: sesame", `stripe-signature: ${signature}`];
  return { head: [...head, framing ?? `content-length: ${length}`, "", ""].join("\r\n"), body };
}

/** Opens a connection and sends these bytes. */
async function say({ port }: Webhook, ...words: string[]): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  for (const text of words) await connection.write(new TextEncoder().encode(text));
  return connection;
}

/** Checks that the process still accepts another delivery at once. */
async function assertWell({ endpoint }: Webhook): Promise<void> {
  const start = performance.now();
  assert.equal(await send(endpoint, stack.webhookSecret, paidEvent()), "200 applied");
  assert.ok(performance.now() - start < 10_000);
}

Deno.test("two hundred clients that send a byte and wait do not delay others", async () => {
  const { head, body } = await wire(paidEvent());
  const connections = await Promise.all(
    Array.from(
      { length: 200 },
      (_, turn) => say(shared, turn % 2 === 0 ? head + body[0] : head.slice(0, 40)),
    ),
  );
  await assertWell(shared);
  for (const connection of connections) connection.close();
  await assertWell(shared);
});

Deno.test("a body that arrives byte by byte is accepted once complete", async () => {
  const userId = crypto.randomUUID();
  const { head, body } = await wire(paidEvent(userId));
  using connection = await say(shared, head, ...body);
  await connection.read(new Uint8Array(1));
  assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
});

Deno.test("a client that leaves in the middle of the body leaves no trace", async () => {
  const event = paidEvent();
  const { head, body } = await wire(event);
  (await say(shared, head, body.slice(0, -1))).close();
  await assertWell(shared);
  assert.deepEqual([...await inboxOf(sql, event.id)], []);
  assert.equal(await send(shared.endpoint, stack.webhookSecret, event), "200 applied");
});

Deno.test("a delivery is applied though the client left before the answer", async () => {
  await using gate = openGate(stack.postgres.port);
  await using webhook = await bootWebhook(stage, { door: "direct", through: gate.port });
  await assertWell(webhook);
  const userId = crypto.randomUUID();
  const event = paidEvent(userId);
  const { head, body } = await wire(event);
  gate.become("hold answers");
  const connection = await say(webhook, head, body);
  await gate.held();
  connection.close();
  await until(async () => (await inboxOf(sql, event.id)).length === 1);
  assert.deepEqual(await accessOf(sql, userId), ["stable-diffusion open purchase"]);
  gate.become("open");
  await until(async () =>
    await send(webhook.endpoint, stack.webhookSecret, event) === "200 duplicate"
  );
});

/** Sends a byte now and then until it is answered; the answer's status. */
async function trickle(connection: Deno.Conn): Promise<string> {
  let isAnswered = false;
  const sending = (async () => {
    for (; !isAnswered; await delay(500)) {
      await connection.write(new TextEncoder().encode(" ")).catch(() => {});
    }
  })();
  const buffer = new Uint8Array(4_096);
  const length = await connection.read(buffer);
  isAnswered = true;
  await sending;
  connection.close();
  return new TextDecoder().decode(buffer.subarray(9, Math.min(length ?? 0, 12)));
}

Deno.test("fifty clients that send a byte now and then time out, and leave no trace", async () => {
  const event = paidEvent();
  const { head, body } = await wire(event, "content-length: 1000000");
  const connections = await Promise.all(Array.from({ length: 50 }, () => say(shared, head, body)));
  const statuses = Promise.all(connections.map(trickle));
  await assertWell(shared);
  assert.deepEqual(tally(await statuses), { "408": 50 });
  assert.deepEqual([...await inboxOf(sql, event.id)], []);
  await assertWell(shared);
});

const BROKEN_FRAMES: Record<string, [framing: string, (body: string) => string]> = {
  "a chunk longer than announced": [
    "transfer-encoding: chunked",
    (body) => `5\r\n${body}\r\n0\r\n\r\n`,
  ],
  "a chunk of no number": ["transfer-encoding: chunked", (body) => `zz\r\n${body}\r\n0\r\n\r\n`],
  "two lengths": ["content-length: 5\r\ncontent-length: 7", (body) => body],
  "a negative length": ["content-length: -1", (body) => body],
  "a length and chunks": ["content-length: 9\r\ntransfer-encoding: chunked", (body) => body],
  "a body that is less than announced": ["content-length: 99999", (body) => body],
};

for (const [title, [framing, frame]] of Object.entries(BROKEN_FRAMES)) {
  Deno.test(`a delivery with ${title} has no effect`, async () => {
    const event = paidEvent();
    const { head, body } = await wire(event, framing);
    using _connection = await say(shared, head, frame(body));
    await assertWell(shared);
    assert.deepEqual([...await inboxOf(sql, event.id)], []);
  });
}

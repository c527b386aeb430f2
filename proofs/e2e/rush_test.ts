import assert from "node:assert/strict";
import {
  checkoutSessionCompleted,
  event,
  newId,
  newPurchase,
  sign,
  type StripeEvent,
} from "../../stripe/events.ts";
import { assertFolded } from "./database_view.ts";
import { inWords, send, tally } from "./delivery.ts";
import { openGate } from "./gate.ts";
import { openStage } from "./stage.ts";
import { bootWebhook } from "./webhook.ts";

const stage = await openStage();
const { stack, sql, moduleId } = stage;

function manyPaid(count: number): StripeEvent[] {
  return Array.from(
    { length: count },
    () => checkoutSessionCompleted(newPurchase({ userId: crypto.randomUUID(), moduleId })),
  );
}

async function sendAll(endpoint: string, events: StripeEvent[]): Promise<string[]> {
  return await Promise.all(events.map((event) => send(endpoint, stack.webhookSecret, event)));
}

/** A delivery ready to be sent: signing hundreds takes its own time. */
async function signed(event: StripeEvent): Promise<RequestInit> {
  const body = JSON.stringify(event);
  const headers = { "stripe-signature": await sign(body, stack.webhookSecret) };
  return { method: "POST", headers, body };
}

/** Delivers again what was not acknowledged, as Stripe does, until nothing is left. */
async function sendUntilTaken(endpoint: string, events: StripeEvent[]): Promise<string[]> {
  const answers = await sendAll(endpoint, events);
  const refused = events.filter((_, place) => answers[place]?.startsWith("503"));
  const taken = answers.filter((answer) => !answer.startsWith("503"));
  if (refused.length === 0) return taken;
  const later = await sendUntilTaken(endpoint, refused);
  // A call that was too slow for its answer may have ended well: then it applied these events.
  return [...taken, ...later.map((answer) => answer.replace("duplicate", "applied"))];
}

async function assertAllOpen(events: StripeEvent[]): Promise<void> {
  const ids = events.map(({ id }) => id);
  const [row] = await sql`
    select count(*)::int as count
    from sesame.stripe_events as event
    join public.module_access as access on access.metadata ->> 'source_id' = event.object_id
    where event.id = any (${ids}) and event.attempts = 1 and access.is_active`;
  assert.equal(row?.count, events.length);
}

/** Makes Postgres refuse this session only. */
async function refuseSession(id: string): Promise<AsyncDisposable> {
  await sql.unsafe(`
    create function refuse_session() returns trigger language plpgsql as
      $$ begin raise exception 'refused'; end $$;
    create trigger refuse_session before insert on sesame.checkout_sessions
      for each row when (new.id = '${id}') execute function refuse_session();`);
  return {
    [Symbol.asyncDispose]: async () => void await sql`drop function refuse_session() cascade`,
  };
}

Deno.test("an event that cannot be applied does not fail those that arrive with it", async () => {
  await using webhook = await bootWebhook(stage, { door: "direct" });
  const events = manyPaid(200);
  const [broken] = manyPaid(1);
  assert.ok(broken);
  await using _refused = await refuseSession(broken.data.object.id);
  const mixed = [...events.slice(0, 100), broken, ...events.slice(100)];
  assert.deepEqual(tally(await sendAll(webhook.endpoint, mixed)), {
    "200 applied": 200,
    "500 event_failed": 1,
  });
  await assertAllOpen(events);
});

for (
  const [title, fields] of [
    ["happened after the end of time", { created: Number.MAX_SAFE_INTEGER }],
    ["has an id of ten thousand characters", { id: longId("evt") }],
    ["is about an object with an id of ten thousand characters", {
      data: { object: { id: longId("cus"), object: "customer" } },
    }],
  ] as const
) {
  Deno.test(
    `an event that ${title} does not fail those that arrive with it`,
    async () => {
      await using webhook = await bootWebhook(stage, { door: "direct" });
      const events = manyPaid(20);
      const strange = event("customer.created", { id: newId("cus"), object: "customer" }, fields);
      const answers = await sendAll(webhook.endpoint, [...events.slice(0, 1), strange, ...events]);
      const [[strangers], others] = [answers.splice(1, 1), answers];
      assert.notEqual(strangers, "500 internal");
      assert.deepEqual(tally(others), { "200 applied": events.length, "200 duplicate": 1 });
      await assertAllOpen(events);
    },
  );
}

/** Delivers all at once. Returns the answers, and the seconds until the last one. */
async function timedRush(endpoint: string, requests: RequestInit[]): Promise<[string[], number]> {
  const start = performance.now();
  const answers = await Promise.all(
    requests.map(async (request) => inWords(await fetch(endpoint, request))),
  );
  return [answers, (performance.now() - start) / 1_000];
}

/** An id that cannot be compressed. */
function longId(prefix: string): string {
  const parts = Array.from({ length: 420 }, () => newId(prefix).slice(prefix.length + 1));
  return `${prefix}_${parts.join("")}`;
}

for (const [door, count] of [["api", 1_000], ["direct", 3_000]] as const) {
  Deno.test(`${count} deliveries at once are each applied, and applied once (${door} door)`, async () => {
    await using webhook = await bootWebhook(stage, { door });
    const events = manyPaid(count);
    const answers = await sendUntilTaken(webhook.endpoint, events);
    assert.deepEqual(tally(answers), { "200 applied": count });
    await assertAllOpen(events);
  });
}

Deno.test("while Postgres hangs every delivery of a rush is refused within 5 s, and applied afterwards", async () => {
  await using gate = openGate(stack.postgres.port);
  await using webhook = await bootWebhook(stage, { door: "direct", through: gate.port });
  const events = manyPaid(500);
  gate.become("hold requests");
  const requests = await Promise.all(events.map(signed));
  // The time that this machine needs for the same number of deliveries without Postgres.
  const forged = requests.map((request) => ({ ...request, body: `${request.body} ` }));
  const [refusals, takingIn] = await timedRush(webhook.endpoint, forged);
  assert.deepEqual(tally(refusals), { "400 bad_signature": events.length });

  const [answers, seconds] = await timedRush(webhook.endpoint, requests);
  assert.deepEqual(tally(answers), { "503 unavailable": events.length });
  assert.ok(seconds < 10 + 2 * takingIn, `answered after ${seconds.toFixed(1)} s`);

  gate.become("open");
  assert.deepEqual(tally(await sendUntilTaken(webhook.endpoint, events)), {
    "200 applied": events.length,
  });
  await assertAllOpen(events);
  await assertFolded(sql);
});

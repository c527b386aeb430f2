import assert from "node:assert/strict";
import { checkoutSessionCompleted, newPurchase, type StripeEvent } from "../../stripe/events.ts";
import { assertFolded } from "./database_view.ts";
import { send, tally, withAtMost } from "./delivery.ts";
import { killPostgres, restartPostgres } from "./killing.ts";
import { openStage } from "./stage.ts";
import { bootWebhook } from "./webhook.ts";

// With fsync: acknowledged events must be on the disk.
const stage = await openStage({ durable: true });
const { stack, sql, moduleId } = stage;

/** Every event with its inbox row, its fact and its access, or with none of them. */
async function assertNothingIsHalfDone(): Promise<void> {
  const halves = await sql`
    select event.id, session.id as session_id, access.user_id
    from sesame.stripe_events as event
    full join sesame.checkout_sessions as session on session.id = event.object_id
    full join public.module_access as access on access.metadata ->> 'source_id' = session.id
    where num_nulls(event.id, session.id, access.user_id) > 0 or event.outcome <> 'applied'`;
  assert.deepEqual([...halves], []);
  await assertFolded(sql);
}

async function storedIds(): Promise<Set<string>> {
  return new Set((await sql`select id from sesame.stripe_events`).map(({ id }) => id));
}

function paidEvent(): StripeEvent {
  return checkoutSessionCompleted(newPurchase({ userId: crypto.randomUUID(), moduleId }));
}

Deno.test("a Postgres that is killed during a burst loses no acknowledged event, and keeps no partial one", async () => {
  await using webhook = await bootWebhook(stage, { door: "direct" });
  const events = Array.from({ length: 400 }, paidEvent);
  let acknowledged = 0;
  const answers = await withAtMost(32, events, async (event) => {
    const answer = await send(webhook.endpoint, stack.webhookSecret, event);
    if (answer === "200 applied" && ++acknowledged === 100) await killPostgres(stage);
    return answer;
  });
  assert.deepEqual(Object.keys(tally(answers)), ["200 applied", "503 unavailable"]);

  await restartPostgres(stage);
  await assertNothingIsHalfDone();
  const stored = await storedIds();
  const lost = events.filter(({ id }, place) =>
    answers[place] === "200 applied" && !stored.has(id)
  );
  assert.deepEqual(lost, []);

  const again = await withAtMost(
    32,
    events,
    (event) => send(webhook.endpoint, stack.webhookSecret, event),
  );
  assert.deepEqual(tally(again), {
    "200 applied": events.length - stored.size,
    "200 duplicate": stored.size,
  });
  assert.equal((await storedIds()).size, events.length);
  await assertNothingIsHalfDone();
});

import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import { checkoutSessionCompleted, newPurchase, type StripeEvent } from "../../stripe/events.ts";
import { assertFolded } from "./database_view.ts";
import { send, tally, withAtMost } from "./delivery.ts";
import { openStage } from "./stage.ts";
import { bootWebhook } from "./webhook.ts";

// With fsync: what was acknowledged has to be on the disk.
const stage = await openStage({ durable: true });
const { stack, sql, moduleId } = stage;

/** Ends every process of the server at once, as a power failure does. */
async function killPostgres(): Promise<void> {
  const [folder] = await sql`show data_directory`;
  const backends = await sql`select pid from pg_catalog.pg_stat_activity`;
  const lock = await Deno.readTextFile(`${folder?.data_directory}/postmaster.pid`);
  // The parent first: it would take the death of a child for a crash, and recover by itself.
  for (const pid of [parseInt(lock), ...backends.map(({ pid }) => pid)]) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It has followed its parent already.
    }
  }
}

/** Starts the server on what is on its disk, and waits until it has recovered. */
function restartPostgres(): Promise<void> {
  return until(() => stack.postgres.resume().then(() => true, () => false));
}

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

function somebodyPaid(): StripeEvent {
  return checkoutSessionCompleted(newPurchase({ userId: crypto.randomUUID(), moduleId }));
}

Deno.test("Postgres killed during a burst loses nothing acknowledged, and keeps nothing half done", async () => {
  await using webhook = await bootWebhook(stage, { door: "direct" });
  const events = Array.from({ length: 400 }, somebodyPaid);
  let acknowledged = 0;
  const answers = await withAtMost(32, events, async (event) => {
    const answer = await send(webhook.endpoint, stack.webhookSecret, event);
    if (answer === "200 applied" && ++acknowledged === 100) await killPostgres();
    return answer;
  });
  assert.deepEqual(Object.keys(tally(answers)), ["200 applied", "503 unavailable"]);

  await restartPostgres();
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

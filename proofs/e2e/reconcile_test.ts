import assert from "node:assert/strict";
import type { Event } from "../../local/stripe/objects.ts";
import { runRound } from "../../cli/reconcile/round.ts";
import { checkoutSessionCompleted, newPurchase, refundCreated } from "../../stripe/events.ts";
import { tally, withAtMost } from "./delivery.ts";
import { send } from "./delivery.ts";
import { openStage } from "./stage.ts";

const { stack, sql, moduleId } = await openStage();
const endpoint = `${stack.functionsUrl}/stripe-webhook`;
const round = { functionsUrl: stack.functionsUrl, secretKey: stack.secretKey, all: false };

/** The number of purchases. One delivery in twenty is dropped, one fails, and one comes twice. */
const PURCHASES = Number(Deno.env.get("PURCHASES") ?? 600);

type Outcome = "dropped" | "failed" | "twice" | "once";

interface Delivery {
  event: Event;
  outcome: Outcome;
}

function draw(): Outcome {
  const drawn = Math.random();
  return drawn < 0.05 ? "dropped" : drawn < 0.1 ? "failed" : drawn < 0.15 ? "twice" : "once";
}

/** A purchase as Stripe keeps it: the buyer, whether it was refunded, and its delivery. */
function purchase(n: number) {
  const userId = crypto.randomUUID();
  const bought = newPurchase({ userId, moduleId });
  const isRefunded = n % 5 === 0;
  const events = [checkoutSessionCompleted(bought), ...isRefunded ? [refundCreated(bought)] : []];
  const deliveries = events.map((event): Delivery => ({
    event: stack.stripe.store.put({ ...event, pending_webhooks: 1 } as unknown as Event),
    outcome: draw(),
  }));
  return { userId, isRefunded, deliveries };
}

/** Makes the delivery with its outcome. Stripe gives up a failed delivery and counts it as delivered. */
async function perform({ event, outcome }: Delivery): Promise<void> {
  if (outcome === "dropped") return;
  const times = outcome === "twice" ? 2 : 1;
  for (let time = 0; time < times; time++) {
    // deno-lint-ignore no-explicit-any -- the stand-in's own event
    await send(endpoint, stack.webhookSecret, event as any);
  }
  event.pending_webhooks = 0;
}

/** While it runs, nothing of a payment can be stored. */
async function withBrokenTables(work: () => Promise<unknown>): Promise<void> {
  await sql`alter table sesame.checkout_sessions add constraint broken check (false) not valid`;
  await sql`alter table sesame.refunds add constraint broken check (false) not valid`;
  await work();
  await sql`alter table sesame.checkout_sessions drop constraint broken`;
  await sql`alter table sesame.refunds drop constraint broken`;
}

/** The differences between the payments at Stripe and the members' access. */
async function wrong(purchases: ReturnType<typeof purchase>[]): Promise<Record<string, number>> {
  const rows = await sql`select user_id, is_active from public.module_access`;
  const open = new Set(rows.filter((row) => row.is_active).map((row) => row.user_id));
  return tally(purchases.flatMap(({ userId, isRefunded }) => {
    if (!isRefunded && !open.has(userId)) return ["paid without access"];
    return isRefunded && open.has(userId) ? ["access without payment"] : [];
  }));
}

Deno.test(`${PURCHASES} purchases with dropped, failed and doubled deliveries: one round fetches them all`, async () => {
  const purchases = Array.from({ length: PURCHASES }, (_, n) => purchase(n));
  const deliveries = purchases.flatMap(({ deliveries }) => deliveries);
  const failing = deliveries.filter(({ outcome }) => outcome === "failed");
  await withAtMost(16, deliveries.filter(({ outcome }) => outcome !== "failed"), perform);
  await withBrokenTables(() => withAtMost(16, failing, perform));
  assert.ok((await wrong(purchases))["paid without access"]! > 0);

  // Killed at a random moment, and then run again.
  const killed = runRound(round, () => {}).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 30));
  await stack.functions?.kill("reconcile");
  await killed;
  const { report } = await runRound(round, () => {});
  assert.deepEqual(await wrong(purchases), {});
  assert.equal(report.missed.failed + report.failed.failed, 0);

  const { report: again } = await runRound({ ...round, all: true }, () => {});
  assert.deepEqual([again.missed.done, again.failed.done], [0, 0]);
});

Deno.test("two rounds at the same instant, while Stripe answers 429, open each purchase once", async () => {
  const purchases = Array.from({ length: 100 }, (_, n) => purchase(n));
  stack.stripe.slowDown(4);
  const rounds = await Promise.all([runRound(round, () => {}), runRound(round, () => {})]);
  assert.deepEqual(rounds.map(({ report }) => report.missed.failed), [0, 0]);
  assert.deepEqual(await wrong(purchases), {});
  const kept = purchases.filter(({ isRefunded }) => !isRefunded).map(({ userId }) => userId);
  const logged = await sql`
    select count(*)::integer as number from sesame.access_log where user_id = any (${kept})`;
  assert.equal(logged[0]?.number, kept.length);
});

Deno.test("reconcile needs the secret key, and a bad request gets a reason", async () => {
  const ask = (apikey: string, body: string) =>
    fetch(`${stack.functionsUrl}/reconcile`, { method: "POST", headers: { apikey }, body });
  assert.equal((await ask(stack.publishableKey, "{}")).status, 401);
  for (
    const body of [
      '{"all":1}',
      '{"next":{"part":"else"}}',
      '{"next":{"part":"failed","after":7}}',
      '{"next":{"part":"pending","after":"\\u0000"}}',
      '{"objects":true,"next":{"part":"objects","after":"secrets/x_1"},"dry_run":true}',
      '{"run":"mine"}',
      '{"seconds":101}',
      "[]",
    ]
  ) {
    assert.equal((await ask(stack.secretKey, body)).status, 400, body);
  }
});

Deno.test("a next that points outside Stripe's list, or to an unknown event, gets 400", async () => {
  const before = await sql`select count(*) from sesame.stripe_events`;
  const odd = [
    "a/../../customers",
    "evt_1&limit=1",
    "evt_1?x",
    "evt_1#",
    "evt_1%26",
    "..",
    "cus_1",
  ];
  for (
    const [after, code] of [
      ...odd.map((after) => [after, "invalid_request"] as const),
      ["evt_unknown", "stale_next"] as const,
    ]
  ) {
    for (const all of [true, false]) {
      const response = await fetch(`${stack.functionsUrl}/reconcile`, {
        method: "POST",
        headers: { apikey: stack.secretKey },
        body: JSON.stringify({ all, next: { part: "missed", after } }),
      });
      const problem = await response.json();
      assert.deepEqual([response.status, problem.code], [400, code], after);
      assert.match(problem.detail ?? problem.title, /without|leave it out/i);
    }
  }
  assert.deepEqual(await sql`select count(*) from sesame.stripe_events`, before);
});

Deno.test("a refusal of the function is one line for the operator", async () => {
  await assert.rejects(runRound({ ...round, secretKey: "sb_secret_wrong" }, () => {}), {
    name: "UserError",
    message: "reconcile was refused: This takes the project's secret key, in the header apikey. " +
      "(401 secret_key_needed)",
  });
  const nowhere = runRound({ ...round, functionsUrl: `${stack.apiUrl}/nowhere` }, () => {});
  await assert.rejects(nowhere, { name: "UserError" });
});

Deno.test("the changes of access are shown with the secret key only", async () => {
  const ask = (apikey: string, body: string) =>
    fetch(`${stack.functionsUrl}/reconcile/changes`, { method: "POST", headers: { apikey }, body });
  const body = JSON.stringify({ run: crypto.randomUUID() });
  assert.equal((await ask(stack.publishableKey, body)).status, 401);
  assert.deepEqual(await (await ask(stack.secretKey, body)).json(), { changes: [], next: null });
  assert.equal((await ask(stack.secretKey, "{}")).status, 400);
});

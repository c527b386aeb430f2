import assert from "node:assert/strict";
import { connectStripe } from "../../supabase/functions/_shared/stripe/client.ts";
import { readChanges, type RoundOptions, runRound } from "../../cli/reconcile/round.ts";
import { tally, withAtMost } from "./delivery.ts";
import { newId } from "../../stripe/events.ts";
import { press } from "./shopping.ts";
import { openStage } from "./stage.ts";

const { stack, sql, moduleId } = await openStage();
const { store } = stack.stripe;
const stripe = connectStripe(
  { key: stack.stripeSecretKey, base: new URL(stack.stripe.url) },
  5_000,
);
const options: RoundOptions = { ...stack, all: true, objects: true };

/** More than a page of each kind. For half of them only the payment arrives, and no later event. */
const PURCHASES = 320;
const HALF = PURCHASES / 2;
const OF_A_FATE = HALF / 8;

const MONTH = 31 * 24 * 60 * 60;

/** The outcomes of a purchase. */
const OUTCOMES = [
  "kept",
  "sold by price",
  "refunded",
  "refunded in part",
  "disputed",
  "subscribed",
  "canceled",
  "abandoned",
] as const;

interface Purchase {
  /** The session. */
  id: string;
  outcome: typeof OUTCOMES[number];
}

/** A purchase as a customer makes it, at Stripe. */
async function buy(n: number): Promise<Purchase> {
  const outcome = OUTCOMES[n % OUTCOMES.length]!;
  const user_id = crypto.randomUUID();
  const isPlan = outcome === "subscribed" || outcome === "canceled";
  const metadata = {
    user_id,
    ...isPlan || outcome === "sold by price" ? {} : { module_id: moduleId },
  };
  const { id, url } = await stripe.checkout.sessions.create({
    mode: isPlan ? "subscription" : "payment",
    line_items: [{
      price: isPlan ? "price_whisper_monthly" : "price_stable_diffusion",
      quantity: 1,
    }],
    success_url: "http://localhost/",
    metadata,
    ...isPlan ? { subscription_data: { metadata } } : { payment_intent_data: { metadata } },
  });
  if (outcome !== "abandoned") await press(url!, "pay");
  return { id, outcome };
}

async function changePurchase({ outcome, id }: Purchase): Promise<void> {
  const { payment_intent, subscription } = store.find("checkout.session", id)!;
  if (outcome === "canceled") await stripe.subscriptions.cancel(subscription!);
  if (outcome === "refunded") await stripe.refunds.create({ payment_intent: payment_intent! });
  if (outcome === "refunded in part") {
    await stripe.refunds.create({ payment_intent: payment_intent!, amount: 100 });
  }
  if (outcome === "disputed") {
    const { id: charge, amount, currency, created } = chargeOf(payment_intent!);
    store.put({
      ...{ id: newId("dp"), object: "dispute", status: "needs_response", livemode: false },
      ...{ charge, amount, currency, created, payment_intent: payment_intent! },
    });
  }
}

function chargeOf(payment: string) {
  return store.find("charge", store.find("payment_intent", payment)!.latest_charge!)!;
}

/** Whether a session is paid and not refunded, according to Stripe. */
function isPaid(id: string): boolean {
  const session = store.find("checkout.session", id)!;
  if (session.status !== "complete" || session.payment_status !== "paid") return false;
  if (session.subscription !== null) {
    return store.find("subscription", session.subscription)?.status === "active";
  }
  const charge = chargeOf(session.payment_intent!);
  return !charge.refunded && !store.all("dispute").some((dispute) => dispute.charge === charge.id);
}

/** The differences between the payments at Stripe and the members' access. */
async function wrong(sessions: string[]): Promise<Record<string, number>> {
  const rows = await sql`select user_id from public.module_access where is_active`;
  const open = new Set(rows.map(({ user_id }) => user_id));
  return tally(sessions.flatMap((id) => {
    const has = open.has(store.find("checkout.session", id)!.metadata.user_id);
    if (isPaid(id) === has) return [];
    return has ? ["access without payment"] : ["paid without access"];
  }));
}

async function rebuilds() {
  return await sql`select run, after, ended_at from sesame.rebuilds order by begun_at`;
}

/** Begins a rebuild, and kills it as soon as it has stored that it is at its fourth list. */
async function killHalfway(): Promise<void> {
  const killed = fetch(`${stack.functionsUrl}/reconcile`, {
    method: "POST",
    headers: { apikey: stack.secretKey },
    body: '{"objects":true}',
  });
  let isOver = false;
  killed.finally(() => isOver = true);
  while (!isOver && !(await rebuilds()).some(({ after }) => after.startsWith("charge/"))) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await stack.functions?.kill("reconcile");
  const answer = await killed;
  assert.equal(answer.ok, false);
  await answer.body?.cancel();
}

Deno.test("purchases older than Stripe's events are rebuilt from its objects", async (t) => {
  const numbers = Array.from({ length: HALF }, (_, n) => n);
  const known = await withAtMost(8, numbers, buy);
  await stack.stripe.webhooks.delivered();
  stack.stripe.webhooks.deliver = false;
  const purchases = [...known, ...await withAtMost(8, numbers, buy)];
  await withAtMost(8, purchases, changePurchase);
  const sessions = purchases.map(({ id }) => id);
  stack.stripe.pass(MONTH);
  const lost = {
    "access without payment": 3 * OF_A_FATE,
    "paid without access": 4 * OF_A_FATE,
  };

  await t.step("events bring none of them", async () => {
    const { report } = await runRound({ ...options, objects: false }, () => {});
    assert.equal(report.missed.done, 0);
    assert.deepEqual(await wrong(sessions), lost);
  });

  let all = 0;
  await t.step("a rehearsal counts the objects and changes nothing", async () => {
    const { report } = await runRound({ ...options, isRehearsal: true }, () => {});
    all = report.objects.done;
    assert.ok(all > 3 * PURCHASES);
    assert.deepEqual(await wrong(sessions), lost);
    assert.deepEqual([...await rebuilds()], []);
  });

  await t.step("killed in the middle, a rebuild has opened nothing unpaid", async () => {
    stack.stripe.slowDown(2);
    await killHalfway();
    const { "access without payment": unpaid = 0 } = await wrong(sessions);
    assert.ok(unpaid <= lost["access without payment"]);
    assert.equal((await rebuilds())[0]?.ended_at, null);
  });

  await t.step("run again, it continues, and exactly the paid purchases are open", async () => {
    const { run, report } = await runRound(options, () => {});
    assert.deepEqual(await wrong(sessions), {});
    assert.ok(report.objects.done < all, "what was done before is not done again");
    assert.deepEqual(Object.values(report).filter(({ failed }) => failed > 0), []);
    const kept = await rebuilds();
    assert.deepEqual(kept.map((rebuild) => [rebuild.run, rebuild.ended_at !== null]), [[
      run,
      true,
    ]]);

    const changes = await Array.fromAsync(readChanges(options, run));
    assert.deepEqual(tally(changes.map(({ change, reason }) => `${change} ${reason}`)), {
      "closed canceled": OF_A_FATE,
      "closed disputed": OF_A_FATE,
      "closed refunded": OF_A_FATE,
      "opened purchase": 3 * OF_A_FATE,
      "opened subscription": OF_A_FATE,
    });
  });

  await t.step("a third run changes nothing", async () => {
    const { run, report } = await runRound(options, () => {});
    assert.equal(report.objects.done, all);
    assert.deepEqual(await Array.fromAsync(readChanges(options, run)), []);
    assert.deepEqual(await wrong(sessions), {});
  });
});

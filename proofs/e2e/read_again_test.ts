/** Objects that an event leaves unclear are read from Stripe after the answer, and change access. */

import assert from "node:assert/strict";
import type { LineItem, Session, Subscription } from "../../local/stripe/objects.ts";
import { until } from "../../local/testing.ts";
import { runRound } from "../../cli/reconcile/round.ts";
import { assertFolded } from "./database_view.ts";
import { ask, press, sessionOf } from "./shopping.ts";
import { type Member, newMember, openModules, openStage } from "./stage.ts";

const { stack, sql } = await openStage();
const { store, webhooks } = stack.stripe;

stack.stripe.addPrice({ id: "price_llama", amount: 500, interval: null, product: "Llama" });
await sql`
  insert into public.module_prices (stripe_price_id, module_id)
  select 'price_llama', id from public.modules where slug = 'llama'`;

const DAY = 24 * 60 * 60;

/** The session in which a member begins to buy. */
async function begin(member: Member, price: string): Promise<Session> {
  const { body } = await ask(stack, member, "", { price });
  return store.find("checkout.session", sessionOf(body.url))!;
}

/** What the buyer adds on Stripe's page, as an optional item or a cross-sell. */
function add(session: Session, priceId: string): void {
  const price = store.find("price", priceId)!;
  const amount_total = price.unit_amount;
  const amounts = {
    amount_subtotal: amount_total,
    amount_discount: 0,
    amount_tax: 0,
    amount_total,
  };
  const line: LineItem = { id: "li_added", object: "item", quantity: 1, ...amounts, price };
  store.orders.get(session.id)!.lines.push(line);
  session.amount_subtotal += amount_total;
  session.amount_total += amount_total;
}

/** The kinds of the objects that were read, in order. */
async function readingsOf(reference: string): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`
    select type from sesame.stripe_events
    where object_id = ${reference} and type like '%.fetched' order by received_at`;
  return rows.map(({ type }) => type);
}

Deno.test("an item added on Stripe's page opens too, although metadata names one module", async () => {
  const ada = await newMember(stack);
  const session = await begin(ada, "price_stable_diffusion");
  add(session, "price_llama");
  await press(session.url!, "pay");
  assert.ok((await openModules(ada)).includes("stable-diffusion"), "at once");
  await until(async () => (await openModules(ada)).length === 2);
  assert.deepEqual(await openModules(ada), ["llama", "stable-diffusion"]);
  await assertFolded(sql);
});

Deno.test("a session of ours without an added item is not read again", async () => {
  const ada = await newMember(stack);
  const session = await begin(ada, "price_stable_diffusion");
  await press(session.url!, "pay");
  await webhooks.delivered();
  const [row] = await sql`select to_jsonb(pending) from sesame.pending_fetches as pending
    where object_id = ${session.id}`;
  assert.equal(row, undefined);
  assert.deepEqual(await readingsOf(session.id), ["checkout.session.fetched"], "when it was made");
});

/** A subscription that is past due after a period without any event. */
async function fallBehind(member: Member): Promise<Subscription> {
  const session = await begin(member, "price_whisper_monthly");
  await press(session.url!, "pay");
  const subscription = store.find("subscription", session.subscription!)!;
  for (const item of subscription.items.data) {
    item.current_period_start += 60 * DAY;
    item.current_period_end += 60 * DAY;
  }
  subscription.status = "past_due" as Subscription["status"];
  return subscription;
}

Deno.test("missing invoices of a subscription are read after the answer", async () => {
  const ada = await newMember(stack);
  const subscription = await fallBehind(ada);
  stack.stripe.pass(1);
  await announceUpdate(subscription);
  const reference = `${subscription.id}/invoices`;
  await until(async () => (await readingsOf(reference)).length > 0);
  assert.deepEqual(await readingsOf(reference), ["invoice.fetched"]);
  await assertFolded(sql);
});

Deno.test("missing invoices are read by reconcile, when the work after the answer failed", async () => {
  const ada = await newMember(stack);
  const subscription = await fallBehind(ada);
  const reference = `${subscription.id}/invoices`;
  webhooks.deliver = false;
  await announceUpdate(subscription);
  webhooks.deliver = true;
  assert.deepEqual(await readingsOf(reference), []);
  const options = { functionsUrl: stack.functionsUrl, secretKey: stack.secretKey, all: true };
  const { report } = await runRound(options, () => {});
  assert.equal(report.pending.failed, 0);
  assert.ok((await readingsOf(reference)).length > 0);
  await assertFolded(sql);
});

/** Makes the stand-in send an event about an object that a test has changed. */
async function announceUpdate({ id }: Subscription): Promise<void> {
  const response = await fetch(`${stack.stripe.url}/v1/subscriptions/${id}`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.stripeSecretKey}` },
    body: new URLSearchParams({ "metadata[seen]": "yes" }),
  });
  assert.equal(response.status, 200, await response.text());
  await webhooks.delivered();
}

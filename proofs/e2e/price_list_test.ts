/** What is for sale is read by visitors who are not signed in, as Stripe has it. */

import assert from "node:assert/strict";
import type { SupabaseClient } from "@supabase/supabase-js";
import { runRound } from "../../cli/reconcile/round.ts";
import { connectStripe } from "../../supabase/functions/_shared/stripe/client.ts";
import { openStage } from "./stage.ts";

const { stack, sql, ada, anon } = await openStage();
const { store, webhooks } = stack.stripe;
const stripe = connectStripe(
  { key: stack.stripeSecretKey, base: new URL(stack.stripe.url) },
  5_000,
);

/** The prices that a browser shows, in the order of their amounts. */
async function shown(client: SupabaseClient = anon.client): Promise<string[]> {
  const { data, error } = await client.from("price_list")
    .select("price, product, amount, currency, interval, tax")
    .order("amount");
  assert.equal(error, null);
  return data!.map((row) => Object.values(row).join(" "));
}

const SEED = [
  "price_stable_diffusion_day StableDiffusion, a day 300 eur  included",
  "price_whisper_monthly Whisper 900 eur month included",
  "price_studio_monthly Studio: all three 1900 eur month included",
  "price_stable_diffusion StableDiffusion 2900 eur  included",
];

async function reconcile(): Promise<number> {
  const { functionsUrl, functionsPrefix, secretKey } = stack;
  const options = { functionsUrl, functionsPrefix, secretKey, all: false };
  const { report } = await runRound(options, () => {});
  assert.equal(report.pending.failed, 0);
  return report.pending.done;
}

Deno.test("mapped prices of which no event came are read by reconcile, each once", async () => {
  assert.deepEqual(await shown(), []);
  await sql`
    insert into public.module_prices (stripe_price_id, module_id)
    select 'price_of_nobody', id from public.modules where slug = 'llama'`;
  assert.equal(await reconcile(), 5);
  assert.deepEqual(await shown(), SEED);
  assert.equal(await reconcile(), 0, "nor is the price asked for again that Stripe does not have");
});

Deno.test("a member reads the same prices as a visitor", async () => {
  assert.deepEqual(await shown(ada.client), SEED);
});

Deno.test("a new price is shown once it is mapped, and an archived one disappears", async () => {
  const product = await stripe.products.create({ name: "Llama" });
  const { id } = await stripe.prices.create({
    product: product.id,
    currency: "jpy",
    unit_amount: 1_200,
    recurring: { interval: "year" },
  });
  await webhooks.delivered();
  assert.deepEqual(await shown(), SEED);

  await sql`
    insert into public.module_prices (stripe_price_id, module_id)
    select ${id}, id from public.modules where slug = 'llama'`;
  const sold = `${id} Llama 1200 jpy year `;
  assert.deepEqual((await shown()).filter((line) => line.startsWith(id)), [sold]);

  await stripe.prices.update(id, { active: false });
  await webhooks.delivered();
  assert.deepEqual(await shown(), SEED);
});

Deno.test("the prices of an archived product disappear, and come back with its new name", async () => {
  const { product } = store.find("price", "price_whisper_monthly")!;
  await stripe.products.update(product, { active: false });
  await webhooks.delivered();
  assert.deepEqual(await shown(), SEED.filter((line) => !line.includes("Whisper")));
  stack.stripe.pass(1);
  await stripe.products.update(product, { active: true, name: "Whisper 2" });
  await webhooks.delivered();
  const [, whisper] = await shown();
  assert.equal(whisper, "price_whisper_monthly Whisper 2 900 eur month included");
});

Deno.test("a price has the modules that it opens, with their terms", async () => {
  const { data } = await anon.client.from("price_list").select("modules, trial_days")
    .eq("price", "price_stable_diffusion_day").single();
  assert.deepEqual(data, {
    modules: [{
      slug: "stable-diffusion",
      title: "StableDiffusion",
      access_level: "standard",
      max_usage: 100,
      access_duration: "1 day",
    }],
    trial_days: null,
  });
});

Deno.test("a visitor reads neither a price that is not listed, nor one that is not mapped", async () => {
  await sql`update public.price_terms set is_listed = false where stripe_price_id = 'price_studio_monthly'`;
  const { id } = await stripe.prices.create({
    product: store.find("price", "price_studio_monthly")!.product,
    currency: "eur",
    unit_amount: 1,
  });
  await webhooks.delivered();
  for (const { client } of [anon, ada]) {
    const { data } = await client.from("listed_prices").select("stripe_price_id");
    const ids = data!.map(({ stripe_price_id }) => stripe_price_id);
    assert.ok(ids.includes("price_stable_diffusion"));
    assert.ok(!ids.includes("price_studio_monthly") && !ids.includes(id));
    assert.deepEqual((await client.from("price_terms").select()).data, []);
    const { error } = await client.from("listed_prices").update({ amount: 1 })
      .eq("stripe_price_id", "price_stable_diffusion");
    assert.equal(error?.code, "42501");
  }
});

Deno.test("twenty prices are mapped while their events arrive, and each of them is shown", async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `price_rush_${n}`);
  for (const id of ids) {
    stack.stripe.addPrice({ id, amount: 500, interval: null, product: "Rush" });
  }
  const { product } = store.find("price", "price_rush_0")!;
  await Promise.all([
    stripe.products.update(product, { name: "Rush hour" }),
    ...ids.map((id) => stripe.prices.update(id, { active: true })),
    ...ids.map((id) =>
      sql`
        insert into public.module_prices (stripe_price_id, module_id)
        select ${id}, id from public.modules where slug = 'llama'`
    ),
  ]);
  await webhooks.delivered();
  const rush = (await shown()).filter((line) => line.startsWith("price_rush_"));
  const expected = ids.map((id) => `${id} Rush hour 500 eur  included`);
  assert.deepEqual(rush.sort(), expected.sort());
});

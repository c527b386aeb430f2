/** Codes, trials, quantities, tax, languages and embedded pages, as a member's browser asks for them. */

import assert from "node:assert/strict";
import parameters from "../../stripe/parameters.json" with { type: "json" };
import { LOCALES } from "../../supabase/functions/checkout/locales.ts";
import type { Session } from "../../local/stripe/objects.ts";
import { assertFolded } from "./database_view.ts";
import { ask, press, sessionOf, words } from "./shopping.ts";
import { type Member, newMember, openModules, openStage } from "./stage.ts";

const SITES = ["https://shop.example", "https://preview.example/modules"];

const { stack, sql } = await openStage({ env: { SITE_URL: SITES.join(", ") } });
const { store, webhooks } = stack.stripe;

const FOR_EVER = { price: "price_stable_diffusion" };
const MONTHLY = { price: "price_whisper_monthly" };
/** Of the seed: it begins with a trial of 14 days. */
const STUDIO = { price: "price_studio_monthly" };
const DAY = 24 * 60 * 60;

const buy = (member: Member, request: object) => ask(stack, member, "", request);

/** The open session that this request gets. */
async function sessionFor(member: Member, request: object): Promise<Session> {
  const { status, body } = await buy(member, request);
  assert.equal(status, 200, JSON.stringify(body));
  return session(body.url ?? body.client_secret);
}

function session(address: string): Session {
  const [id = ""] = sessionOf(address).split("_secret_");
  const found = store.find("checkout.session", id);
  assert.ok(found !== null, address);
  return found;
}

/** Buys and pays; the session afterwards. */
async function pay(member: Member, request: object): Promise<Session> {
  const { id } = await sessionFor(member, request);
  await press(`${stack.stripe.url}/c/pay/${id}`, "pay");
  await webhooks.delivered();
  return session(id);
}

function openSessionsOf({ id }: Member): Session[] {
  return store.all("checkout.session").filter(({ metadata, status }) =>
    metadata.user_id === id && status === "open"
  );
}

function subscriptionOf({ subscription }: Session) {
  const found = store.find("subscription", subscription ?? "");
  assert.ok(found !== null);
  return found;
}

/** Another request to Stripe's API, as from its Dashboard. */
async function post(method: string, path: string, params: Record<string, string> = {}) {
  const headers = { authorization: `Bearer ${stack.stripeSecretKey}` };
  const body = new URLSearchParams(params);
  const url = `${stack.stripe.url}/v1/${path}`;
  const response = await fetch(url, { method, headers, ...method === "POST" ? { body } : {} });
  const answer = await response.json();
  assert.equal(response.status, 200, answer.error?.message);
  await webhooks.delivered();
  return answer;
}

/** A new code with these restrictions, by default for a coupon that takes off 10 %. */
async function newCode(
  params: Record<string, string> = {},
  coupon: Record<string, string> = { percent_off: "10" },
) {
  const { id } = await post("POST", "coupons", coupon);
  const code = `T${crypto.randomUUID().slice(0, 8)}`;
  await post("POST", "promotion_codes", {
    "promotion[type]": "coupon",
    "promotion[coupon]": id,
    code,
    ...params,
  });
  return code;
}

Deno.test("a code reduces what is paid, in any case, and the module opens", async () => {
  const ada = await newMember(stack);
  const paid = await pay(ada, { ...FOR_EVER, promotion_code: " launch20 " });
  assert.deepEqual([paid.amount_subtotal, paid.amount_total], [2_900, 2_320]);
  assert.equal(store.find("payment_intent", paid.payment_intent!)?.amount_received, 2_320);
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
  await post("POST", "refunds", { payment_intent: paid.payment_intent! });
  assert.deepEqual(await openModules(ada), [], "what was received was given back in full");
  await assertFolded(sql);
});

Deno.test("a code of 100 % opens the module without a payment", async () => {
  const code = await newCode({}, { percent_off: "100" });
  for (const [request, slug] of [[FOR_EVER, "stable-diffusion"], [MONTHLY, "whisper"]] as const) {
    const ada = await newMember(stack);
    const { amount_total } = await pay(ada, { ...request, promotion_code: code });
    assert.equal(amount_total, 0);
    assert.deepEqual(await openModules(ada), [slug]);
    assert.equal(await words(buy(ada, request)), "409 already_owned");
  }
});

Deno.test("a wrong, expired, used up or switched off code is no_such_code, and nothing is made", async () => {
  const expired = await newCode({ expires_at: String(Math.floor(Date.now() / 1_000) - 1) });
  const used = await newCode({ max_redemptions: "1" });
  await pay(await newMember(stack), { ...FOR_EVER, promotion_code: used });
  const off = await newCode({ active: "false" });
  const over = await newCode({}, { percent_off: "10", redeem_by: "1" });
  const ada = await newMember(stack);
  for (const promotion_code of ["NOTHING", expired, used, off, over, "a b", ""]) {
    const answer = buy(ada, { ...FOR_EVER, promotion_code });
    assert.equal(await words(answer), "404 no_such_code", promotion_code);
  }
  assert.deepEqual(openSessionsOf(ada), []);
  const customers = store.all("customer").filter(({ metadata }) => metadata.user_id === ada.id);
  assert.deepEqual(customers, []);
});

Deno.test("a code of another customer answers exactly as an unknown one", async () => {
  const [ada, bob] = [await newMember(stack), await newMember(stack)];
  const { customer } = await sessionFor(bob, FOR_EVER);
  const code = await newCode({ customer: customer! });
  const unknown = await buy(ada, { ...FOR_EVER, promotion_code: "NOTHING" });
  assert.deepEqual(await buy(ada, { ...FOR_EVER, promotion_code: code }), unknown);
  const { amount_total } = await sessionFor(bob, { ...FOR_EVER, promotion_code: code });
  assert.equal(amount_total, 2_610);
});

Deno.test("a code for first purchases, larger ones, other products or another currency is code_refused", async () => {
  const ada = await newMember(stack);
  const first = await newCode({ "restrictions[first_time_transaction]": "true" });
  await pay(ada, { ...FOR_EVER, promotion_code: first });
  const codes = [
    first,
    await newCode({
      "restrictions[minimum_amount]": "901",
      "restrictions[minimum_amount_currency]": "eur",
    }),
    await newCode({}, { percent_off: "10", "applies_to[products][0]": "Llama" }),
    await newCode({}, { amount_off: "100", currency: "usd" }),
  ];
  for (const promotion_code of codes) {
    assert.equal(await words(buy(ada, { ...MONTHLY, promotion_code })), "409 code_refused");
  }
  assert.equal(await words(buy(ada, MONTHLY)), "200", "without a code it is sold");
});

Deno.test("two codes in two tabs: only one session can be paid", async () => {
  const ada = await newMember(stack);
  const codes = ["LAUNCH20", await newCode(), undefined];
  for (const promotion_code of codes) await sessionFor(ada, { ...FOR_EVER, promotion_code });
  assert.equal(openSessionsOf(ada).length, 1);
  await Promise.all(
    codes.map((promotion_code) => buy(ada, { ...FOR_EVER, promotion_code })),
  );
  assert.ok(openSessionsOf(ada).length <= 1);
  const again = await sessionFor(ada, { ...FOR_EVER, promotion_code: "LAUNCH20" });
  assert.deepEqual(openSessionsOf(ada), [again]);
});

Deno.test("a double click with a code makes one session", async () => {
  const ada = await newMember(stack);
  const request = { ...FOR_EVER, promotion_code: "LAUNCH20", locale: "fr" };
  const clicks = await Promise.all([1, 2, 3].map(() => buy(ada, request)));
  assert.equal(new Set(clicks.map(({ body }) => body.url)).size, 1);
});

Deno.test("the page has a field for codes only where the owner wants it, and never beside a code", async () => {
  const ada = await newMember(stack);
  assert.equal((await sessionFor(ada, FOR_EVER)).allow_promotion_codes, null);
  await sql`update sesame.settings set checkout_promotion_codes = true`;
  const free = await sessionFor(ada, FOR_EVER);
  assert.equal(free.allow_promotion_codes, true);
  const named = await sessionFor(ada, { ...FOR_EVER, promotion_code: "LAUNCH20" });
  assert.deepEqual([named.allow_promotion_codes, named.discounts.length], [null, 1]);
  await sql`update sesame.settings set checkout_promotion_codes = false`;
});

Deno.test("automatic tax and tax ids are asked of Stripe where the owner wants them", async () => {
  const ada = await newMember(stack);
  await sql`update sesame.settings set checkout_automatic_tax = true, checkout_tax_ids = true`;
  const taxed = await sessionFor(ada, { ...FOR_EVER, promotion_code: "LAUNCH20" });
  assert.deepEqual(
    [taxed.automatic_tax.enabled, taxed.tax_id_collection.enabled, taxed.amount_total],
    [true, true, 2_784],
  );
  await press(taxed.url!, "pay");
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
  const bob = await newMember(stack);
  const plan = subscriptionOf(await pay(bob, MONTHLY));
  const invoice = store.find("invoice", plan.latest_invoice!);
  assert.deepEqual([invoice?.subtotal, invoice?.amount_paid], [900, 1_080]);
  assert.deepEqual(await openModules(bob), ["whisper"]);
  await sql`update sesame.settings set checkout_automatic_tax = false, checkout_tax_ids = false`;
});

Deno.test("a first subscription begins with a trial that opens, and its end is paid", async () => {
  const ada = await newMember(stack);
  const begun = await pay(ada, STUDIO);
  const trial = subscriptionOf(begun);
  assert.deepEqual([begun.payment_status, trial.status], ["no_payment_required", "trialing"]);
  assert.equal(trial.trial_end! - trial.created, 14 * DAY);
  assert.deepEqual(await openModules(ada), ["llama", "stable-diffusion", "whisper"]);
  assert.equal(await words(buy(ada, STUDIO)), "409 already_owned");

  await post("POST", `subscriptions/${trial.id}`, { trial_end: "now" });
  assert.equal(trial.status, "active");
  assert.deepEqual(await openModules(ada), ["llama", "stable-diffusion", "whisper"]);
  await assertFolded(sql);
});

Deno.test("a second subscription begins without a trial, whatever the price, unless the owner gives more", async () => {
  await sql`insert into public.price_terms (stripe_price_id, trial_days) values (${MONTHLY.price}, 7)`;
  const ada = await newMember(stack);
  const { id } = subscriptionOf(await pay(ada, STUDIO));
  await post("DELETE", `subscriptions/${id}`);
  assert.deepEqual(await openModules(ada), []);
  for (const request of [STUDIO, MONTHLY]) {
    const { amount_total, id } = await sessionFor(ada, request);
    assert.ok(amount_total > 0);
    assert.equal(store.orders.get(id)?.trialDays, null);
  }
  await sql`update sesame.settings set trial_once_per_person = false`;
  assert.equal((await sessionFor(ada, MONTHLY)).amount_total, 0);
  await sql`update sesame.settings set trial_once_per_person = true`;
  assert.equal(subscriptionOf(await pay(ada, MONTHLY)).status, "active");
  await sql`delete from public.price_terms where stripe_price_id = ${MONTHLY.price}`;
});

Deno.test("a member begins two trials at once from two tabs: one session stays, and one trial", async () => {
  for (let nth = 0; nth < 3; nth++) {
    const ada = await newMember(stack);
    const pages = ["/a", "/b", "/c"].map((path) => `${SITES[0]}${path}`);
    await Promise.all(pages.map((return_url) => buy(ada, { ...STUDIO, return_url })));
    assert.ok(openSessionsOf(ada).length <= 1);
    const mine = store.all("checkout.session").filter(({ metadata }) =>
      metadata.user_id === ada.id
    );
    const paying = [...mine, await sessionFor(ada, STUDIO)];
    for (const { id } of paying) await press(`${stack.stripe.url}/c/pay/${id}`, "pay");
    await webhooks.delivered();
    const trials = store.all("subscription").filter(({ metadata }) => metadata.user_id === ada.id);
    assert.equal(trials.length, 1);
  }
});

Deno.test("with a lost webhook a trial is not begun twice", async () => {
  const ada = await newMember(stack);
  const { id } = await sessionFor(ada, STUDIO);
  webhooks.deliver = false;
  await press(`${stack.stripe.url}/c/pay/${id}`, "pay");
  const again = await words(buy(ada, STUDIO));
  webhooks.deliver = true;
  assert.equal(again, "409 already_owned");
});

Deno.test("a quantity up to the maximum of the price is sold, and opens the module once", async () => {
  const price = "price_stable_diffusion_day";
  await sql`insert into public.price_terms (stripe_price_id, max_quantity) values (${price}, 3)`;
  const ada = await newMember(stack);
  const paid = await pay(ada, { price, quantity: 3 });
  assert.equal(paid.amount_total, 900);
  const [row] = await sql`
    select round(extract(epoch from expires_at - now()) / 3600)::int as hours
    from public.module_access where user_id = ${ada.id}`;
  assert.equal(row?.hours, 24);
  const { status, body } = await buy(ada, { price, quantity: 4 });
  assert.deepEqual([status, body.code, body.max_quantity], [400, "invalid_request", 3]);
  await sql`delete from public.price_terms where stripe_price_id = ${price}`;
  assert.equal(await words(buy(ada, { price, quantity: 2 })), "400 invalid_request");
});

Deno.test('quantity as 1.5, -1, "2", 1e9 and null: only null is taken', async () => {
  const ada = await newMember(stack);
  for (const quantity of [1.5, -1, 0, "2", 1e9, [1], true]) {
    assert.equal(await words(buy(ada, { ...FOR_EVER, quantity })), "400 invalid_request");
  }
  assert.equal(await words(buy(ada, { ...FOR_EVER, quantity: null })), "200");
});

Deno.test("an unknown field is refused by its name, on every route", async () => {
  const ada = await newMember(stack);
  for (
    const [path, body, name] of [
      ["", { ...FOR_EVER, promo: "LAUNCH20" }, "promo"],
      ["", { ...FOR_EVER, email: "eve@example.com" }, "email"],
      ["", { ...FOR_EVER, customer: "cus_eve" }, "customer"],
      ["", { ...FOR_EVER, trial_days: 700 }, "trial_days"],
      ["/portal", { customer: "cus_eve" }, "customer"],
      ["/status", { session: "cs_1" }, "session"],
    ] as const
  ) {
    const { status, body: answer } = await ask(stack, ada, path, body);
    assert.deepEqual([status, answer.code], [400, "invalid_request"]);
    assert.ok(answer.detail.startsWith(`There is no field ${name}.`), answer.detail);
  }
  assert.deepEqual(openSessionsOf(ada), []);
});

Deno.test("each language of Stripe's page is taken, and no other", async () => {
  const known = parameters["POST /v1/checkout/sessions"].fields.locale;
  assert.deepEqual([...LOCALES].sort(), [...known].sort());
  const ada = await newMember(stack);
  for (const locale of ["auto", "fr", "es-419"]) {
    assert.equal((await sessionFor(ada, { ...FOR_EVER, locale })).locale, locale);
  }
  assert.equal((await sessionFor(ada, FOR_EVER)).locale, null);
  for (const locale of ["xx", "FR", "", 1]) {
    assert.equal(await words(buy(ada, { ...FOR_EVER, locale })), "400 invalid_request");
  }
});

Deno.test("an embedded session is answered with its secret alone, and returns to the site's page", async () => {
  const ada = await newMember(stack);
  const { status, body } = await buy(ada, { ...FOR_EVER, ui_mode: "embedded" });
  assert.deepEqual([status, Object.keys(body)], [200, ["client_secret"]]);
  const { id, url, client_secret } = session(body.client_secret);
  assert.deepEqual([url, client_secret], [null, body.client_secret]);
  assert.deepEqual((await buy(ada, { ...FOR_EVER, ui_mode: "embedded" })).body, body);
  assert.equal(
    await press(`${stack.stripe.url}/c/pay/${id}`, "pay"),
    `${SITES[0]}/?session_id=${id}`,
  );
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
  const { body: paid } = await ask(stack, ada, "/status", { session_id: id });
  assert.equal(paid.status, "paid");
  const [kept] = await sql`
    select count(*)::int as count from sesame.stripe_events where payload like ${`%${client_secret}%`}
      and type = 'checkout.session.fetched'`;
  assert.equal(kept?.count, 0);
});

Deno.test("a hosted and an embedded page in two tabs: only one of them can be paid", async () => {
  const ada = await newMember(stack);
  const hosted = await sessionFor(ada, FOR_EVER);
  const embedded = await sessionFor(ada, { ...FOR_EVER, ui_mode: "embedded" });
  assert.deepEqual([hosted.status, embedded.status], ["expired", "open"]);
});

Deno.test("each origin of SITE_URL is returned to, on every route, and no other", async () => {
  const ada = await newMember(stack);
  for (const site of SITES) {
    const page = new URL("/back?a=1", site).href;
    const hosted = await sessionFor(ada, { ...FOR_EVER, return_url: page });
    assert.deepEqual([hosted.success_url, hosted.cancel_url], [
      `${page}&session_id={CHECKOUT_SESSION_ID}`,
      page,
    ]);
    const request = { ...FOR_EVER, ui_mode: "embedded", return_url: page };
    const embedded = await sessionFor(ada, request);
    assert.equal(embedded.return_url, `${page}&session_id={CHECKOUT_SESSION_ID}`);
    const { body } = await ask(stack, ada, "/portal", { return_url: page });
    assert.ok((await (await fetch(body.url)).text()).includes(new URL(page).host));
    const free = await buy(ada, { module: "playground", return_url: page });
    assert.equal(free.body.url, page);
  }
  for (const return_url of ["https://shop.example.evil/", "http://shop.example/", stack.apiUrl]) {
    assert.equal(await words(buy(ada, { ...FOR_EVER, return_url })), "400 invalid_request");
    assert.equal(await words(ask(stack, ada, "/portal", { return_url })), "400 invalid_request");
  }
  const [first] = SITES;
  assert.equal((await sessionFor(ada, FOR_EVER)).cancel_url, `${first}/`);
});

Deno.test("a price that is not listed is sold by its name, and never offered", async () => {
  await sql`
    insert into public.price_terms (stripe_price_id, is_listed) values (${STUDIO.price}, false)
    on conflict (stripe_price_id) do update set is_listed = false`;
  const ada = await newMember(stack);
  assert.equal(await words(buy(ada, { module: "llama" })), "409 not_for_sale");
  const { lines } = store.orders.get((await sessionFor(ada, { module: "whisper" })).id)!;
  assert.equal(lines[0]?.price.id, MONTHLY.price);
  assert.equal(await words(buy(ada, { ...STUDIO, module: "llama" })), "200");
  await sql`update public.price_terms set is_listed = true where stripe_price_id = ${STUDIO.price}`;
});

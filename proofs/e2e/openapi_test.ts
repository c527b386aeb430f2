/** Provokes every answer that docs/reference/openapi.json lists at the running functions, and checks its shape. */

import assert from "node:assert/strict";
import { delay } from "../../supabase/functions/_shared/delay.ts";
import { checkoutSessionCompleted, newPurchase, sign } from "../../stripe/events.ts";
import {
  assertTaken,
  checkedAnswer,
  checkedOther,
  listedAnswers,
  type OperationName,
  operationOf,
  OPERATIONS,
} from "./openapi.ts";
import { authorization, type Call, openCalls } from "./openapi_calls.ts";
import { ask, press, sessionOf } from "./shopping.ts";
import { type Member, newMember, openStage } from "./stage.ts";

const stage = await openStage();
const { stack, sql, ada, moduleId } = stage;
await sql`update sesame.settings set verified_email_claims = true`;
const { store, webhooks } = stack.stripe;

const { call, answer, good, seen } = openCalls(stage);

const secretly = { apikey: stack.secretKey };
const SERVERS: readonly OperationName[] = OPERATIONS.filter((name) =>
  operationOf(name).security.some((scheme: object) => "secretKey" in scheme)
);
const WITH_BODY = OPERATIONS.filter((name) => operationOf(name).requestBody !== undefined);
const READERS_OF_JSON = WITH_BODY.filter((name) => name !== "post /stripe-webhook");

/** A good request of each operation, whatever the state of the database. */
const GOOD: Record<string, Call> = {
  "post /checkout": { body: { module: "playground" } },
  "post /checkout/portal": { body: {} },
  "get /checkout/status": { query: "?session_id=cs_test_unknown" },
  "post /checkout/status": { body: { session_id: "cs_test_unknown" } },
  "post /module-token": { body: { module: "whisper" } },
  "post /module-token/verify": { body: { token: "" } },
  "get /health": {},
  "get /health/metrics": {},
  "get /health/report": {},
  "get /health/alerts": {},
  "post /health/alerts": { body: { tell: false } },
  "post /health/dismiss": { body: { kind: "x", about: "y", actor: "carol", why: "a test" } },
  "post /health/replay": { body: { event_id: "evt_unknown" } },
  "post /health/webhooks": { body: {} },
  "post /health/explain": { body: { user: "ada@example.com", module: "whisper" } },
  "post /reconcile": { body: { seconds: 1 } },
  "post /reconcile/changes": { body: { run: crypto.randomUUID() } },
  "post /stripe-webhook": { body: paidEvent() },
};

function paidEvent(userId: string = crypto.randomUUID()) {
  return checkoutSessionCompleted(newPurchase({ userId, moduleId })) as unknown as Record<
    string,
    unknown
  >;
}

const buy = (member: Member, request: object) => ask(stack, member, "", request);

/** Buys and presses a button on Stripe's page; the session. */
async function buyAnd(action: string, member: Member, request: object): Promise<string> {
  const { body } = await buy(member, request);
  await press(body.url, action);
  await webhooks.delivered();
  return sessionOf(body.url);
}

async function stripePost(path: string, params: Record<string, string>): Promise<void> {
  const response = await fetch(`${stack.stripe.url}/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.stripeSecretKey}` },
    body: new URLSearchParams(params),
  });
  assert.equal(response.status, 200, await response.text());
  await webhooks.delivered();
}

Deno.test("checkout sells, gives free modules, and refuses with every code that it lists", async () => {
  const post = "post /checkout";
  const member = await newMember(stack);
  assert.equal(await good(post, { member, body: { module: "playground" } }), "200");
  assert.equal(await good(post, { member, body: { price: "price_stable_diffusion" } }), "200");
  assert.equal(await good(post, { member, body: { module: "nothing" } }), "404 no_such_module");
  assert.equal(await good(post, { member, body: { price: "price_none" } }), "404 no_such_price");
  assert.equal(await good(post, { member, body: { module: "whisper" } }), "409 choose_price");

  await buyAnd("later", member, { price: "price_stable_diffusion" });
  const again = { member, body: { module: "stable-diffusion", price: "price_stable_diffusion" } };
  assert.equal(await good(post, again), "409 payment_pending");
  const owner = await newMember(stack);
  await buyAnd("pay", owner, { price: "price_stable_diffusion" });
  assert.equal(await good(post, { ...again, member: owner }), "409 already_owned");

  const buyer = await newMember(stack);
  const coded = (promotion_code: string) => ({
    member: buyer,
    body: { price: "price_stable_diffusion", promotion_code, locale: "fr", quantity: 1 },
  });
  assert.equal(await good(post, coded("LAUNCH20")), "200");
  assert.equal(await good(post, coded("none")), "404 no_such_code");
  const other = stack.stripe.addCode({ code: "LLAMA", percentOff: 10 });
  store.couponProducts.set(other.promotion.coupon, ["Llama"]);
  assert.equal(await good(post, coded("llama")), "409 code_refused");
  const embedded = { price: "price_stable_diffusion", ui_mode: "embedded" };
  assert.equal(await good(post, { member: buyer, body: embedded }), "200");
  const many = { member: buyer, body: { price: "price_stable_diffusion", quantity: 2 } };
  assert.equal(await good(post, many), "400 invalid_request");

  await sql`select public.revoke_module_access(${member.id}, 'llama', 'carol', 'a test', true)`;
  assert.equal(await good(post, { member, body: { module: "llama" } }), "403 denied");
  const studio = store.find("price", "price_studio_monthly")!;
  studio.active = false;
  assert.equal(await good(post, { member: owner, body: { module: "llama" } }), "409 not_for_sale");
  studio.active = true;
});

Deno.test("a stalled subscription and another currency block a new subscription", async () => {
  const member = await newMember(stack);
  stack.stripe.addPrice({ id: "price_usd", amount: 900, interval: "month", product: "llama" });
  store.find("price", "price_usd")!.currency = "usd";
  await sql`
    insert into public.module_prices (stripe_price_id, module_id)
    select 'price_usd', id from public.modules where slug = 'llama'`;
  await buyAnd("pay", member, { price: "price_whisper_monthly" });
  const dollars = { member, body: { price: "price_usd" } };
  assert.equal(await good("post /checkout", dollars), "409 other_currency");
  await sql`delete from public.module_prices where stripe_price_id = 'price_usd'`;

  const [payment] = store.all("payment_intent");
  await stripePost("refunds", { payment_intent: payment!.id });
  const whisper = { member, body: { price: "price_whisper_monthly" } };
  assert.equal(await good("post /checkout", whisper), "409 subscription_stalled");
  assert.equal(await good("post /checkout/portal", { member, body: {} }), "200");
  assert.equal(await good("post /checkout/portal"), "404 no_customer");
});

Deno.test("only its buyer gets the status of a session", async () => {
  const member = await newMember(stack);
  const session_id = await buyAnd("pay", member, { price: "price_stable_diffusion" });
  for (const [who, words] of [[member, "200"], [ada, "404 no_such_session"]] as const) {
    const byQuery = { member: who, query: `?session_id=${session_id}` };
    assert.equal(await good("get /checkout/status", byQuery), words);
    assert.equal(await good("post /checkout/status", { member: who, body: { session_id } }), words);
  }
});

Deno.test("module-token gives a token to a member and to a server, and verifies it", async () => {
  const post = "post /module-token";
  const member = await newMember(stack);
  await sql`select public.grant_module_access(${member.id}, 'whisper', 'carol', 'a test')`;
  assert.equal(await good(post, { member, body: { module: "whisper" } }), "200");
  assert.equal(await good(post, { member, body: { module: "llama" } }), "403 no_access");
  assert.equal(await good(post, { member, body: { module: "none" } }), "404 no_such_module");

  const order = { moduleId: "llama", userId: member.id, paymentId: "pi_1", maxUsage: 1 };
  const ordered = await call(post, { body: order, headers: secretly });
  const { token } = await ordered.clone().json();
  seen.add(await checkedAnswer(post, ordered));
  const headers = secretly;
  const unknown = { ...order, userId: "carol@example.com" };
  assert.equal(await good(post, { body: unknown, headers }), "202");
  assert.equal(
    await good(post, { body: { ...order, userId: "old-7" }, headers }),
    "404 no_such_user",
  );
  assert.equal(await good(post, { member, body: order }), "401 secret_key_needed");

  const verify = "post /module-token/verify";
  for (const body of [{ token }, { token, consume: true }, { token }, { token: "x.y.z" }]) {
    assert.equal(await good(verify, { body }), "200");
  }
  await sql`
    update public.modules set metadata = metadata || '{"token_alg": "HS256"}' where slug = 'whisper'`;
  const legacy = { member, body: { module: "whisper" } };
  assert.equal(await good(post, legacy), "500 legacy_secret_unfit");
  await sql`update public.modules set metadata = metadata - 'token_alg' where slug = 'whisper'`;
});

Deno.test("given the etag of the public keys, they are not sent again", async () => {
  const jwks = "get /module-token/jwks";
  const first = await call(jwks);
  const etag = first.headers.get("etag") ?? "";
  seen.add(await checkedAnswer(jwks, first));
  assert.equal(await answer(jwks, { headers: { "if-none-match": etag } }), "304");
});

Deno.test("the webhook answers the outcome of an event, and refuses a forged one", async () => {
  const post = "post /stripe-webhook";
  const event = paidEvent();
  for (const body of [event, event, { ...paidEvent(), livemode: true }]) {
    assert.equal(await good(post, { body }), "200");
  }
  assert.equal(
    await answer(post, { body: "{}", headers: { "stripe-signature": "" } }),
    "400 unsigned",
  );
  const forged = { "stripe-signature": await sign("{}", "whsec_other") };
  assert.equal(await answer(post, { body: "{}", headers: forged }), "400 bad_signature");
  assert.equal(await answer(post, { body: "no JSON" }), "400 not_json");
  assert.equal(await answer(post, { body: "{}" }), "400 not_an_event");
});

Deno.test("an event that fails gets 500, makes health answer 503, and can be replayed", async () => {
  await sql.unsafe(`
    create function refuse() returns trigger language plpgsql as
      $$ begin raise check_violation using message = 'a test'; end $$;
    create trigger refuse before insert on sesame.checkout_sessions execute function refuse()`);
  const event = paidEvent(ada.id);
  assert.equal(await good("post /stripe-webhook", { body: event }), "500 event_failed");
  await sql.unsafe("drop function refuse cascade");
  await sql`
    update sesame.stripe_events set received_at = now() - interval '1 hour' where id = ${
    String(event.id)
  }`;
  assert.equal(await until("get /health", "503"), "503");
  assert.equal(await good("post /health/alerts", { body: {} }), "200");
  assert.equal(await good("get /health/alerts"), "200");
  const replay = { body: { event_id: event.id } };
  assert.equal(await good("post /health/replay", replay), "200");
  assert.equal(await good("post /health/replay", replay), "404 no_such_failure");
  assert.equal(await until("get /health", "200"), "200");
});

/** Asks until the answer is this one; health is remembered for three seconds. */
async function until(name: OperationName, words: string): Promise<string> {
  let given = await answer(name);
  for (let tries = 0; given !== words && tries < 40; tries++) {
    await delay(200);
    given = await answer(name);
  }
  return given;
}

Deno.test("a server with the secret key gets an answer from each operation", async () => {
  for (
    const name of SERVERS.filter((name) =>
      !["post /module-token", "post /health/replay"].includes(name)
    )
  ) {
    assert.equal(await good(name, GOOD[name]), "200");
  }
  const reference = sessionOf(JSON.stringify(store.all("checkout.session")[0]));
  for (const body of [{ reference }, { reference: "evt_none" }, { user: ada.id, module: "none" }]) {
    assert.equal(await good("post /health/explain", { body }), "200");
  }
});

Deno.test("reconcile answers a round and its changes, and refuses a place that Stripe does not know", async () => {
  const post = "post /reconcile";
  webhooks.deliver = false;
  await buyAnd("pay", await newMember(stack), { price: "price_stable_diffusion" });
  webhooks.deliver = true;
  const body = { all: true, objects: true, seconds: 60 };
  assertTaken(post, body);
  const round = await call(post, { body });
  const { run, next } = await round.clone().json();
  seen.add(await checkedAnswer(post, round));
  assert.equal(next, null);
  const changes = await call("post /reconcile/changes", { body: { run } });
  assert.equal((await changes.clone().json()).changes.length, 1);
  seen.add(await checkedAnswer("post /reconcile/changes", changes));
  const stale = { next: { part: "missed", after: "evt_unknown" } };
  assert.equal(await good(post, { body: stale }), "400 stale_next");
});

Deno.test("a request without a session or a secret key gets 401", async () => {
  for (const name of OPERATIONS) {
    const schemes = operationOf(name).security.flatMap(Object.keys);
    if (schemes.length === 0 || schemes.includes("stripeSignature")) continue;
    const headers = { authorization: "", apikey: stack.publishableKey };
    const refused = await answer(name, { ...GOOD[name], headers });
    assert.match(refused, /^401 (not_signed_in|secret_key_needed)$/, name);
  }
});

Deno.test("a body that is not JSON, not an object, invalid or too large is refused", async () => {
  for (const name of READERS_OF_JSON) {
    assert.equal(await answer(name, { body: "{" }), "400 not_json", name);
    assert.equal(await answer(name, { body: "x".repeat(1_100_000) }), "413 body_too_large", name);
    if (name === "post /checkout/status") {
      assert.equal(await answer(name, { body: "[]" }), "400 invalid_request", name);
      continue;
    }
    for (const body of ["[]", WRONG[name] ?? { module: {}, run: 1, next: 1 }]) {
      assert.equal(await answer(name, { body }), "400 invalid_request", name);
    }
  }
  const large = { body: "x".repeat(1_100_000) };
  assert.equal(await answer("post /stripe-webhook", large), "413 body_too_large");
});

const WRONG: Record<string, unknown> = {
  "post /checkout": {},
  "post /checkout/portal": { return_url: "https://evil.example/" },
  "post /health/alerts": "null",
  "post /health/webhooks": "null",
};

Deno.test("a body that does not arrive within ten seconds gets 408", async () => {
  await Promise.all(WITH_BODY.map(async (name) => {
    const dripping = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    });
    const [method = "", path = ""] = name.split(" ");
    const response = await fetch(`${stack.functionsUrl}${path}`, {
      method,
      headers: {
        ...await authorization(stage, name, ada, "{"),
        "content-type": "application/json",
      },
      body: dripping,
    });
    seen.add(await checkedAnswer(name, response));
    assert.equal(response.status, 408, name);
  }));
});

Deno.test("an unknown path gets 404, another method 405, and a preflight 204", async () => {
  for (const folder of ["checkout", "module-token", "health", "reconcile"]) {
    const url = `${stack.functionsUrl}/${folder}`;
    await checkedOther("NotFound", await fetch(`${url}/nowhere`));
    await checkedOther("MethodNotAllowed", await fetch(url, { method: "PUT" }));
    if (folder === "reconcile") continue;
    const preflight = await fetch(url, { method: "OPTIONS" });
    await preflight.body?.cancel();
    assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-origin")], [
      204,
      "*",
    ]);
  }
  await checkedOther("MethodNotAllowed", await fetch(`${stack.functionsUrl}/stripe-webhook`));
});

/** `verify` asks the database only about a token that is genuine. */
async function tokenToVerify(): Promise<string> {
  const body = { moduleId: "llama", userId: ada.id, paymentId: "pi_2" };
  return (await (await call("post /module-token", { body, headers: secretly })).json()).token;
}

Deno.test("a database that refuses a call gives 500, and one that is down 503", async () => {
  const token = await tokenToVerify();
  const asking = OPERATIONS.filter((name) => "503" in operationOf(name).responses);
  const calls = asking.map((name): [OperationName, Call] =>
    name === "post /module-token/verify" ? [name, { body: { token } }] : [name, GOOD[name] ?? {}]
  );
  await delay(3_000); // health remembers an answer for three seconds
  await sql`revoke execute on all functions in schema public from service_role`;
  for (const [name, given] of calls) assert.equal(await answer(name, given), "500 internal", name);
  await stack.postgres.pause();
  for (const [name, given] of calls) {
    assert.equal(await answer(name, given), "503 unavailable", name);
  }
  await stack.postgres.resume();
});

Deno.test("every answer that the document lists was provoked", () => {
  assert.ok(seen.size > 100, String(seen.size));
  assert.deepEqual(listedAnswers().filter((listed) => !seen.has(listed)), []);
});

/** The package `sesame-client` on a running stack: every call, and what its server may do to it. */

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { createSesame, type MyModules, type Sesame } from "../../client/core/index.ts";
import { codeOf, dataOf, MEMBERS_CALLS } from "../../client/core/testing.ts";
import { until } from "../../local/testing.ts";
import { press, sessionOf } from "./shopping.ts";
import { type Member, newMember, openStage, type Persona } from "./stage.ts";

const { stack, schema, sql, anon } = await openStage();

/** The client's timers and its connection to Realtime end on their own time. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };

const sesameOf = ({ client }: Persona) => createSesame(client, { schema });

const visitor = sesameOf(anon);

async function signUp(): Promise<Member & { sesame: Sesame }> {
  const member = await newMember(stack);
  return { ...member, sesame: sesameOf(member) };
}

/** Buys and presses a button on Stripe's page. Returns the id of the session. */
async function buyAnd(action: string, sesame: Sesame, price: string): Promise<string> {
  const { url } = dataOf(await sesame.buy({ price }));
  await press(url, action);
  await stack.stripe.webhooks.delivered();
  return sessionOf(url);
}

Deno.test("a member buys, pays, and has the module", async () => {
  const { sesame } = await signUp();
  assert.deepEqual(await sesame.modules(), { data: [], error: null });
  assert.deepEqual(await sesame.has("stable-diffusion"), { data: false, error: null });

  const returnUrl = `${stack.apiUrl}/account`;
  const { url } = dataOf(
    await sesame.buy({ module: "stable-diffusion", price: "price_stable_diffusion", returnUrl }),
  );
  assert.deepEqual(await sesame.status(sessionOf(url)), {
    data: { status: "open", modules: [] },
    error: null,
  });
  const back = await press(url, "pay");
  assert.ok(back.startsWith(`${returnUrl}?session_id=cs_test_`));

  const { status, modules } = dataOf(await sesame.status(sessionOf(back)));
  assert.equal(status, "paid");
  assert.deepEqual(modules, dataOf(await sesame.modules()));
  const { module_id, ...module } = modules[0]!;
  assert.deepEqual(module, {
    slug: "stable-diffusion",
    title: "StableDiffusion",
    status: "active",
    expires_at: null,
    reason: "purchase",
  });
  for (const name of ["stable-diffusion", module_id]) {
    assert.deepEqual(await sesame.has(name), { data: true, error: null });
  }
});

Deno.test("given several prices, the problem lists them, and one of them buys", async () => {
  const { sesame } = await signUp();
  const { error } = await sesame.buy({ module: "whisper" });
  assert.ok(error?.code === "choose_price");
  assert.deepEqual(error.prices.map(({ price, amount, interval }) => [price, amount, interval]), [
    ["price_studio_monthly", 1_900, "month"],
    ["price_whisper_monthly", 900, "month"],
  ]);
  const [choice] = error.prices;
  assert.deepEqual(choice?.modules.map(({ slug }) => slug), [
    "stable-diffusion",
    "whisper",
    "llama",
  ]);
  assert.match(dataOf(await sesame.buy({ price: choice!.price })).url, /^http/);
});

Deno.test("what a member owns is not sold again: the problem says what, and where", async () => {
  const { sesame } = await signUp();
  await buyAnd("pay", sesame, "price_stable_diffusion");
  const { error } = await sesame.buy({ module: "stable-diffusion" });
  assert.ok(error?.code === "already_owned");
  assert.deepEqual(error.modules, dataOf(await sesame.modules()));
  assert.equal(error.url, `${stack.apiUrl}/encours/`);
});

Deno.test("each refusal of a purchase has its code", async () => {
  const { sesame, id } = await signUp();
  await buyAnd("later", sesame, "price_stable_diffusion");
  assert.equal(await codeOf(sesame.buy({ price: "price_stable_diffusion" })), "payment_pending");
  assert.equal(await codeOf(sesame.buy({ module: "nothing" })), "no_such_module");
  assert.equal(await codeOf(sesame.buy({ price: "price_none" })), "no_such_price");
  await sql`select public.revoke_module_access(${id}, 'llama', 'carol', 'a test', true)`;
  assert.equal(await codeOf(sesame.buy({ module: "llama" })), "denied");

  const { error } = await sesame.buy({ module: "whisper", returnUrl: "https://evil.example/" });
  assert.ok(error?.code === "invalid_request");
  assert.match(error.detail, /return_url/);
});

Deno.test("a code, a language and a quantity reach checkout", async () => {
  const { sesame } = await signUp();
  const price = "price_whisper_monthly";
  assert.equal(await codeOf(sesame.buy({ price, promotionCode: "NONE" })), "no_such_code");
  const { error } = await sesame.buy({ price, quantity: 2 });
  assert.ok(error?.code === "invalid_request");
  assert.match(error.detail, /^quantity/);
  const wanted = { price, promotionCode: "LAUNCH20", locale: "fr" };
  const { url } = dataOf(await sesame.buy(wanted));
  const page = await (await fetch(url)).text();
  assert.match(page, /Pay 7\.20 EUR/);
});

Deno.test("a free module is claimed once, or bought for nothing", async () => {
  const { sesame } = await signUp();
  assert.deepEqual(await sesame.claim({ module: "playground" }), {
    data: { isNew: true },
    error: null,
  });
  assert.deepEqual(await sesame.claim({ module: "playground" }), {
    data: { isNew: false },
    error: null,
  });
  assert.deepEqual(dataOf(await sesame.modules()).map(({ reason }) => reason), ["free"]);
  assert.equal(await codeOf(sesame.claim({ module: "whisper" })), "not_free");
  assert.equal(await codeOf(sesame.claim({ module: "nothing" })), "no_such_module");

  const bob = await signUp();
  assert.deepEqual(await bob.sesame.buy({ module: "playground" }), {
    data: { url: `${stack.apiUrl}/encours/` },
    error: null,
  });
  assert.deepEqual(await bob.sesame.has("playground"), { data: true, error: null });
});

Deno.test("a claim link gives its purchase to one member", async () => {
  const { sesame } = await signUp();
  const purchase = await stack.stripe.store ? await guestPurchase() : "";
  const [{ secret }] = await sql`
    select public.create_claim_link(${purchase}, 'carol', 'a test') as secret` as [
    { secret: string },
  ];
  assert.deepEqual(await sesame.claim({ secret }), { data: { isNew: true }, error: null });
  assert.deepEqual(await sesame.has("stable-diffusion"), { data: true, error: null });
  assert.equal(await codeOf((await signUp()).sesame.claim({ secret })), "no_such_link");
});

/** A purchase without an owner. */
async function guestPurchase(): Promise<string> {
  const response = await fetch(`${stack.stripe.url}/v1/checkout/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.stripeSecretKey}` },
    body: new URLSearchParams({
      mode: "payment",
      "line_items[0][price]": "price_stable_diffusion",
      "line_items[0][quantity]": "1",
      success_url: stack.apiUrl,
    }),
  });
  const { id, url } = await response.json();
  await press(url, "pay");
  await stack.stripe.webhooks.delivered();
  return id;
}

Deno.test("the portal opens after the first purchase", async () => {
  const { sesame } = await signUp();
  assert.equal(await codeOf(sesame.portal()), "no_customer");
  await buyAnd("pay", sesame, "price_whisper_monthly");
  assert.match(dataOf(await sesame.portal({ returnUrl: `${stack.apiUrl}/account` })).url, /^http/);
  assert.equal(
    await codeOf(sesame.portal({ returnUrl: "javascript:alert(1)" })),
    "invalid_request",
  );
});

Deno.test("a token needs access, and the problem says why there is none", async () => {
  const { sesame, id } = await signUp();
  const { error } = await sesame.token("whisper");
  assert.deepEqual([error?.code, error?.code === "no_access" && error.reason], [
    "no_access",
    "no_access",
  ]);
  await sql`select public.revoke_module_access(${id}, 'llama', 'carol', 'a test', true)`;
  const denied = await sesame.token("llama");
  assert.equal(denied.error?.code === "no_access" && denied.error.reason, "denied");
  assert.equal(await codeOf(sesame.token("nothing")), "no_such_module");

  await buyAnd("pay", sesame, "price_whisper_monthly");
  const { token, module, uses_left } = dataOf(await sesame.token("whisper"));
  assert.deepEqual([token.split(".").length, module, uses_left], [3, "whisper", null]);
});

Deno.test("another member's session is one that does not exist", async () => {
  const { sesame } = await signUp();
  const session = await buyAnd("pay", sesame, "price_stable_diffusion");
  assert.equal(await codeOf((await signUp()).sesame.status(session)), "no_such_session");
  assert.equal(await codeOf(sesame.status("cs_'; --")), "no_such_session");
});

for (const [name, call] of MEMBERS_CALLS) {
  Deno.test(`${name}: a visitor who is not signed in gets not_signed_in`, async () => {
    assert.equal(await codeOf(call(visitor)), "not_signed_in");
  });
}

Deno.test("a session that has ended is not_signed_in", async () => {
  const member = await newMember(stack);
  const [head, , signature] = member.headers.authorization!.split(".");
  const expired = `${head}.${
    btoa(JSON.stringify({ sub: member.id, role: "authenticated", exp: 1 }))
  }.${signature}`;
  const client = createClient(stack.apiUrl, stack.publishableKey, {
    accessToken: () => Promise.resolve(expired.replace("Bearer ", "")),
  });
  for (const [name, call] of MEMBERS_CALLS) {
    assert.equal(await codeOf(call(createSesame(client, { schema }))), "not_signed_in", name);
  }
});

Deno.test("a project that does not answer is unreachable", async () => {
  const client = createClient("http://127.0.0.1:9", "sb_publishable_1", {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const sesame = createSesame(client);
  // postgrest-js asks for rows again before it gives up.
  const codes = await Promise.all(MEMBERS_CALLS.map(([, call]) => codeOf(call(sesame))));
  assert.deepEqual([...new Set(codes)], ["unreachable"]);
});

Deno.test("attack: a module named with quotes, slashes, Unicode or nothing", async () => {
  const { sesame } = await signUp();
  for (
    const slug of [
      "",
      "'; drop table modules; --",
      "a/b/../c",
      "module?x=1#y",
      "módulo-🎨",
      "\ud800",
      "%00",
      "x".repeat(5_000),
    ]
  ) {
    assert.deepEqual(await sesame.has(slug), { data: false, error: null }, slug);
    assert.match(await codeOf(sesame.buy({ module: slug })), /^no_such_module$/, slug);
    assert.equal(await codeOf(sesame.claim({ module: slug })), "no_such_module", slug);
    assert.match(await codeOf(sesame.token(slug)), /^(no_such_module|invalid_request)$/, slug);
    assert.equal(await codeOf(sesame.claim({ secret: slug })), "no_such_link", slug);
  }
});

/** Everything that a listener was called with. */
function listening(sesame: Sesame) {
  const seen: MyModules[] = [];
  const end = sesame.onChange((now) => void seen.push(now));
  const words = () =>
    seen.map(({ data, error }) => error?.code ?? data?.map(({ slug }) => slug).join() ?? "");
  return { words, [Symbol.dispose]: end };
}

Deno.test({
  name: "onChange calls back with the modules now, and after each purchase",
  ...UNSANITIZED,
  async fn() {
    const { sesame } = await signUp();
    using ada = listening(sesame);
    await until(() => ada.words().length === 1);
    assert.deepEqual(ada.words(), [""]);

    await buyAnd("pay", sesame, "price_stable_diffusion");
    await until(() => ada.words().length === 2);
    await sesame.claim({ module: "playground" });
    await until(() => ada.words().length === 3);
    assert.deepEqual(ada.words(), ["", "stable-diffusion", "stable-diffusion,playground"]);
  },
});

Deno.test({
  name: "two clients at once: each sees its own member's modules, and a change in the other window",
  ...UNSANITIZED,
  async fn() {
    const ada = await signUp();
    const bob = await signUp();
    using first = listening(ada.sesame);
    using second = listening(sesameOf(ada));
    using others = listening(bob.sesame);
    await until(() => [first, second, others].every(({ words }) => words().length === 1));
    await sql`select public.grant_module_access(${ada.id}, 'whisper', 'carol', 'a test')`;
    await until(() => [first, second].every(({ words }) => words().at(-1) === "whisper"));
    assert.deepEqual(others.words(), [""]);
  },
});

Deno.test({
  name: "after a sign-out listeners are not_signed_in, and the next user's rows are their own",
  ...UNSANITIZED,
  async fn() {
    const ada = await signUp();
    await sql`select public.grant_module_access(${ada.id}, 'whisper', 'carol', 'a test')`;
    using listener = listening(ada.sesame);
    await until(() => listener.words().length === 1);
    await ada.client.auth.signOut();
    await until(() => listener.words().length === 2);
    const email = `${crypto.randomUUID()}@example.com`;
    await ada.client.auth.signUp({ email, password: "open sesame" });
    await until(() => listener.words().length === 3);
    assert.deepEqual(listener.words(), ["whisper", "not_signed_in", ""]);
  },
});

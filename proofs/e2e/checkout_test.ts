import assert from "node:assert/strict";
import type { Session } from "../../local/stripe/objects.ts";
import { newSessionId } from "../../stripe/events.ts";
import { accessOf, assertFolded } from "./database_view.ts";
import { ask, press, sessionOf, words } from "./shopping.ts";
import { type Member, newMember, openModules, openStage } from "./stage.ts";

const { stack, sql, bob, anon, moduleId } = await openStage();
// The stack's Auth verifies no addresses. These tests need a project with an Auth that does.
await sql`update sesame.settings set verified_email_claims = true`;
const { store, webhooks } = stack.stripe;

const FOR_EVER = { price: "price_stable_diffusion" };
const MONTHLY = { price: "price_whisper_monthly" };

const buy = (member: Member, request: object) => ask(stack, member, "", request);
const statusOf = (member: Member, session_id: string) =>
  ask(stack, member, "/status", { session_id });

/** Buys and pays. Returns the address that the browser returns to. */
async function buyAndPay(member: Member, request: object): Promise<string> {
  const { body } = await buy(member, request);
  return await press(body.url, "pay");
}

/** A request to Stripe's API with the account's key. */
async function post(path: string, params: Record<string, string> = {}) {
  const headers = { authorization: `Bearer ${stack.stripeSecretKey}` };
  const body = new URLSearchParams(params);
  const response = await fetch(`${stack.stripe.url}/v1/${path}`, { method: "POST", headers, body });
  const answer = await response.json();
  assert.equal(response.status, 200, answer.error?.message);
  return answer;
}

/** Waits for the next second. Stamps are whole seconds, so a read in the same second may count as older. */
function nextSecond(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_001 - Date.now() % 1_000));
}

/** Runs while Stripe's events get lost. */
async function withoutWebhooks(test: () => Promise<void>): Promise<void> {
  webhooks.deliver = false;
  try {
    await test();
  } finally {
    webhooks.deliver = true;
  }
}

function session(address: string): Session {
  const found = store.find("checkout.session", sessionOf(address));
  assert.ok(found !== null);
  return found;
}

Deno.test("the module is open before the buyer returns", async () => {
  const ada = await newMember(stack);
  const back = await buyAndPay(ada, FOR_EVER);
  assert.equal(back, `${stack.apiUrl}/encours/?session_id=${sessionOf(back)}`);
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
  const { status, body } = await statusOf(ada, sessionOf(back));
  assert.equal(status, 200);
  assert.deepEqual([body.status, body.modules[0].slug, body.modules[0].status], [
    "paid",
    "stable-diffusion",
    "active",
  ]);
  await assertFolded(sql);
});

Deno.test("the buyer is written on every object, the module only on one-time purchases", async () => {
  const ada = await newMember(stack);
  const once = session(await buyAndPay(ada, FOR_EVER));
  const both = { user_id: ada.id, module_id: moduleId };
  assert.deepEqual([once.metadata, once.client_reference_id], [both, ada.id]);
  assert.deepEqual(store.find("payment_intent", once.payment_intent!)?.metadata, both);
  const plan = session(await buyAndPay(ada, MONTHLY));
  assert.deepEqual(plan.metadata, { user_id: ada.id });
  assert.deepEqual(store.find("subscription", plan.subscription!)?.metadata, { user_id: ada.id });
  assert.equal(plan.customer, once.customer);
  assert.deepEqual(store.find("customer", once.customer!)?.metadata, { user_id: ada.id });
});

Deno.test("a double click makes one session and one customer", async () => {
  const ada = await newMember(stack);
  const clicks = [1, 2, 3, 4].map(() => buy(ada, FOR_EVER));
  const urls = new Set((await Promise.all(clicks)).map(({ body }) => body.url));
  urls.add((await buy(ada, FOR_EVER)).body.url);
  assert.equal(urls.size, 1);
  const customers = store.all("customer").filter(({ metadata }) => metadata.user_id === ada.id);
  assert.equal(customers.length, 1);
});

Deno.test("an owned module is not sold again, and the answer says where it is", async () => {
  const ada = await newMember(stack);
  await buyAndPay(ada, FOR_EVER);
  const { status, body } = await buy(ada, { module: "stable-diffusion" });
  assert.deepEqual([status, body.code, body.url], [
    409,
    "already_owned",
    `${stack.apiUrl}/encours/`,
  ]);
  assert.deepEqual([body.modules[0].slug, body.modules[0].status], ["stable-diffusion", "active"]);
});

Deno.test("a free module is open at once, however often it is requested", async () => {
  const ada = await newMember(stack);
  for (let nth = 0; nth < 2; nth++) {
    const { body } = await buy(ada, { module: "playground" });
    assert.deepEqual(body, { url: `${stack.apiUrl}/encours/` });
  }
  assert.deepEqual(await openModules(ada), ["playground"]);
});

Deno.test("given several prices, the buyer must choose one of those that Stripe still sells", async () => {
  const ada = await newMember(stack);
  const { status, body } = await buy(ada, { module: "whisper" });
  assert.deepEqual([status, body.code], [409, "choose_price"]);
  assert.deepEqual(
    body.prices.map((
      { price, amount, interval }: Record<string, unknown>,
    ) => [price, amount, interval]),
    [["price_studio_monthly", 1_900, "month"], ["price_whisper_monthly", 900, "month"]],
  );
  const studio = store.find("price", "price_studio_monthly")!;
  studio.active = false;
  const chosen = session((await buy(ada, { module: "whisper" })).body.url);
  assert.equal(store.orders.get(chosen.id)?.lines[0]?.price.id, "price_whisper_monthly");
  assert.equal(await words(buy(ada, { module: "llama" })), "409 not_for_sale");
  studio.active = true;
});

Deno.test("two prices in two currencies are one choice, until one of them is subscribed to", async () => {
  const ada = await newMember(stack);
  for (const [price, module] of [["price_whisper_usd", "whisper"], ["price_llama_usd", "llama"]]) {
    stack.stripe.addPrice({ id: price!, amount: 900, interval: "month", product: module! });
    store.find("price", price!)!.currency = "usd";
    await sql`
      insert into public.module_prices (stripe_price_id, module_id)
      select ${price!}, id from public.modules where slug = ${module!}`;
  }
  const euros = session((await buy(ada, MONTHLY)).body.url);
  const dollars = await buy(ada, { price: "price_whisper_usd" });
  assert.deepEqual([dollars.status, session(dollars.body.url).currency], [200, "usd"]);
  assert.equal(euros.status, "expired");
  assert.equal((await buy(ada, MONTHLY)).status, 200, "and back again");

  await buyAndPay(ada, MONTHLY);
  assert.equal(await words(buy(ada, { price: "price_llama_usd" })), "409 other_currency");
  await sql`delete from public.module_prices where stripe_price_id like '%_usd'`;
});

Deno.test("a subscription opens, is not sold twice, and is ended in the portal", async () => {
  const ada = await newMember(stack);
  assert.equal(await words(ask(stack, ada, "/portal", {})), "404 no_customer");
  await buyAndPay(ada, { price: "price_studio_monthly" });
  assert.deepEqual(await openModules(ada), ["llama", "stable-diffusion", "whisper"]);
  assert.equal(await words(buy(ada, MONTHLY)), "409 already_owned");

  const { body } = await ask(stack, ada, "/portal", { return_url: `${stack.apiUrl}/account` });
  const page = await (await fetch(body.url)).text();
  assert.match(page, /Studio/);
  const [subscription] = store.all("subscription");
  await press(body.url, `now:${subscription?.id}`);
  assert.deepEqual(await openModules(ada), []);
});

/** A subscription paid by a stranger with this address; returns its customer at Stripe. */
async function subscribeAsGuest(email: string): Promise<string> {
  const { id, url } = await post("checkout/sessions", {
    mode: "subscription",
    "line_items[0][price]": "price_whisper_monthly",
    "line_items[0][quantity]": "1",
    success_url: stack.apiUrl,
    customer_email: email,
  });
  await press(url, "pay");
  return session(id).customer ?? "";
}

Deno.test("a stranger who subscribes with a member's address opens a module for the member, but no portal", async () => {
  const email = `${crypto.randomUUID()}@example.com`;
  const ada = await newMember(stack, email);
  const strangers = await subscribeAsGuest(email);
  assert.deepEqual(await openModules(ada), ["whisper"]);
  assert.equal(await words(ask(stack, ada, "/portal", {})), "404 no_customer");

  const own = session(await buyAndPay(ada, FOR_EVER)).customer;
  assert.notEqual(own, strangers);
  assert.deepEqual(store.find("customer", own!)?.metadata, { user_id: ada.id });
  const { body } = await ask(stack, ada, "/portal", {});
  assert.doesNotMatch(await (await fetch(body.url)).text(), /Whisper/);
});

Deno.test("a guest ends the subscription in the portal once the owner has named the customer", async () => {
  const email = `${crypto.randomUUID()}@example.com`;
  const customer = await subscribeAsGuest(email);
  const ada = await newMember(stack, email);
  assert.deepEqual(await openModules(ada), ["whisper"]);
  assert.equal(await words(ask(stack, ada, "/portal", {})), "404 no_customer");

  await post(`customers/${customer}`, { "metadata[user_id]": ada.id });
  await webhooks.delivered();
  const { body } = await ask(stack, ada, "/portal", {});
  const [subscription] = store.all("subscription");
  assert.equal(subscription?.customer, customer);
  await press(body.url, `now:${subscription.id}`);
  assert.deepEqual(await openModules(ada), []);
});

Deno.test("the terms of a price count, although the session also names the module", async () => {
  const ada = await newMember(stack);
  await buyAndPay(ada, { module: "stable-diffusion", price: "price_stable_diffusion_day" });
  const [row] = await sql`
    select round(extract(epoch from expires_at - now()) / 3600)::int as hours
    from public.module_access where user_id = ${ada.id}`;
  assert.equal(row?.hours, 24);
});

for (const request of [FOR_EVER, MONTHLY]) {
  Deno.test(`with a lost webhook for ${request.price}, the return page asks Stripe itself`, () =>
    withoutWebhooks(async () => {
      const ada = await newMember(stack);
      const back = await buyAndPay(ada, request);
      assert.deepEqual(await openModules(ada), []);
      const { body } = await statusOf(ada, sessionOf(back));
      assert.deepEqual([body.status, body.modules[0].status], ["paid", "active"]);
      assert.equal((await openModules(ada)).length, 1);
      await assertFolded(sql);
    }));

  Deno.test(`${request.price} is not sold twice after that`, () =>
    withoutWebhooks(async () => {
      const ada = await newMember(stack);
      await buyAndPay(ada, request);
      for (const return_url of [undefined, `${stack.apiUrl}/elsewhere`]) {
        assert.equal(await words(buy(ada, { ...request, return_url })), "409 already_owned");
      }
    }));
}

Deno.test("while a payment is processing it is not sold again, and after it failed it is", async () => {
  const ada = await newMember(stack);
  const { body: { url } } = await buy(ada, FOR_EVER);
  const back = await press(url, "later");
  assert.equal((await statusOf(ada, sessionOf(back))).body.status, "processing");
  assert.equal(await words(buy(ada, FOR_EVER)), "409 payment_pending");
  await press(url, "fails");
  assert.equal((await statusOf(ada, sessionOf(back))).body.status, "failed");
  const again = await buyAndPay(ada, FOR_EVER);
  assert.notEqual(sessionOf(again), sessionOf(url));
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
});

Deno.test("while the debit of a new subscription is processing no second one is sold", async () => {
  for (const isDelivered of [true, false]) {
    const ada = await newMember(stack);
    const { body: { url } } = await buy(ada, MONTHLY);
    webhooks.deliver = isDelivered;
    const back = await press(url, "later");
    assert.equal(await words(buy(ada, MONTHLY)), "409 payment_pending");
    webhooks.deliver = true;
    assert.equal((await statusOf(ada, sessionOf(back))).body.status, "processing");
    await press(url, "arrives");
    assert.deepEqual(await openModules(ada), ["whisper"]);
    assert.equal(await words(buy(ada, MONTHLY)), "409 already_owned");
  }
});

Deno.test("a failed or abandoned debit does not prevent a new subscription, webhook or not", async () => {
  for (const isDelivered of [true, false]) {
    for (const ending of ["fails", "void"] as const) {
      const ada = await newMember(stack);
      const { body: { url } } = await buy(ada, MONTHLY);
      await press(url, "later");
      assert.equal(await words(buy(ada, MONTHLY)), "409 payment_pending");
      webhooks.deliver = isDelivered;
      await nextSecond();
      if (ending === "fails") await press(url, "fails");
      else await post(`invoices/${session(url).invoice}/void`);
      assert.equal((await buy(ada, MONTHLY)).status, 200, `${ending}, heard of: ${isDelivered}`);
      webhooks.deliver = true;
      assert.equal((await statusOf(ada, sessionOf(url))).body.status, "failed");
    }
  }
});

Deno.test("an incomplete subscription blocks a sale while its payment is processing", async () => {
  const ada = await newMember(stack);
  const customer = await post("customers", {
    "invoice_settings[default_payment_method]": "pm_card_chargeCustomerFail",
  });
  await post("subscriptions", {
    customer: customer.id,
    "items[0][price]": "price_whisper_monthly",
    "metadata[user_id]": ada.id,
  });
  await webhooks.delivered();
  assert.equal((await accessOf(sql, ada.id)).join(), "whisper closed pending_payment");
  assert.equal((await buy(ada, MONTHLY)).status, 200, "a declined card can be replaced");

  const [payment] = store.all("payment_intent");
  assert.equal(payment?.status, "requires_payment_method");
  payment.status = "processing"; // no event links this payment to its buyer
  await nextSecond();
  assert.equal(await words(buy(ada, MONTHLY)), "409 payment_pending");
  payment.status = "requires_payment_method";
  await nextSecond();
  assert.equal((await buy(ada, MONTHLY)).status, 200);
});

Deno.test("a session that is still open says so, and a declined card changes nothing", async () => {
  const ada = await newMember(stack);
  const { body: { url } } = await buy(ada, FOR_EVER);
  assert.deepEqual((await statusOf(ada, sessionOf(url))).body, { status: "open", modules: [] });
  await press(url, "decline");
  assert.equal((await statusOf(ada, sessionOf(url))).body.status, "open");
  assert.equal(await press(url, "cancel"), `${stack.apiUrl}/encours/`);
  assert.equal((await buy(ada, FOR_EVER)).body.url, url);
});

Deno.test("a finished session is never returned again, webhook or not", async () => {
  for (const isDelivered of [true, false]) {
    const ada = await newMember(stack);
    const { body: first } = await buy(ada, FOR_EVER);
    webhooks.deliver = isDelivered;
    stack.stripe.store.find("checkout.session", sessionOf(first.url))!.expires_at = 0;
    await fetch(first.url).then((page) => page.body?.cancel());
    webhooks.deliver = true;
    const { body: second } = await buy(ada, FOR_EVER);
    assert.notEqual(second.url, first.url);
    assert.equal(session(second.url).status, "open");
    assert.equal((await statusOf(ada, sessionOf(first.url))).body.status, "expired");
  }
});

Deno.test("another page gets another session, and the first can no longer be paid", async () => {
  const ada = await newMember(stack);
  const { body: first } = await buy(ada, FOR_EVER);
  const { body: second } = await buy(ada, { ...FOR_EVER, return_url: `${stack.apiUrl}/shop` });
  const states = [first, second].map(({ url }) => session(url).status);
  assert.deepEqual(states, ["expired", "open"]);
});

Deno.test("two prices of one module in two tabs: only one of them can be paid", async () => {
  const ada = await newMember(stack);
  const first = session((await buy(ada, MONTHLY)).body.url);
  const second = session((await buy(ada, { price: "price_studio_monthly" })).body.url);
  assert.deepEqual([first.status, second.status], ["expired", "open"]);
});

Deno.test("tabs that buy at the same instant never leave two open sessions", async () => {
  for (const pages of [["/a", "/b"], ["/a", "/b"], ["/a", "/b"], ["/a", "/b", "/c"]]) {
    const ada = await newMember(stack);
    const open = () =>
      store.all("checkout.session")
        .filter(({ metadata, status }) => metadata.user_id === ada.id && status === "open")
        .map(({ url }) => url);
    const requests = pages.map((page) => ({ ...FOR_EVER, return_url: stack.apiUrl + page }));
    await Promise.all(requests.map((request) => buy(ada, request)));
    assert.ok(open().length <= 1);
    const { body } = await buy(ada, FOR_EVER);
    assert.deepEqual(open(), [body.url]);
  }
});

Deno.test("a customer deleted at Stripe is replaced, without an event", async () => {
  const ada = await newMember(stack);
  const { customer } = session((await buy(ada, FOR_EVER)).body.url);
  await withoutWebhooks(async () => {
    const headers = { authorization: `Bearer ${stack.stripeSecretKey}` };
    const url = `${stack.stripe.url}/v1/customers/${customer}`;
    assert.equal((await fetch(url, { method: "DELETE", headers })).status, 200);
    assert.equal(await words(ask(stack, ada, "/portal", {})), "404 no_customer");
    const { body } = await buy(ada, MONTHLY);
    assert.notEqual(session(body.url).customer, customer);
  });
});

Deno.test("a forged return URL is refused in every request", async () => {
  const ada = await newMember(stack);
  for (const return_url of ["https://evil.example/", "//evil.example", "javascript:alert(1)"]) {
    assert.equal(await words(buy(ada, { ...FOR_EVER, return_url })), "400 invalid_request");
    assert.equal(
      await words(ask(stack, ada, "/portal", { return_url })),
      "400 invalid_request",
    );
  }
  assert.deepEqual(store.all("customer").filter(({ metadata }) => metadata.user_id === ada.id), []);
});

Deno.test("another user's session id answers exactly as an unknown one", async () => {
  const ada = await newMember(stack);
  const paid = sessionOf(await buyAndPay(ada, FOR_EVER));
  const open = sessionOf((await buy(ada, MONTHLY)).body.url);
  const unknown = await statusOf(bob, newSessionId());
  assert.deepEqual([unknown.status, unknown.body.code], [404, "no_such_session"]);
  for (const id of [paid, open, "", "cs_", "pi_1", "cs_1'--", "cs_test_\0"]) {
    assert.deepEqual(await statusOf(bob, id), unknown, id);
  }
  await withoutWebhooks(async () => {
    const lost = sessionOf(await buyAndPay(ada, MONTHLY));
    assert.deepEqual(await statusOf(bob, lost), unknown);
    assert.deepEqual(await accessOf(sql, bob.id), []);
  });
  const byGet = await ask(stack, bob, `/status?session_id=${paid}`);
  assert.deepEqual(byGet, unknown);
});

Deno.test("a client_reference_id that names another user opens and reveals nothing to them", async () => {
  const { id, url } = await post("checkout/sessions", {
    mode: "payment",
    "line_items[0][price]": "price_stable_diffusion",
    "line_items[0][quantity]": "1",
    success_url: stack.apiUrl,
    client_reference_id: bob.id,
  });
  assert.equal(await words(statusOf(bob, id)), "404 no_such_session");
  await press(url, "pay");
  assert.equal(await words(statusOf(bob, id)), "404 no_such_session");
  assert.deepEqual(await accessOf(sql, bob.id), []);
});

Deno.test("a denied module is not sold", async () => {
  const ada = await newMember(stack);
  await sql`select public.revoke_module_access(${ada.id}, 'llama', 'olga', 'abuse', true)`;
  assert.equal(await words(buy(ada, { module: "llama" })), "403 denied");
});

Deno.test("an unknown module and a request without sign-in each get their code", async () => {
  assert.equal(await words(buy(bob, { module: "nothing" })), "404 no_such_module");
  assert.equal(await words(buy(bob, { price: "price_nothing" })), "404 no_such_price");
  assert.equal(await words(buy(bob, { price: ["price_1"] })), "404 no_such_price");
  assert.equal(await words(buy(bob, { module: "\0" })), "404 no_such_module");
  assert.equal(await words(buy(bob, {})), "400 invalid_request");
  for (const path of ["", "/portal", "/status"]) {
    assert.equal(await words(ask(stack, anon, path, {})), "401 not_signed_in");
  }
});

Deno.test("the portal needs no body, and a page of another origin may ask", async () => {
  const ada = await newMember(stack);
  await buyAndPay(ada, FOR_EVER);
  const response = await fetch(`${stack.functionsUrl}/checkout/portal`, {
    method: "POST",
    headers: { ...ada.headers, origin: "https://example.com" },
  });
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.match((await response.json()).url, /\/p\/session\//);
});

Deno.test("when Stripe does not answer nothing is sold twice", async () => {
  const ada = await newMember(stack);
  await withoutWebhooks(async () => {
    await buyAndPay(ada, FOR_EVER);
  });
  await stack.stripe.stop();
  assert.equal(await words(buy(ada, FOR_EVER)), "503 unavailable");
});

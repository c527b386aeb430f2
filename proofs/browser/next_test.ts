/** `examples/next`, a small old site: its pages for members, and its addresses for other callers. */

import assert from "node:assert/strict";
import type { BrowserContextOptions, Page } from "playwright-core";
import { until } from "../../local/testing.ts";
import { inWords, send, sendText } from "../e2e/delivery.ts";
import { newMember, openModules, openStage } from "../e2e/stage.ts";
import {
  checkoutSessionCompleted,
  deliver,
  newPurchase,
  seconds,
  sign,
} from "../../stripe/events.ts";
import { openBrowser, visit, type Visitor } from "./browser.ts";
import { cardOf, enter, isSamePage, markPage, newAddress, PASSWORD, stateOf } from "./encours.ts";
import { assertAccessible, screens } from "./screenshots.ts";
import { buildSite, freePort, NEXT, startSite } from "./next_site.ts";
import { speakRealtime } from "./realtime.ts";

/** The secret of the address at which tokens are ordered. */
const SECRET = "open sesame, but long enough to be no guess";

const port = freePort();
const browser = await openBrowser();
const stage = await openStage({ env: { SITE_URL: `http://localhost:${port}/encours` } });
const { stack, sql } = stage;
const envFile = await buildSite(stack);
const site = await startSite(envFile, port, { MODULE_TOKEN_WEBHOOK_SECRET: SECRET });

// As before the move: Stripe knows only the site's own address.
for (const endpoint of stack.stripe.store.all("webhook_endpoint")) {
  endpoint.url = `${site.url}/api/webhooks/stripe`;
}

/** Each page is rendered by a server on a machine that may be busy. */
async function visitSite(options?: BrowserContextOptions): Promise<Visitor> {
  const visitor = await visit(browser, options);
  visitor.page.context().setDefaultTimeout(20_000);
  return visitor;
}

async function signUp(page: Page, email = newAddress()): Promise<string> {
  await page.goto(`${site.url}/encours`);
  await enter(page, email, PASSWORD, "up");
  await cardOf(page, "whisper").waitFor();
  const [user] = await sql`select id from auth.users where email = ${email}`;
  return user?.id;
}

/** Goes from a module's page to the payment page. */
async function goToCheckout(page: Page, slug: string, price?: string): Promise<void> {
  await page.goto(`${site.url}/modules/${slug}`);
  await page.locator("[data-action=buy]").click();
  if (price !== undefined) await page.getByRole("button", { name: price }).click();
  await page.waitForURL(/\/c\/pay\//);
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

Deno.test("a payment opens the module on /encours and on its own page without a reload, and a refund closes it", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  await signUp(page);
  await markPage(page);
  const modulePage = await page.context().newPage();
  await modulePage.goto(`${site.url}/modules/stable-diffusion`);
  await modulePage.locator("[data-action=buy]").waitFor();
  assert.equal(await modulePage.locator(".content").count(), 0);
  await markPage(modulePage);

  const shop = await page.context().newPage();
  await goToCheckout(shop, "stable-diffusion", "StableDiffusion (no end date)");
  const checkout = shop.url();
  await press(shop, "Pay");
  await shop.getByRole("status").filter({ hasText: "Thank you. We received your payment." })
    .waitFor();
  assert.equal(shop.url(), `${site.url}/encours`, "a reload has nothing to ask again");
  await cardOf(shop, "stable-diffusion", "active").waitFor();

  await cardOf(page, "stable-diffusion", "active").waitFor({ timeout: 35_000 });
  assert.equal(await stateOf(page, "stable-diffusion"), "Yours forever.");
  assert.equal(await isSamePage(page), true);
  await modulePage.locator(".content").waitFor({ timeout: 35_000 });
  assert.equal(await isSamePage(modulePage), true);
  await visitor.keep("next_encours");

  await shop.goto(checkout);
  await press(shop, "Give the money back");
  await shop.getByText("The money has gone back").waitFor();
  await modulePage.locator("[data-action=buy]").waitFor({ timeout: 35_000 });
  assert.equal(await modulePage.locator(".content").count(), 0);
  assert.equal(await isSamePage(modulePage), true);
  await cardOf(page, "stable-diffusion", "closed").waitFor({ timeout: 35_000 });
  assert.deepEqual(visitor.errors, []);
});

Deno.test("with Realtime a change shows at once on any page, on the member's own channel", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  await page.clock.install();
  const joining = speakRealtime(page);
  const userId = await signUp(page);
  const { topic, isPrivate, announce } = await joining;
  assert.deepEqual([topic, isPrivate], [`realtime:user:${userId}`, true]);

  await page.getByRole("link", { name: "Buy – Llama" }).click();
  await page.locator("[data-action=buy]").waitFor();
  await page.clock.pauseAt(Date.now() + 10_000); // from here on the page does not look by itself
  await sql`select public.grant_module_access(${userId}, 'llama', 'olga', 'a gift')`;
  announce("access_changed");
  await page.locator(".content").waitFor();
});

Deno.test("a module's content goes to members with access only, and so does the page's data", async () => {
  const content = "Only members with access to Llama see this part of the page.";
  async function sees(cookie: string): Promise<boolean[]> {
    const answers = [{}, { rsc: "1" }, { rsc: "1", "next-router-prefetch": "1" }].map(
      (headers) => fetch(`${site.url}/modules/llama`, { headers: { cookie, ...headers } }),
    );
    const texts = await Promise.all(answers.map(async (answer) => (await answer).text()));
    return texts.slice(0, 2).map((text) => text.includes(content));
  }
  await using visitor = await visitSite();
  const { page } = visitor;
  const userId = await signUp(page);
  const cookies = await page.context().cookies(site.url);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  assert.deepEqual(await sees(""), [false, false], "a stranger");
  assert.deepEqual(await sees(cookie), [false, false], "a member without access");
  await sql`select public.grant_module_access(${userId}, 'llama', 'olga', 'a gift')`;
  assert.deepEqual(await sees(cookie), [true, true], "a member with access");
  const [[name, value = ""] = [""]] = cookies.map(({ name, value }) => [name, value]);
  const forged = `${name}=${value.slice(0, -40)}${"A".repeat(40)}`;
  assert.deepEqual(await sees(forged), [false, false], "a forged session");
});

Deno.test("an expired session is renewed before the page is rendered, and no cache may keep the answer", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  await signUp(page);
  const [cookie] = await page.context().cookies(site.url);
  if (cookie === undefined) throw new Error("the session lies in no cookie");
  const session = JSON.parse(atob(cookie.value.replace("base64-", "")));
  const stale = btoa(JSON.stringify({ ...session, expires_at: 1_000_000_000 }));
  await page.goto("about:blank"); // so that no script renews it
  await page.context().addCookies([{ ...cookie, value: `base64-${stale}` }]);

  const response = await page.goto(`${site.url}/encours`);
  await cardOf(page, "whisper").waitFor();
  const { "set-cookie": renewed = "", "cache-control": caching } = await response?.allHeaders() ??
    {};
  assert.match(renewed, /^sb-/);
  assert.match(caching ?? "", /no-store/);
});

Deno.test("signing out in one tab signs out all tabs, and the next member sees their own modules", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  const userId = await signUp(page);
  await sql`select public.grant_module_access(${userId}, 'llama', 'olga', 'a gift')`;
  const other = await page.context().newPage();
  await other.goto(`${site.url}/modules/llama`);
  await other.locator(".content").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#email").waitFor();
  await other.locator("#email").waitFor();
  assert.equal(await other.locator(".content").count(), 0);

  await enter(page, newAddress(), PASSWORD, "up");
  await cardOf(page, "llama", "none").waitFor();
  await other.locator("[data-action=buy]").waitFor();
  assert.deepEqual(visitor.errors, []);
});

Deno.test("a form submitted before its script has loaded sends no password", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  const sent: string[] = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  const arrived = Promise.withResolvers<void>();
  await page.route("**/_next/static/**/*.js", async (route) => {
    await arrived.promise;
    await route.continue();
  });
  await page.goto(`${site.url}/encours`, { waitUntil: "commit" });
  await page.locator("#email").fill("ada@example.com");
  await page.locator("#password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("button[value=in]").isDisabled(), true);
  assert.deepEqual(sent, []);

  arrived.resolve();
  await page.locator("button[value=in]:enabled").waitFor();
  await enter(page, "ada@example.com", PASSWORD, "in");
  await cardOf(page, "whisper").waitFor();
});

Deno.test("a free module is claimed on its page, and opens there", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  await signUp(page);
  await page.getByRole("link", { name: "Get it for free – Playground" }).click();
  await page.locator("[data-action=claim]").click();
  await page.locator(".content").waitFor();
});

Deno.test("a subscription opens all of its modules, and can be managed from the page of each", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  await signUp(page);
  await goToCheckout(page, "llama");
  await press(page, "Pay");
  await cardOf(page, "whisper", "active").waitFor();
  await page.getByRole("link", { name: "Open – Whisper" }).click();
  await page.locator(".content").waitFor();
  await page.getByText("Open with your subscription, at least until").waitFor();
  await page.locator("[data-action=manage]").click();
  await page.waitForURL(/\/p\/session\//);
  assert.deepEqual(visitor.errors, []);
});

Deno.test("a buyer who cancels on the payment page owes nothing, and a double click makes one session", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  const userId = await signUp(page);
  await page.goto(`${site.url}/modules/llama`);
  await page.locator("[data-action=buy]").dblclick();
  await page.waitForURL(/\/c\/pay\//);
  await press(page, "Cancel");
  await cardOf(page, "llama", "none").waitFor();
  const sessions = await sql`select id from sesame.checkout_sessions where user_ref = ${userId}`;
  assert.equal(sessions.length, 1);
});

Deno.test("a payment that arrives days later shows within seconds on an open page", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  await signUp(page);
  await goToCheckout(page, "stable-diffusion", "for 1 day");
  const checkout = page.url();
  await press(page, "Pay by bank debit (days later)");
  await page.getByRole("status").filter({ hasText: "This page updates automatically" }).waitFor();
  await cardOf(page, "stable-diffusion", "pending").waitFor();

  const bank = await page.context().newPage();
  await bank.goto(checkout);
  await press(bank, "It arrives");
  await bank.getByText("This session is paid").waitFor();
  await cardOf(page, "stable-diffusion", "active").waitFor({ timeout: 5_000 });
});

Deno.test("a link with another user's session signs no one in", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  const { data } = await (await newMember(stack)).client.auth.getSession();
  const { access_token = "", refresh_token = "" } = data.session ?? {};
  const session = { access_token, refresh_token, expires_in: "3600", token_type: "bearer" };
  await page.goto(`${site.url}/encours#${new URLSearchParams(session)}`);
  await page.locator("button[value=in]:enabled").waitFor();
  await page.waitForTimeout(1_000); // long enough for a session to start
  assert.equal(await page.locator("[data-module]").count(), 0);
  assert.deepEqual(await page.context().cookies(site.url), []);
});

Deno.test("another member's session id reveals nothing, and a wrong password gets a message", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  await page.goto(`${site.url}/encours?session_id=cs_test_of_somebody_else`);
  await enter(page, "ada@example.com", "wrong", "in");
  await page.getByRole("alert").filter({ hasText: "Wrong e-mail address or password" }).waitFor();
  await enter(page, "ada@example.com", PASSWORD, "in");
  await page.getByRole("alert").filter({ hasText: "We cannot find this payment in your account." })
    .waitFor();
  assert.equal(page.url(), `${site.url}/encours`);
});

Deno.test("a page has a message for a database that is down, and for an unknown address", async () => {
  await using visitor = await visitSite();
  const { page } = visitor;
  const missing = await page.goto(`${site.url}/modules/nothing`);
  assert.equal(missing?.status(), 404);
  await page.getByRole("heading", { name: "This page does not exist." }).waitFor();

  await stack.postgres.pause();
  try {
    await page.goto(`${site.url}/modules/llama`);
    await page.getByText("Please try again in a moment.").waitFor({ timeout: 20_000 });
  } finally {
    await stack.postgres.resume();
  }
});

const WIDE = { name: "wide", locale: "en-GB", viewport: { width: 1280, height: 860 } };

for (const { name, ...screen } of [WIDE, ...screens(860).slice(1)]) {
  Deno.test(`axe finds nothing serious on any page of the site, and everything fits: ${name}`, async () => {
    await using visitor = await visitSite(screen);
    const { page } = visitor;
    await page.goto(`${site.url}/modules/llama`);
    await page.locator("#email").waitFor();
    await assertAccessible(page, "signed out");
    const userId = await signUp(page);
    await sql`select public.grant_module_access(
      ${userId}, 'llama', 'olga', 'a trial', '2031-03-12T12:00:00Z')`;
    await page.reload();
    await cardOf(page, "llama", "active").waitFor();
    await assertAccessible(page, "the list");
    await visitor.keep(`next_list_${name}`);

    await page.goto(`${site.url}/modules/stable-diffusion`);
    await page.locator("[data-action=buy]").click();
    await page.locator(".choices").waitFor();
    await assertAccessible(page, "several prices");
    await visitor.keep(`next_prices_${name}`);
    await page.goto(`${site.url}/modules/llama`);
    await page.locator(".content").waitFor();
    await assertAccessible(page, "an open module");
    await visitor.keep(`next_open_${name}`);
  });
}

Deno.test("the site speaks French to a French browser", async () => {
  await using visitor = await visitSite({ locale: "fr-FR" });
  const { page } = visitor;
  await signUp(page);
  assert.equal(await page.title(), "Mes modules");
  assert.equal(await page.evaluate("document.documentElement.lang"), "fr-FR");
  await page.getByRole("link", { name: "Obtenir gratuitement – Playground" }).click();
  await page.getByText("Ce module s’ouvrira ici automatiquement").waitFor();
});

// The addresses that others call.

const webhook = `${site.url}/api/webhooks/stripe`;
const tokens = `${site.url}/api/generate-module-token-webhook`;

/** A member and a sale to them. */
async function newSale() {
  const member = await newMember(stack);
  const purchase = newPurchase({ userId: member.id, moduleId: stage.moduleId });
  return { member, event: checkoutSessionCompleted(purchase) };
}

Deno.test("the old webhook address accepts a body signed by Stripe, byte by byte, and applies it once", async () => {
  const { member, event } = await newSale();
  // In a format that JSON.stringify does not produce: changed bytes would have another signature.
  const body = `\r\n${JSON.stringify(event, null, 3)}  \n`.replace('"object"', '\t"object" ');
  assert.equal(await sendText(webhook, stack.webhookSecret, body), "200 applied");
  assert.equal(await sendText(webhook, stack.webhookSecret, body), "200 duplicate");
  assert.deepEqual(await openModules(member), ["stable-diffusion"]);
});

Deno.test("the old webhook address refuses a body that Stripe did not sign", async () => {
  const { member, event } = await newSale();
  const body = JSON.stringify(event);
  const post = async (headers: Record<string, string>) =>
    await inWords(await fetch(webhook, { method: "POST", headers, body }));
  assert.equal(await sendText(webhook, "whsec_guessed", body), "400 bad_signature");
  assert.equal(await post({}), "400 unsigned");
  const old = await sign(body, stack.webhookSecret, seconds() - 3_600);
  assert.equal(await post({ "stripe-signature": old }), "400 bad_signature");
  const other = await sign(`${body} `, stack.webhookSecret);
  assert.equal(await post({ "stripe-signature": other }), "400 bad_signature");
  assert.equal(await sendText(webhook, stack.webhookSecret, "{"), "400 not_json");
  assert.deepEqual(await openModules(member), []);

  const { status } = await fetch(webhook);
  assert.equal(status, 405);
});

Deno.test("the old webhook address accepts bodies up to the function's limit", async () => {
  const { event } = await newSale();
  const padded = (bytes: number) => {
    const text = JSON.stringify(event);
    return text + " ".repeat(bytes - text.length);
  };
  assert.equal(await sendText(webhook, stack.webhookSecret, padded(1_048_576)), "200 applied");
  for (const bytes of [1_048_577, 6_000_000]) {
    assert.equal(
      await sendText(webhook, stack.webhookSecret, padded(bytes)),
      "413 body_too_large",
      `${bytes}`,
    );
  }
});

Deno.test("a body that arrives too slowly is cut off, and the site serves other requests meanwhile", async () => {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `POST /api/webhooks/stripe HTTP/1.1\r\nhost: localhost\r\n` +
    `stripe-signature: t=1\r\ncontent-length: 100\r\n\r\n{`;
  await connection.write(new TextEncoder().encode(head));
  const { event } = await newSale();
  assert.equal(await send(webhook, stack.webhookSecret, event), "200 applied");
  const answer = new Uint8Array(1_000);
  const length = await connection.read(answer);
  assert.match(new TextDecoder().decode(answer.subarray(0, length ?? 0)), /^HTTP\/1\.1 408 /);
});

Deno.test("while the database is down Stripe gets a 503, and the retried event is applied", async () => {
  const { member, event } = await newSale();
  await stack.postgres.pause();
  try {
    const response = await deliver(webhook, stack.webhookSecret, event);
    assert.match(response.headers.get("retry-after") ?? "", /^\d+$/);
    assert.equal(await inWords(response), "503 unavailable");
  } finally {
    await stack.postgres.resume();
  }
  await until(async () => /^200 /.test(await send(webhook, stack.webhookSecret, event)), 20);
  assert.deepEqual(await openModules(member), ["stable-diffusion"]);
});

/** The body of the old guide. */
function guideOrder(userId: string) {
  return {
    moduleId: "1",
    userId,
    paymentId: "test-payment",
    accessLevel: "premium",
    expirationHours: 72,
    maxUsage: 100,
  };
}

async function order(body: unknown, secret: string, at = tokens): Promise<Response> {
  return await fetch(at, {
    method: "POST",
    headers: { "content-type": "application/json", "x-webhook-secret": secret },
    body: JSON.stringify(body),
  });
}

Deno.test("the old token address takes the body of the old guide, and answers a valid token", async () => {
  const member = await newMember(stack);
  const response = await order(guideOrder(member.id), SECRET);
  const { token, access_level, max_usage } = await response.json();
  assert.deepEqual([response.status, access_level, max_usage], [200, "premium", 100]);
  assert.equal(response.headers.get("cache-control"), "no-store");

  const verified = await fetch(`${stack.functionsUrl}/module-token/verify`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, module: "stable-diffusion" }),
  });
  const { active, user_id } = await verified.json();
  assert.deepEqual([active, user_id], [true, member.id]);
  assert.deepEqual(await openModules(member), ["stable-diffusion"]);
});

Deno.test("the old token address mints nothing for a caller without its secret", async () => {
  const member = await newMember(stack);
  const body = guideOrder(member.id);
  for (const secret of ["", "guessed", SECRET.slice(0, -1), `${SECRET}x`]) {
    assert.equal(await inWords(await order(body, secret)), "401 webhook_secret_needed", secret);
  }
  const headers = { ...member.headers, "content-type": "application/json" };
  const asMember = await fetch(tokens, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(await inWords(asMember), "401 webhook_secret_needed", "a member's own session");
  assert.deepEqual(await openModules(member), []);
});

Deno.test("a site without a secret for its token address mints nothing, and names what is missing", async () => {
  for (const secret of [undefined, "", "short"]) {
    const env = secret === undefined ? {} : { MODULE_TOKEN_WEBHOOK_SECRET: secret };
    const bare = await startSite(envFile, freePort(), env);
    const at = `${bare.url}/api/generate-module-token-webhook`;
    const response = await order(guideOrder(stage.ada.id), secret ?? "", at);
    assert.equal(response.status, 503);
    assert.match((await response.json()).title, /^Set MODULE_TOKEN_WEBHOOK_SECRET /);
  }
});

Deno.test("no script that the site sends to browsers contains a secret", async () => {
  const { stdout } = await new Deno.Command("grep", {
    args: ["-rlE", `${stack.secretKey}|SUPABASE_SECRET_KEY|${SECRET}`, `${NEXT}.next/static`],
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "");
  const known = await new Deno.Command("grep", {
    args: ["-rlE", stack.publishableKey, `${NEXT}.next/static`],
  }).output();
  assert.notEqual(new TextDecoder().decode(known.stdout), "", "where one may be, it is found");
});

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { until } from "../../local/testing.ts";
import { send } from "../e2e/delivery.ts";
import { openModules, openStage } from "../e2e/stage.ts";
import { checkoutSessionCompleted, newPurchase } from "../../stripe/events.ts";
import { openBrowser, visit } from "./browser.ts";
import { assertAccessible, screens } from "./screenshots.ts";

const browser = await openBrowser();
const stage = await openStage();
const { stack, sql, ada, moduleId } = stage;
const address = `${stack.apiUrl}/operator`;

async function enter(page: Page, key = stack.secretKey): Promise<void> {
  await page.goto(address);
  await page.locator("#key").fill(key);
  await page.locator(".key button").click();
}

let delivered = 0;

async function deliver(event: ReturnType<typeof checkoutSessionCompleted>): Promise<string> {
  delivered++;
  return await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
}

/** An event that failed half an hour ago. It cannot be applied until the cause is removed. */
async function failedEvent(): Promise<string> {
  const event = checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId }));
  await sql`alter table sesame.checkout_sessions add constraint broken check (false) not valid`;
  assert.equal(await deliver(event), "500 event_failed");
  await sql`update sesame.stripe_events set received_at = now() - interval '30 minutes' where id = ${event.id}`;
  await sql`select public.sesame_refresh_alerts()`;
  await sql`update sesame.alerts set first_seen = first_seen - interval '30 minutes'`;
  return event.id;
}

/** Waits for the function's counts, which it writes some seconds after the deliveries. */
async function areCounted(): Promise<boolean> {
  const [row] = await sql`select coalesce(sum(calls), 0)::integer as calls from sesame.deliveries`;
  return row?.calls === delivered;
}

async function freeTheWay(): Promise<void> {
  await sql`alter table sesame.checkout_sessions drop constraint if exists broken`;
}

function alertAbout(page: Page, about: string) {
  return page.locator(`[data-about="${about}"]`);
}

Deno.test("only the secret key opens the page, and it stays in the tab", async () => {
  await using visitor = await visit(browser);
  const { page, errors } = visitor;
  for (const wrong of ["hunter2", stack.publishableKey]) {
    await enter(page, wrong);
    await page.getByText("This is not the secret key of this project.").waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
  }
  await enter(page);
  await page.getByText("All is well").waitFor();
  await page.reload();
  await page.getByText("All is well").waitFor();
  assert.equal(await page.evaluate("localStorage.length + document.cookie.length"), 0);
  assert.doesNotMatch(page.url(), /sb_secret/);

  await page.getByRole("button", { name: "Forget the key" }).click();
  await page.locator("#key").waitFor();
  assert.equal(await page.evaluate("sessionStorage.length"), 0);
  assert.deepEqual(errors, []);
});

Deno.test("a failed event is shown, and after a replay from the page its customer has the module", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const id = await failedEvent();
  await enter(page);
  await page.locator("#status[data-state=troubled]").waitFor();
  const alert = alertAbout(page, id);
  await alert.getByText("The event arrived, and nothing opened.").waitFor();

  await alert.locator("[data-action=replay]").click();
  await page.getByText("It still fails: 23514.").waitFor();
  await freeTheWay();
  await alert.locator("[data-action=replay]").click();
  await page.getByText(`${id} is applied.`).waitFor();
  await alert.waitFor({ state: "detached" });
  await page.locator("#status[data-state=well]").waitFor();
  assert.deepEqual(await openModules(ada), ["stable-diffusion"]);
});

Deno.test("the charts show the figures, also to screen readers", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await deliver(checkoutSessionCompleted(newPurchase({ userId: crypto.randomUUID(), moduleId })));
  await enter(page);
  const charts = page.getByRole("img");
  const labels = async () =>
    await Promise.all([0, 1].map((place) => charts.nth(place).getAttribute("aria-label")));
  await charts.first().waitFor();
  const [{ events } = { events: 0 }] =
    await sql`select count(*)::integer as events from sesame.stripe_events`;
  const [{ opened } = { opened: 0 }] = await sql`
    select count(*)::integer as opened from sesame.access_log where is_active`;
  assert.deepEqual(await labels(), [
    `In 24 hours ${events} events were applied and 0 failed.`,
    `In 30 days ${opened} accesses were opened or changed and 0 closed.`,
  ]);
  const height = await charts.last().locator("rect.good").last().evaluate((bar) =>
    bar.getBoundingClientRect().height
  );
  assert.ok(height > 20, `today's bar is ${height} high`);
});

Deno.test("given a wrong secret, the page shows the success rate, the refusals and what to set", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await until(areCounted, 15);
  await sql`delete from sesame.deliveries`;
  await sql`
    select public.sesame_record_figures(${
    sql.json({
      deliveries: [
        { kind: "accepted", calls: 1 },
        { kind: "no_match", cause: "wrong_secret", calls: 3 },
        { kind: "unsigned", calls: 7 },
      ],
    })
  })`;
  await sql`select public.sesame_refresh_alerts()`;
  await sql`
    update sesame.alerts set first_seen = first_seen - interval '30 minutes'
    where kind = 'webhook_refused_secret'`;
  await enter(page);
  await page.getByText("Deliveries that Stripe signed are refused").waitFor();
  const tile = page.locator(".tile.bad", { hasText: "webhook success rate" });
  assert.equal(await tile.locator("dd").textContent(), "25%");
  assert.deepEqual(await page.locator(".refusals li").allTextContents(), [
    "3 with a signature that matches no secret · probably another secret than STRIPE_WEBHOOK_SECRET",
    "7 without a signature: not from Stripe",
  ]);
  const alert = page.locator("[data-kind=webhook_refused_secret]");
  await alert.getByText("Copy the endpoint's signing secret").waitFor();
  await sql`delete from sesame.deliveries`;
  await sql`select public.sesame_refresh_alerts()`;
});

Deno.test("the answer for a customer who lacks a module names each link and the fix", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await enter(page);
  await page.locator("#who").fill("bob@example.com");
  await page.locator("#module").fill("whisper");
  await page.getByRole("button", { name: "Why?" }).click();
  await page.locator("#answer .verdict").waitFor();
  assert.equal(await page.locator("#answer .chain li").count(), 10);
  assert.ok(await page.locator("#answer .chain .broken").count() > 0);
  await page.locator("#answer").getByText("Fix.").waitFor();

  const [session] = await sql`select id from sesame.checkout_sessions where user_ref = ${ada.id}`;
  for (const reference of [session?.id, ada.id]) {
    await page.locator("#who").fill(reference);
    await page.locator("#module").fill(reference === ada.id ? "" : "whisper");
    await page.getByRole("button", { name: "Why?" }).click();
    await page.locator("#answer").getByText("It is open.").waitFor();
  }
  await page.locator("#who").fill("whisper");
  await page.locator("#module").fill("");
  await page.getByRole("button", { name: "Why?" }).click();
  await page.locator("#answer").getByText("No customer lacks it.").waitFor();
});

Deno.test("a slow answer does not replace a newer one", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const id = await failedEvent();
  await enter(page);
  await alertAbout(page, id).waitFor();
  let answerLate = () => {};
  const isLate = new Promise<void>((resolve) => answerLate = resolve);
  await page.route("**/health/explain", async (route) => {
    if (route.request().postData()?.includes("whisper")) await isLate;
    await route.continue();
  });
  await page.locator("#who").fill("whisper");
  await page.getByRole("button", { name: "Why?" }).click();
  await alertAbout(page, id).locator("[data-action=explain]").click();
  const verdict = page.locator("#answer .verdict");
  await verdict.waitFor();
  const late = page.waitForResponse((answer) =>
    answer.request().postData()?.includes("whisper") ?? false
  );
  answerLate();
  await (await late).finished();
  await page.waitForTimeout(100);
  assert.equal(await verdict.count(), 1);
  assert.equal(await page.getByText("No customer lacks it.").count(), 0);

  await freeTheWay();
  await alertAbout(page, id).locator("[data-action=replay]").click();
  await alertAbout(page, id).waitFor({ state: "detached" });
});

Deno.test("an alert is dismissed with a name and a reason", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const purchase = newPurchase({ userId: ada.id, moduleId: "atlantis" });
  await deliver(checkoutSessionCompleted(purchase));
  await enter(page);
  const alert = page.locator("[data-kind=module_unknown]");
  await page.getByText("One alert needs your attention").waitFor();
  await alert.locator("[data-action=dismiss]").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await alert.locator("[data-action=dismiss]").click();
  await assertAccessible(page, "dialog");
  await dialog.locator("#actor").fill("olga");
  await dialog.locator("#why").fill("a test of ours");
  await dialog.getByRole("button", { name: "Dismiss" }).click();
  await alert.waitFor({ state: "detached" });
  await page.getByText("All is well").waitFor();
  const [row] =
    await sql`select dismissed_by, dismissed_why from sesame.alerts where kind = 'module_unknown'`;
  assert.deepEqual({ ...row }, { dismissed_by: "olga", dismissed_why: "a test of ours" });
});

Deno.test("while a project does not answer, the page shows a message", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await enter(page);
  await page.locator("#status[data-state]").waitFor();
  await page.route("**/functions/v1/**", (route) => route.abort());
  await page.getByText("The project does not answer. Trying again.").waitFor();
  await page.unroute("**/functions/v1/**");
  await page.locator("#alert:empty").waitFor({ state: "attached" });
});

/** Alerts of every severity, and a month of opened and closed access. */
async function fillPage(): Promise<void> {
  await sql`
    insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
    select 'evt_look_' || n, 'x', at - interval '300 ms' * (n % 7), at, false, '', 'ignored', '{}'
    from generate_series(1, 400) as n, lateral (select now() - interval '1 hour' * (n % 24) - interval '1 minute' * (n % 13) as at) as moment
    on conflict do nothing`;
  await sql`
    insert into sesame.access_log (at, user_id, module_id, is_active, cause)
    select now() - interval '30 days' * random(), ${ada.id}, 1, n % 4 > 0, 'stripe' from generate_series(1, 200) as n`;
  await sql`
    insert into sesame.disputes (livemode, account, id, snapshots, is_settled, status, amount)
    values (false, '', 'dp_look', '[]', true, 'needs_response', 100) on conflict do nothing`;
  await sql`
    insert into sesame.latencies (route, day, upper_ms, calls)
    values ('checkout', (now() at time zone 'utc')::date, 500, 40),
           ('module-token/verify', (now() at time zone 'utc')::date, 20, 900)
    on conflict (day, route, upper_ms) do nothing`;
  await sql`
    insert into sesame.deliveries (slot, kind, cause, calls, last_at)
    select date_bin('10 minutes', now(), '2000-01-01'), kind::sesame.delivery_kind, cause::sesame.delivery_cause, calls, now()
    from (values ('accepted', 'unknown', 412), ('failed', 'unknown', 1), ('no_match', 'wrong_secret', 3),
      ('out_of_time', 'clock', 2), ('unsigned', 'unknown', 1204)) as counted (kind, cause, calls)
    on conflict (slot, kind, cause) do update set calls = excluded.calls`;
  await deliver(checkoutSessionCompleted(newPurchase({ userId: ada.id, moduleId: "lemuria" })));
}

for (const { name, ...screen } of screens(1400)) {
  Deno.test(`axe finds nothing serious on the operator's page, and everything fits: ${name}`, async () => {
    await using visitor = await visit(browser, screen);
    const { page, errors } = visitor;
    await fillPage();
    await page.goto(address);
    await page.locator("#key").waitFor();
    await assertAccessible(page, "asked for the key");
    await enter(page, "wrong");
    await page.locator("#alert:not(:empty)").waitFor();
    await assertAccessible(page, "refused");

    await enter(page);
    await alertAbout(page, "dp_look").waitFor();
    await assertAccessible(page, "full");
    await page.locator("#who").fill("bob@example.com");
    await page.locator("#module").fill("whisper");
    await page.locator("#asking button").click();
    await page.locator("#answer .verdict").waitFor();
    await assertAccessible(page, "explained");
    await page.evaluate("scrollTo(0, 0)");
    await visitor.keep(`operator_${name}`);
    await page.locator("#figures").scrollIntoViewIfNeeded();
    await page.evaluate("document.getElementById('figures').scrollIntoView()");
    await visitor.keep(`operator_figures_${name}`);
    assert.deepEqual(errors, []);
  });
}

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openStage } from "../e2e/stage.ts";
import { faultsOf } from "./accessible.ts";
import { openBrowser, visit } from "./browser.ts";
import { addressOf, buttonOf, cardOf, isSamePage, markPage, signUp, stateOf } from "./encours.ts";

const browser = await openBrowser();
const stage = await openStage();
const { stack, sql } = stage;

/** Clicks "Buy" and waits for the payment page. Returns its address. */
async function goToCheckout(page: Page, slug: string): Promise<string> {
  await buttonOf(page, slug, "buy").click();
  await page.waitForURL(/\/c\/pay\//);
  return page.url();
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

async function comeBack(page: Page, words: string): Promise<void> {
  await page.getByRole("status").filter({ hasText: words }).waitFor();
}

async function sessionsOf(userId: string): Promise<{ id: string }[]> {
  return await sql`select id from sesame.checkout_sessions where user_ref = ${userId}`;
}

Deno.test("after buying a bundle all of its modules are open until the next payment is due", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await goToCheckout(page, "llama");
  await visitor.keep("payment_page");
  await press(page, "Pay");

  await comeBack(page, "Thank you. We received your payment.");
  for (const slug of ["llama", "whisper", "stable-diffusion"]) {
    await cardOf(page, slug, "active").waitFor();
    assert.match(
      await stateOf(page, slug) ?? "",
      /^Open with your subscription, at least until \d/,
    );
  }
  assert.equal(page.url(), `${addressOf(stage)}/`, "a reload has nothing to ask again");
  await visitor.keep("subscribed");

  await buttonOf(page, "whisper", "manage").click();
  await page.waitForURL(/\/p\/session\//);
  assert.deepEqual(visitor.errors, []);
});

Deno.test("given several prices the buyer chooses one, and a refund closes the module", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await buttonOf(page, "stable-diffusion", "buy").click();
  const dialog = page.getByRole("dialog", { name: "Choose a price for StableDiffusion" });
  await dialog.waitFor();
  assert.deepEqual(await faultsOf(page), []);
  await visitor.keep("several_prices");
  await dialog.getByRole("button", { name: "StableDiffusion (no end date)" }).click();
  await page.waitForURL(/\/c\/pay\//);
  const checkout = page.url();
  await press(page, "Pay");
  await cardOf(page, "stable-diffusion", "active").waitFor();
  assert.equal(await stateOf(page, "stable-diffusion"), "Yours forever.");
  await markPage(page);

  const shop = await page.context().newPage();
  await shop.goto(checkout);
  await press(shop, "Give the money back");
  await shop.getByText("The money has gone back").waitFor(); // once the webhook has answered
  await cardOf(page, "stable-diffusion", "closed").waitFor({ timeout: 5_000 });
  await buttonOf(page, "stable-diffusion", "buy").waitFor();
  assert.equal(await isSamePage(page), true);
});

Deno.test("a payment that arrives later shows within seconds of the webhook's answer, without a reload", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await buttonOf(page, "stable-diffusion", "buy").click();
  await page.getByRole("dialog").getByRole("button", { name: "for 1 day" }).click();
  await page.waitForURL(/\/c\/pay\//);
  const checkout = page.url();
  await press(page, "Pay by bank debit (days later)");
  await comeBack(
    page,
    "Thank you. We are processing your payment. This page updates automatically.",
  );
  await cardOf(page, "stable-diffusion", "pending").waitFor();
  assert.equal(await cardOf(page, "stable-diffusion").getByRole("button").count(), 0);
  await visitor.keep("pending");
  await markPage(page);

  const bank = await page.context().newPage();
  await bank.goto(checkout);
  await press(bank, "It arrives");
  await bank.getByText("This session is paid").waitFor(); // shown once the webhook has answered
  await cardOf(page, "stable-diffusion", "active").waitFor({ timeout: 5_000 });
  assert.equal(await isSamePage(page), true);
});

Deno.test("when the webhook is lost, the return page asks Stripe, and the buyer need not pay twice", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await goToCheckout(page, "llama");
  stack.stripe.webhooks.deliver = false;
  await press(page, "Pay");
  await page.waitForURL(/\/encours\//);
  stack.stripe.webhooks.deliver = true; // for the other tests; lost events stay lost
  await comeBack(page, "Thank you. We received your payment.");
  await cardOf(page, "llama", "active").waitFor();
});

Deno.test("a double click, and a second tab, lead to one session", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const userId = await signUp(page, stage);
  const second = await page.context().newPage();
  await second.goto(addressOf(stage));
  await Promise.all([page, second].map(async (tab) => {
    await buttonOf(tab, "llama", "buy").dblclick();
    await tab.waitForURL(/\/c\/pay\//);
  }));
  assert.equal(page.url(), second.url());
  assert.equal((await sessionsOf(userId)).length, 1);
});

Deno.test("after a buyer cancels on the payment page, nothing has changed", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await goToCheckout(page, "llama");
  await press(page, "Cancel");
  await buttonOf(page, "llama", "buy").waitFor();
  assert.equal(await page.locator("#yours [data-module]").count(), 0);
});

Deno.test("another member's session id reveals nothing", async () => {
  await using buyer = await visit(browser);
  const buyerId = await signUp(buyer.page, stage);
  await goToCheckout(buyer.page, "llama");
  await press(buyer.page, "Pay");
  await cardOf(buyer.page, "llama", "active").waitFor();
  const [session] = await sessionsOf(buyerId);

  await using stranger = await visit(browser);
  const { page } = stranger;
  await signUp(page, stage);
  await page.goto(`${addressOf(stage)}?session_id=${session?.id}`);
  await page.getByRole("alert").filter({ hasText: "We cannot find this payment in your account." })
    .waitFor();
  assert.equal(await page.locator("#yours [data-module]").count(), 0);
});

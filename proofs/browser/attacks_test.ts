/** Attacks on a member's page, and problems with other tabs and lost connections. */

import assert from "node:assert/strict";
import { newMember, openStage } from "../e2e/stage.ts";
import { openBrowser, visit } from "./browser.ts";
import { addressOf, buttonOf, cardOf, enter, newAddress, PASSWORD, signUp } from "./encours.ts";

const browser = await openBrowser();
const stage = await openStage();
const { stack, sql } = stage;

Deno.test("a link with another user's session signs no one in, so no one buys for another account", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const { data } = await (await newMember(stack)).client.auth.getSession();
  const { access_token = "", refresh_token = "" } = data.session ?? {};
  const session = new URLSearchParams({
    access_token,
    refresh_token,
    expires_in: "3600",
    token_type: "bearer",
    type: "signup",
  });
  await page.goto(`${addressOf(stage)}#${session}`);
  await page.locator("#email, [data-module]").first().waitFor();
  assert.equal(await page.locator("[data-module]").count(), 0);
});

Deno.test("signing out in one tab removes the member's tokens from every tab", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await buttonOf(page, "playground", "claim").click();
  await buttonOf(page, "playground", "open").click();
  await page.getByRole("dialog").locator("code").waitFor();

  const other = await page.context().newPage();
  await other.goto(addressOf(stage));
  await other.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#email").waitFor();
  assert.equal(await page.locator("dialog").count(), 0);
  assert.deepEqual(visitor.errors, []);
});

Deno.test("two members in two tabs each see and buy for their own account", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await buttonOf(page, "playground", "claim").click();
  await cardOf(page, "playground", "active").waitFor();
  await buttonOf(page, "stable-diffusion", "buy").click();
  await page.getByRole("dialog").waitFor();

  const other = await page.context().newPage();
  await other.goto(addressOf(stage));
  await other.getByRole("button", { name: "Sign out" }).click();
  await other.locator("#email").waitFor();
  await enter(other, newAddress(), PASSWORD, "up");
  await cardOf(other, "whisper").waitFor();
  await cardOf(page, "playground", "none").waitFor();
  assert.equal(await page.locator("dialog").count(), 0);
});

Deno.test("titles and addresses with markup are shown as text", async () => {
  const slug = "playground";
  const hostile = `"><img src=x onerror="window.isHacked=1"><script>window.isHacked=1</script>`;
  const long = `${hostile}\u202e${"W".repeat(5_000)}`;
  const [former] = await sql`select title, description from public.modules where slug = ${slug}`;
  const describe = (words: object) =>
    sql`update public.modules set ${sql(words)} where slug = ${slug}`;
  await describe({ title: hostile, description: long });
  try {
    await using visitor = await visit(browser);
    const { page } = visitor;
    await signUp(page, stage);
    await buttonOf(page, "playground", "claim").click();
    await buttonOf(page, "playground", "open").click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.goto(`${addressOf(stage)}?session_id=${encodeURIComponent(hostile)}`);
    await page.getByRole("alert").filter({ hasText: "We cannot find this payment" }).waitFor();
    await cardOf(page, slug, "active").waitFor();
    assert.equal(await page.evaluate("window.isHacked"), undefined);
    assert.equal(await page.locator("#main img, #main script").count(), 0);
    assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
    assert.deepEqual(visitor.errors, []);
  } finally {
    await describe({ ...former });
  }
});

Deno.test("offline the page says so, and later finds what opened meanwhile", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const id = await signUp(page, stage);
  await page.context().setOffline(true);
  await buttonOf(page, "whisper", "buy").click();
  await page.getByRole("alert").filter({ hasText: "No connection" }).waitFor();
  await sql`select public.grant_module_access(${id}, 'whisper', 'olga', 'test')`;
  await page.context().setOffline(false);
  await cardOf(page, "whisper", "active").waitFor({ timeout: 15_000 });
  assert.deepEqual(visitor.errors, []);
});

Deno.test("after the browser's back button on the payment page the member can buy, once", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const id = await signUp(page, stage);
  await buttonOf(page, "llama", "buy").dblclick();
  await page.waitForURL(/\/c\/pay\//);
  await page.goBack();
  await buttonOf(page, "llama", "buy").click();
  await page.waitForURL(/\/c\/pay\//);
  const mine = stack.stripe.store.all("checkout.session")
    .filter(({ metadata }) => metadata.user_id === id);
  assert.equal(mine.length, 1);
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await cardOf(page, "llama", "active").waitFor();
  await page.goBack();
  await page.goBack();
  await cardOf(page, "llama", "active").waitFor();
  assert.deepEqual(visitor.errors, []);
});

Deno.test("an account deleted while its page is open can buy nothing, and gets a message", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const id = await signUp(page, stage);
  await sql`delete from auth.users where id = ${id}`;
  await buttonOf(page, "llama", "buy").click();
  await page.getByRole("alert").filter({ hasText: "Your session has ended." }).waitFor();
});

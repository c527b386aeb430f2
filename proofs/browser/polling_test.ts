import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openStage } from "../e2e/stage.ts";
import { openBrowser, visit } from "./browser.ts";
import { addressOf, cardOf, signUp } from "./encours.ts";

const browser = await openBrowser();
const stage = await openStage();

/** Counts how often the page asks for the member's modules. */
function countPolls(page: Page): () => number {
  let polls = 0;
  page.on("request", (request) => {
    if (request.method() === "GET" && request.url().includes("/my_modules")) polls++;
  });
  return () => polls;
}

/** Lets this many seconds pass on the page, second by second, so that answers can arrive in between. */
async function pass(page: Page, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await page.clock.runFor(1_000);
    await page.evaluate("fetch('config.json').then((answer) => answer.text())");
  }
}

async function showTab(page: Page, isShown: boolean): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, "hidden", { value: ${!isShown}, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"))`,
  );
}

Deno.test("polling slows down, stops while the tab is hidden, and resumes when it is shown", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await page.clock.install();
  const polls = countPolls(page);
  await page.reload();
  await cardOf(page, "whisper").waitFor();

  await pass(page, 60);
  const early = polls();
  await pass(page, 60);
  const late = polls() - early;
  assert.ok(early >= 4 && early <= 8, `${early} polls in the first minute`);
  assert.ok(late >= 1 && late <= 3, `${late} polls in the second`);

  await showTab(page, false);
  const before = polls();
  await pass(page, 120);
  assert.equal(polls(), before, "none while the tab is hidden");
  await showTab(page, true);
  await pass(page, 1);
  assert.equal(polls(), before + 1);
});

Deno.test("polling ends after signing out", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await page.clock.install();
  const polls = countPolls(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#email").waitFor();
  const before = polls();
  await pass(page, 60);
  assert.equal(polls(), before);
});

Deno.test("without a connection the page says so, retries, and says when it is back", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await page.route("**/rest/v1/**", (route) => route.abort());
  await page.reload();
  const alert = page.getByRole("alert");
  await alert.filter({ hasText: "No connection. This page retries automatically." }).waitFor();
  assert.equal(await page.locator("#main").innerText(), "Loading…");
  await visitor.keep("no_connection");

  await page.unroute("**/rest/v1/**");
  await cardOf(page, "whisper").waitFor();
  assert.equal(await alert.textContent(), "");
});

Deno.test("a database that is down gets a message, and the page recovers", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await stage.stack.postgres.pause();
  await page.reload();
  await page.goto(addressOf(stage));
  await page.locator("#alert:not(:empty)").waitFor();
  await visitor.keep("database_down");
  await stage.stack.postgres.resume();
  await cardOf(page, "whisper").waitFor({ timeout: 20_000 });
  assert.deepEqual(visitor.errors, []);
});

import assert from "node:assert/strict";
import { openStage } from "../e2e/stage.ts";
import { openBrowser, visit } from "./browser.ts";
import { cardOf, signUp } from "./encours.ts";
import { speakRealtime } from "./realtime.ts";

const browser = await openBrowser();
const stage = await openStage();
const { sql } = stage;

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("with Realtime a change shows at once, on the member's own channel", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await page.clock.install();
  const joining = speakRealtime(page);
  const userId = await signUp(page, stage);
  const { topic, isPrivate, announce } = await joining;
  assert.deepEqual([topic, isPrivate], [`realtime:user:${userId}`, true]);

  await page.clock.pauseAt(Date.now() + 10_000); // from here on the page does not poll,
  await sleep(500); // after the polls that were due
  await sql`select public.grant_module_access(${userId}, 'llama', 'olga', 'a gift')`;
  announce("something_else");
  await sleep(300);
  assert.equal(await cardOf(page, "llama", "active").count(), 0);

  announce("access_changed");
  await cardOf(page, "llama", "active").waitFor();
  assert.deepEqual(visitor.errors, []);
});

Deno.test("without Realtime the page tries it once, then polls", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  let attempts = 0;
  page.on("websocket", () => attempts++);
  await signUp(page, stage);
  await sleep(4_000); // the client's own retries come within seconds
  assert.equal(attempts, 1);
});

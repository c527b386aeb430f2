import assert from "node:assert/strict";
import { payAsGuest } from "../e2e/guest_purchase.ts";
import { openStage } from "../e2e/stage.ts";
import { openBrowser, visit } from "./browser.ts";
import { cardOf, isSamePage, markPage, newAddress, signUp, stateOf } from "./encours.ts";

const browser = await openBrowser();
const stage = await openStage();
const { sql } = stage;
// The stack's Auth verifies no addresses. These tests need a project with an Auth that does.
await sql`update sesame.settings set verified_email_claims = true`;

Deno.test("a guest who has paid finds the module after creating an account", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const email = newAddress();
  await payAsGuest(stage, email.toUpperCase());
  await signUp(page, stage, email);
  await cardOf(page, "stable-diffusion", "active").waitFor();
  assert.equal(await stateOf(page, "stable-diffusion"), "Yours forever.");
  await visitor.keep("guest");
});

Deno.test("a guest's module waits until the address is verified, then appears without a reload", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const email = newAddress();
  await signUp(page, stage, email);
  // The local Auth treats every address as verified. A hosted one waits for a click in an e-mail.
  await sql`update auth.users set email_confirmed_at = null where email = ${email}`;
  await payAsGuest(stage, email);
  await page.reload();
  await cardOf(page, "stable-diffusion").waitFor();
  assert.equal(await cardOf(page, "stable-diffusion", "active").count(), 0);

  await markPage(page);
  await sql`update auth.users set email_confirmed_at = now() where email = ${email}`;
  await cardOf(page, "stable-diffusion", "active").waitFor();
  assert.equal(await isSamePage(page), true);
});

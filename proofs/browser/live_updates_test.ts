import assert from "node:assert/strict";
import { openStage } from "../e2e/stage.ts";
import { send } from "../e2e/delivery.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  refundCreated,
  type StripeEvent,
} from "../../stripe/events.ts";
import { openBrowser, visit } from "./browser.ts";
import { buttonOf, cardOf, isSamePage, markPage, signUp, stateOf } from "./encours.ts";

const browser = await openBrowser();
const stage = await openStage();
const { stack, moduleId } = stage;

async function deliver(event: StripeEvent): Promise<void> {
  const endpoint = `${stack.functionsUrl}/stripe-webhook`;
  assert.equal(await send(endpoint, stack.webhookSecret, event), "200 applied");
}

Deno.test("a module paid elsewhere appears by itself, and goes after a refund", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const purchase = newPurchase({ userId: await signUp(page, stage), moduleId });
  await markPage(page);

  await deliver(checkoutSessionCompleted(purchase));
  await page.locator("#yours").and(page.locator(":has([data-module=stable-diffusion])")).waitFor();
  assert.equal(await stateOf(page, "stable-diffusion"), "Yours forever.");
  await page.getByRole("status").filter({ hasText: "StableDiffusion is open." }).waitFor();
  await visitor.keep("appeared");

  await deliver(refundCreated(purchase));
  await cardOf(page, "stable-diffusion", "closed").waitFor();
  assert.equal(
    await stateOf(page, "stable-diffusion"),
    "Closed: your payment was refunded.",
  );
  await page.getByRole("status").filter({ hasText: "StableDiffusion is closed." }).waitFor();
  assert.equal(await isSamePage(page), true, "and nothing was reloaded");
  await visitor.keep("refunded");
});

Deno.test("given busy access, a claim says so in the reader's language; the second click claims", async () => {
  for (
    const [locale, text] of [["en-GB", "Nothing was changed."], [
      "fr-FR",
      "Rien n’a été modifié.",
    ]] as const
  ) {
    await using visitor = await visit(browser, { locale });
    const { page } = visitor;
    await signUp(page, stage);
    await stage.sql.begin(async (busy) => {
      await busy`select sesame.lock_fold()`;
      await buttonOf(page, "playground", "claim").click();
      await page.getByRole("alert").filter({ hasText: text }).waitFor();
    });
    await buttonOf(page, "playground", "claim").click();
    await cardOf(page, "playground", "active").waitFor();
    assert.equal(await page.getByRole("alert").textContent(), "");
  }
});

Deno.test("a free module is claimed once, and keeps the focus", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await buttonOf(page, "playground", "claim").focus();
  await page.keyboard.press("Enter");
  await cardOf(page, "playground", "active").waitFor();
  assert.equal(await page.evaluate("document.activeElement.dataset.action"), "open");
  assert.deepEqual(visitor.errors, []);
});

import assert from "node:assert/strict";
import { until } from "../../local/testing.ts";
import { send } from "../e2e/delivery.ts";
import { openStage, type Stage } from "../e2e/stage.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  refundCreated,
  type StripeEvent,
} from "../../stripe/events.ts";
import { openBrowser, visit } from "./browser.ts";
import { addressOf, buttonOf, cardOf, enter, newAddress, PASSWORD, signUp } from "./encours.ts";
import { assertAccessible, screens } from "./screenshots.ts";

const browser = await openBrowser();
const stage = await openStage();
stage.stack.stripe.announcePrices();
await until(async () => {
  const [{ count } = { count: 0 }] = await stage.sql`
    select count(*)::integer as count from public.price_list`;
  return count === 4;
});

/** Gives one module in each state: open without end, until a date, by a claim; refunded; never bought. */
async function giveModules({ stack, sql, moduleId }: Stage, userId: string): Promise<void> {
  const refunded = newPurchase({ userId, moduleId: "whisper" });
  const events: StripeEvent[] = [
    checkoutSessionCompleted(newPurchase({ userId, moduleId })),
    checkoutSessionCompleted(refunded),
    refundCreated(refunded),
  ];
  for (const event of events) {
    await send(`${stack.functionsUrl}/stripe-webhook`, stack.webhookSecret, event);
  }
  await sql`select public.grant_module_access(
    ${userId}, 'llama', 'olga', 'a trial', '2031-03-12T12:00:00Z')`;
}

for (const { name, ...screen } of screens(860)) {
  Deno.test(`axe finds nothing serious in any state, and everything fits: ${name}`, async () => {
    await using visitor = await visit(browser, screen);
    const { page } = visitor;
    await page.goto(addressOf(stage));
    await page.locator("#email").waitFor();
    await assertAccessible(page, "signed out");

    await enter(page, newAddress(), "wrong", "in");
    await page.locator("#alert:not(:empty)").waitFor();
    await assertAccessible(page, "refused");

    const userId = await signUp(page, stage);
    await assertAccessible(page, "empty");
    await visitor.keep(`offers_${name}`);

    await giveModules(stage, userId);
    await cardOf(page, "llama", "active").waitFor({ timeout: 30_000 });
    await page.locator("#notice:not(:empty)").waitFor();
    await assertAccessible(page, "full");
    await visitor.keep(`shelf_${name}`);
  });
}

Deno.test("the page speaks French to a French browser, in its head too", async () => {
  await using visitor = await visit(browser, { locale: "fr-FR" });
  const { page } = visitor;
  await signUp(page, stage);
  assert.equal(await page.title(), "Mes modules");
  assert.equal(await page.evaluate("document.documentElement.lang"), "fr-FR");
  assert.equal(await page.locator("h1").textContent(), "Mes modules");
  await buttonOf(page, "playground", "claim").getByText("Obtenir gratuitement").waitFor();
});

Deno.test("what can be bought shows its price, in the language of the browser", async () => {
  for (
    const [locale, whisper, llama, diffusion] of [
      [
        "en-GB",
        "From €9.00, tax included",
        "€19.00 per month, tax included",
        "From €3.00, tax included",
      ],
      ["fr-FR", "À partir de 9,00 € TTC", "19,00 € par mois TTC", "À partir de 3,00 € TTC"],
    ]
  ) {
    await using visitor = await visit(browser, { locale: locale! });
    const { page } = visitor;
    await signUp(page, stage);
    const costs = await page.locator(".cost").allTextContents();
    assert.deepEqual(costs.map((cost) => cost.replaceAll(/\s/g, " ")), [diffusion, whisper, llama]);
  }
});

Deno.test("the keyboard alone signs in and claims", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const email = newAddress();
  await signUp(page, stage, email);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#email").waitFor();

  for (const text of [email, PASSWORD]) {
    await page.keyboard.press("Tab");
    await page.keyboard.type(text);
  }
  await page.keyboard.press("Enter");
  await cardOf(page, "playground").waitFor();
  const focused = "document.activeElement.dataset.action";
  for (let presses = 0; await page.evaluate(focused) !== "claim" && presses < 10; presses++) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await cardOf(page, "playground", "active").waitFor();
});

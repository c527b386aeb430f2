import assert from "node:assert/strict";
import { openStage } from "../e2e/stage.ts";
import { openBrowser, visit } from "./browser.ts";
import { addressOf, cardOf, enter, newAddress, PASSWORD, signUp } from "./encours.ts";

const browser = await openBrowser();
const stage = await openStage();

Deno.test("signed-out visitors are asked to sign in, and see no module", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await page.goto(addressOf(stage));
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.equal(await page.locator("[data-module]").count(), 0);
  await visitor.keep("signed_out");
});

Deno.test("a new member sees every module, and owns none", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  assert.match(await page.locator("#yours").innerText(), /You have no modules yet/);
  assert.equal(await page.locator("#offered [data-module]").count(), 4);
  await visitor.keep("new_member");
});

Deno.test("a member stays signed in across a reload, until signing out", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await signUp(page, stage);
  await page.reload();
  await cardOf(page, "whisper").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#email").waitFor();
  assert.equal(await page.locator("[data-module]").count(), 0);
  assert.deepEqual(visitor.errors, []);
});

Deno.test("a wrong password and a taken address each get a message", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const email = newAddress();
  await signUp(page, stage, email);
  await page.getByRole("button", { name: "Sign out" }).click();

  const alert = page.getByRole("alert");
  for (
    const [password, way, words] of [
      ["close sesame", "in", "Wrong e-mail address or password."],
      [PASSWORD, "up", "An account with this e-mail address already exists. Sign in instead."],
    ] as const
  ) {
    await enter(page, email, password, way);
    await alert.filter({ hasText: words }).waitFor();
  }
  await visitor.keep("sign_in_refused");
  await enter(page, email, PASSWORD, "in");
  await cardOf(page, "whisper").waitFor();
  assert.equal(await alert.textContent(), "", "the problem is gone with its cause");
});

Deno.test("while Auth waits for a click in an e-mail, the page says so", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await page.goto(addressOf(stage));
  // The local Auth verifies no addresses: this is what a hosted one answers.
  await page.route(
    "**/auth/v1/signup*",
    (route) => route.fulfill({ json: { id: crypto.randomUUID(), email: "new@example.com" } }),
  );
  await enter(page, newAddress(), PASSWORD, "up");
  const hint = "Almost there: open the link that we just sent to your e-mail address.";
  await page.locator("form").getByRole("status").filter({ hasText: hint }).waitFor();
  assert.equal(await page.getByRole("alert").textContent(), "");
});

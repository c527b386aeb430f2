import assert from "node:assert/strict";
import { openStage } from "../e2e/stage.ts";
import { faultsOf } from "./accessible.ts";
import { openBrowser, visit } from "./browser.ts";
import { buttonOf, signUp } from "./encours.ts";

const browser = await openBrowser();
const stage = await openStage();

Deno.test("opening a module shows its token, and closing the dialog returns to the same place", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  const userId = await signUp(page, stage);
  await buttonOf(page, "playground", "claim").click();
  await buttonOf(page, "playground", "open").click();

  const dialog = page.getByRole("dialog", { name: "Playground is open" });
  const token = await dialog.locator("code").textContent() ?? "";
  const verified = await fetch(`${stage.stack.functionsUrl}/module-token/verify`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, module: "playground" }),
  });
  const { active, user_id } = await verified.json();
  assert.deepEqual([active, user_id], [true, userId]);
  assert.deepEqual(await faultsOf(page), []);
  await visitor.keep("module_opened");

  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.evaluate("document.activeElement.dataset.action"), "open");
  assert.deepEqual(visitor.errors, []);
});

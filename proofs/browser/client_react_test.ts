import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { openStage, type Stage } from "../e2e/stage.ts";
import { openBrowser, visit } from "./browser.ts";

const browser = await openBrowser();
const stage = await openStage();

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("../../client/react/testing_page.ts", import.meta.url))],
  bundle: true,
  format: "iife",
  define: { "process.env.NODE_ENV": '"development"' }, // with React's warnings
  write: false,
});
const SCRIPT = outputFiles[0]?.text ?? "";

/** Opens the shop on the stack's own origin. */
async function openShop(page: Page, { stack, schema }: Stage): Promise<void> {
  const { apiUrl, publishableKey } = stack;
  const config = JSON.stringify({ apiUrl, publishableKey, schema });
  await page.route(`${apiUrl}/shop*`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body:
        `<!doctype html><body><script>config = ${config}</script><script src="shop.js"></script>`,
    }));
  await page.route(
    `${apiUrl}/shop.js`,
    (route) => route.fulfill({ contentType: "text/javascript", body: SCRIPT }),
  );
  await page.goto(`${apiUrl}/shop`);
}

async function signUp(page: Page): Promise<string> {
  const email = `${crypto.randomUUID()}@example.com`;
  return await page.evaluate(
    `supabase.auth.signUp({ email: "${email}", password: "open sesame" }).then(({ data }) => data.user.id)`,
  ) as string;
}

const shows = (page: Page, id: string, text: string) =>
  page.locator(`#${id}`).filter({ hasText: new RegExp(`^${text}$`) }).waitFor();

Deno.test("in React, a member buys through a button, and the gate opens", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await openShop(page, stage);
  await shows(page, "lost", "not_signed_in");
  await page.locator("#buy").click();
  await shows(page, "problem", "not_signed_in");

  await signUp(page);
  await shows(page, "modules", "none");
  await page.locator("#choose").click();
  await shows(page, "problem", "choose_price");
  await page.locator("#buy").click();
  await page.locator("button[value=pay]").click();
  await page.waitForURL(`${stage.stack.apiUrl}/shop?session_id=cs_test_*`);
  await page.reload(); // Playwright serves no page that a redirect leads to
  await shows(page, "gate", "open");
  assert.deepEqual(visitor.errors, []);
});

Deno.test("in React, access that changes elsewhere opens and closes the gate without a reload", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await openShop(page, stage);
  const user = await signUp(page);
  await shows(page, "gate", "Buy");
  await stage
    .sql`select public.grant_module_access(${user}, 'stable-diffusion', 'carol', 'a test')`;
  await shows(page, "gate", "open");
  await stage
    .sql`select public.revoke_module_access(${user}, 'stable-diffusion', 'carol', 'a test')`;
  await shows(page, "gate", "Buy");
});

Deno.test("attack: a lost connection closes no gate, and the next user sees nothing of the former", async () => {
  await using visitor = await visit(browser);
  const { page } = visitor;
  await openShop(page, stage);
  const user = await signUp(page);
  await stage
    .sql`select public.grant_module_access(${user}, 'stable-diffusion', 'carol', 'a test')`;
  await shows(page, "gate", "open");
  await page.route("**/rest/v1/**", (route) => route.abort());
  await shows(page, "lost", "unreachable");
  await shows(page, "gate", "open");

  await signUp(page); // without a sign-out, and still without a connection
  await shows(page, "modules", "-");
  await shows(page, "gate", "Buy");
  await page.unroute("**/rest/v1/**");
  await shows(page, "modules", "none");
});

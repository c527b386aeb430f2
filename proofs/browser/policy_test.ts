/** Attacks on the pages that only the HTTP headers stop. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openStage } from "../e2e/stage.ts";
import { openBrowser, visit, type Visitor } from "./browser.ts";

const browser = await openBrowser();
const { stack } = await openStage();
const PAGES = ["encours", "operator"] as const;
const FIELDS = { encours: "#email", operator: "#key" };

/** The page with this markup in it, as after a successful injection, with its own headers. */
async function openWith(page: Page, name: keyof typeof FIELDS, markup: string): Promise<void> {
  const address = `${stack.apiUrl}/${name}/`;
  await page.route(address, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace("<header", `${markup}<header`);
    await route.fulfill({ response, body });
  });
  await page.goto(address);
  await page.locator(FIELDS[name]).waitFor();
}

/** Takes the violated directives out of the list, because the test expects them. */
function takeViolations({ violations }: Visitor): string[] {
  return violations.splice(0).map((violation) => violation.split(" ")[0] ?? "").sort();
}

for (const name of PAGES) {
  Deno.test(`/${name}: markup that was injected runs nothing, loads nothing and sends nothing`, async () => {
    await using visitor = await visit(browser);
    const { page } = visitor;
    await openWith(
      page,
      name,
      `<base href="https://eve.example.com/">
       <script>window.isHacked = 1</script>
       <img src=x onerror="window.isHacked = 2">
       <script src="https://eve.example.com/x.js"></script>
       <a href="javascript:window.isHacked = 3" id="link">all is well</a>
       <p style="position: fixed">all is well</p>
       <form action="https://eve.example.com/" id="form"><button>all is well</button></form>
       <object data="https://eve.example.com/x"></object>`,
    );
    await page.locator("#link").dispatchEvent("click");
    await page.locator("#form button").dispatchEvent("click");
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate("window.isHacked"), undefined);
    assert.equal(new URL(page.url()).origin, stack.apiUrl);
    const directives = new Set(takeViolations(visitor));
    for (
      const directive of [
        "base-uri",
        "form-action",
        "img-src",
        "object-src",
        "script-src-elem",
        "script-src-attr",
        "style-src-attr",
      ]
    ) {
      assert.ok(directives.has(directive), `${directive} of ${[...directives]}`);
    }
  });

  Deno.test(`/${name}: no other site shows the page in a frame`, async () => {
    await using visitor = await visit(browser);
    const { page } = visitor;
    const eve = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () =>
        new Response(`<iframe src="${stack.apiUrl}/${name}/"></iframe>`, {
          headers: { "content-type": "text/html" },
        }),
    );
    await page.goto(`http://127.0.0.1:${eve.addr.port}/`);
    await page.waitForTimeout(500);
    const [frame] = page.frames().filter((frame) => frame !== page.mainFrame());
    assert.equal(await frame?.locator(FIELDS[name]).count(), 0);
    assert.match(frame?.url() ?? "", /^chrome-error:/);
    await page.goto("about:blank");
    await eve.shutdown();
  });

  Deno.test(`/${name}: its script reaches the project, over HTTP and Realtime, and no other server`, async () => {
    await using visitor = await visit(browser);
    const { page } = visitor;
    await page.goto(`${stack.apiUrl}/${name}/`);
    await page.locator(FIELDS[name]).waitFor();
    const socket = stack.apiUrl.replace("http", "ws");
    const tries = (http: string, ws: string) =>
      page.evaluate(`fetch("${http}").catch(() => {}).then(() => new Promise((resolve) => {
        const socket = new WebSocket("${ws}/realtime/v1/websocket");
        socket.onclose = socket.onerror = resolve;
      })).catch(() => {})`);
    await tries(`${stack.apiUrl}/auth/v1/health`, socket);
    assert.deepEqual(takeViolations(visitor), []);
    await tries("http://127.0.0.1:9/", "ws://127.0.0.1:9");
    assert.deepEqual(takeViolations(visitor), ["connect-src", "connect-src"]);
    await page.evaluate(`document.body.insertAdjacentHTML("beforeend", "<b>x</b>")`).catch(String);
    await page.evaluate(`eval("1")`).catch(String);
    assert.ok(takeViolations(visitor).length > 0, "text becomes neither markup nor script");
  });
}

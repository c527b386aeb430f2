import assert from "node:assert/strict";
import { openPage } from "../local/page.ts";
import { PAGES } from "./pages.ts";

const STACK = {
  apiUrl: "http://127.0.0.1:54321",
  publishableKey: "sb_publishable_1",
  schema: "sesame_api",
  secretKey: "sb_secret_1", // the stack has it, the page must not
};

function ask(path: string, page = openPage(PAGES.encours, STACK)): Promise<Response> {
  return page.fetch(new Request(new URL(path, STACK.apiUrl)));
}

Deno.test("config.json of a page has the address and the schema of the stack, and no secret", async () => {
  const config = await (await ask("/encours/config.json")).text();
  assert.deepEqual(JSON.parse(config), {
    apiUrl: STACK.apiUrl,
    publishableKey: STACK.publishableKey,
    schema: STACK.schema,
  });
});

for (const [name, folder] of Object.entries(PAGES)) {
  Deno.test(`/${name} serves the page, its styles and its script, and no other file of the folder`, async () => {
    const page = openPage(folder, STACK);
    for (
      const [file, type] of [
        ["", "text/html; charset=utf-8"],
        ["page.css", "text/css; charset=utf-8"],
        [`${name}.css`, "text/css; charset=utf-8"],
        ["main.js", "text/javascript"],
      ] as const
    ) {
      const answer = await ask(`/${name}/${file}`, page);
      assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, type], file);
      assert.ok((await answer.text()).length > 500);
    }
    for (const file of ["main.ts", "deno.json", "../deno.json"]) {
      assert.equal((await ask(`/${name}/${file}`, page)).status, 404, file);
    }
  });
}

Deno.test("the script is bundled once, until a reload", async () => {
  const page = openPage(PAGES.encours, STACK);
  const first = await (await ask("/encours/main.js", page)).text();
  const started = performance.now();
  assert.equal(await (await ask("/encours/main.js", page)).text(), first);
  assert.ok(performance.now() - started < 50, "no second bundling");
  page.reload();
  assert.equal((await ask("/encours/main.js", page)).status, 200);
});

Deno.test("a request without the last slash, or to localhost, is redirected", async () => {
  for (
    const [path, location] of [
      ["/encours?session_id=cs_1", "/encours/?session_id=cs_1"],
      [
        "http://localhost:54321/encours/?session_id=cs_1",
        `${STACK.apiUrl}/encours/?session_id=cs_1`,
      ],
    ] as const
  ) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, answer.headers.get("location")], [307, location]);
  }
});

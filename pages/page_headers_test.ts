import assert from "node:assert/strict";
import { openPage } from "../local/page.ts";
import { pageHeaders } from "../local/page_headers.ts";
import { PAGES } from "./pages.ts";

const API = "https://abcdefghijklmnopqrst.supabase.co";

Deno.test("every answer of a page has the headers, a 404 and a redirect too", async () => {
  for (const [name, folder] of Object.entries(PAGES)) {
    const page = openPage(folder, {
      apiUrl: API,
      publishableKey: "sb_publishable_1",
      schema: "public",
    });
    for (const path of ["", "/", "/page.css", "/config.json", "/nothing"]) {
      const { headers } = await page.fetch(new Request(`${API}/${name}${path}`));
      for (const [header, value] of Object.entries(pageHeaders(API))) {
        assert.equal(headers.get(header), value, `${header} of /${name}${path}`);
      }
    }
  }
});

Deno.test("nothing inline is allowed, and no other origin than the project's", () => {
  const policy = pageHeaders(`${API}/`)["content-security-policy"] ?? "";
  assert.doesNotMatch(policy, /unsafe|\*|(http|ws):/);
  assert.match(policy, new RegExp(`connect-src 'self' ${API} ${API.replace("https", "wss")};`));
});

Deno.test("pages/kit/README.md lists those headers", async () => {
  const text = await Deno.readTextFile(new URL("./kit/README.md", import.meta.url));
  for (const [name, value] of Object.entries(pageHeaders(API))) {
    const written = `${name}: ${value.replaceAll("abcdefghijklmnopqrst", "<ref>")}`;
    assert.ok(text.split("\n").includes(written), written);
  }
});

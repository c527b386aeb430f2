import assert from "node:assert/strict";
import { jwks } from "./jwks.ts";
import { newRing } from "./testing.ts";

const ring = await newRing("now", "before");
const answer = await jwks(ring);

function ask(headers: Record<string, string> = {}): Promise<Response> {
  return answer(new Request("http://localhost/module-token/jwks", { headers }), {});
}

Deno.test("anyone may read the public keys, and cache them for five minutes", async () => {
  const response = await ask();
  assert.equal(response.headers.get("content-type"), "application/jwk-set+json");
  assert.equal(response.headers.get("cache-control"), "public, max-age=300");
  const { keys } = await response.json();
  assert.deepEqual(keys.map(({ kid }: { kid: string }) => kid), ["now", "before"]);
  for (const key of keys) assert(!("d" in key));
});

Deno.test("a matching etag gets 304", async () => {
  const etag = (await ask()).headers.get("etag") ?? "";
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const response = await ask({ "if-none-match": known });
    assert.deepEqual([response.status, await response.text()], [304, ""], known);
  }
  assert.equal((await ask({ "if-none-match": '"other"' })).status, 200);
});

Deno.test("other keys have another etag", async () => {
  const other = await jwks(await newRing("now", "before"));
  const response = await other(new Request("http://localhost/"), {});
  assert.notEqual(response.headers.get("etag"), (await ask()).headers.get("etag"));
});

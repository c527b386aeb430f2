import assert from "node:assert/strict";
import { withCors } from "./cors.ts";

Deno.test("a preflight request is answered, and the function does not see it", async () => {
  const answer = withCors(() => Promise.reject(new Error("asked")));
  const response = await answer(new Request("http://localhost/", { method: "OPTIONS" }));
  assert.equal(response.status, 204);
  const allowed = response.headers.get("access-control-allow-headers") ?? "";
  assert.match(allowed, /authorization/);
  assert.match(allowed, /x-region/, "sent where the caller names the region to run in");
});

Deno.test("a page of any origin may read the answer, also a refusal", async () => {
  const answer = withCors(() => Promise.resolve(new Response("no", { status: 403 })));
  const response = await answer(new Request("http://localhost/"));
  assert.equal(response.status, 403);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
});

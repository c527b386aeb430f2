import assert from "node:assert/strict";
import type { Handler } from "./problem.ts";
import { routed } from "./routes.ts";

function saying(word: string): Handler {
  return () => Promise.resolve(new Response(word));
}

const handler = routed({
  "POST /": saying("mint"),
  "POST /verify": saying("verify"),
  "GET /jwks": saying("jwks"),
});

function ask(method: string, path: string): Promise<Response> {
  return handler(new Request(`http://localhost${path}`, { method }), {});
}

Deno.test("a route is found by its method and the path after the function's name", async () => {
  for (
    const [method, path, word] of [
      ["POST", "/module-token", "mint"],
      ["POST", "/module-token/", "mint"],
      ["POST", "/module-token/verify", "verify"],
      ["GET", "/module-token/jwks?v=1", "jwks"],
    ] as const
  ) assert.equal(await (await ask(method, path)).text(), word, path);
});

Deno.test("another method gets method_not_allowed with the allowed ones", async () => {
  await assert.rejects(ask("GET", "/module-token/verify"), {
    code: "method_not_allowed",
    more: { headers: { allow: "POST" } },
  });
});

Deno.test("an unknown path gets not_found", async () => {
  for (const path of ["/module-token/verify/all", "/module-token/constructor"]) {
    await assert.rejects(ask("POST", path), { code: "not_found" });
  }
});

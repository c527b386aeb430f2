import assert from "node:assert/strict";
import { members } from "./members.ts";

const ada = "ada00000-0000-4000-8000-000000000001";
const address = { url: "http://localhost", key: "sb_secret_1" };

/** Asks an Auth that gives this answer for every token. */
function memberOf(
  claims: Record<string, string> | null,
  error: { name: string; status?: number } | null = null,
) {
  const data = claims === null ? null : { claims: claims as { sub: string } };
  const ask = members(address, () =>
    Promise.resolve({
      getClaims: () => Promise.resolve({ data, error }),
    }));
  return (authorization?: string) =>
    ask(
      new Request(
        "http://localhost/",
        authorization === undefined ? {} : { headers: { authorization } },
      ),
    );
}

Deno.test("a session returns the id and the address of its member", async () => {
  const ask = memberOf({ sub: ada, role: "authenticated", email: "ada@example.com" });
  assert.deepEqual(await ask("Bearer a.b.c"), { id: ada, email: "ada@example.com" });
});

Deno.test("a request without a session, or with an API key in its place, gets not_signed_in", async () => {
  const ask = memberOf({ sub: ada, role: "authenticated" });
  for (const authorization of [undefined, "", "Bearer", "Basic a.b.c", "Bearer sb_publishable_1"]) {
    await assert.rejects(ask(authorization), { code: "not_signed_in" }, authorization);
  }
});

Deno.test("a session that Auth refuses, or one of another role, gets not_signed_in", async () => {
  const refused = memberOf(null, { name: "AuthInvalidJwtError", status: 400 });
  await assert.rejects(refused("Bearer a.b.c"), { code: "not_signed_in" });
  for (const claims of [{ sub: ada, role: "anon" }, { sub: "ada", role: "authenticated" }]) {
    await assert.rejects(memberOf(claims)("Bearer a.b.c"), { code: "not_signed_in" });
  }
});

Deno.test("a malformed token gets not_signed_in", async () => {
  const ask = members(address); // with the client library itself
  for (const token of ["..", "YWJj.YWJj.YWJj", "bnVsbA.bnVsbA.YWJj", "W10.W10.W10"]) {
    const headers = { authorization: `Bearer ${token}` };
    await assert.rejects(ask(new Request("http://localhost/", { headers })), {
      code: "not_signed_in",
    }, token);
  }
});

Deno.test("while Auth does not answer, the request gets unavailable and not not_signed_in", async () => {
  for (
    const error of [{ name: "AuthRetryableFetchError", status: 0 }, { name: "x", status: 503 }]
  ) {
    await assert.rejects(memberOf(null, error)("Bearer a.b.c"), { code: "unavailable" });
  }
});

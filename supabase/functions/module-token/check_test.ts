import assert from "node:assert/strict";
import type { LogLine } from "../_shared/log.ts";
import { check } from "./check.ts";
import { signModuleToken } from "./sign.ts";
import { ADA, claims, ISSUER, newRing, NOW, openRight, post, rightsThatSay } from "./testing.ts";

const ring = await newRing("now");
const token = await signModuleToken(ring.signer, ISSUER, claims(), {
  accessLevel: "standard",
  maxUsage: 100,
});

/** Checks against a database that gives this answer for every right. */
function checking(over: Parameters<typeof openRight>[0] = {}) {
  const rights = rightsThatSay(openRight(over));
  const handler = check({ ring, issuer: ISSUER, rights, now: () => NOW * 1_000 });
  const line: LogLine = {};
  async function ask(body: Record<string, unknown>) {
    const response = await handler(post({ token, ...body }), line);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("cache-control"), "no-store");
    return await response.json();
  }
  return { ask, rights, line };
}

Deno.test("a valid token is accepted, with the present terms", async () => {
  const { ask, line } = checking({ accessLevel: "pro", maxUsage: 50, usesLeft: 7 });
  assert.deepEqual(await ask({ module: "whisper" }), {
    active: true,
    user_id: ADA,
    module: "whisper",
    access_level: "pro",
    max_usage: 50,
    uses_left: 7,
    expires_at: new Date((NOW + 300) * 1_000).toISOString(),
    access_expires_at: null,
  });
  assert.deepEqual(line, { outcome: "active" });
});

Deno.test("the reason of the database for a refusal is passed on unchanged", async () => {
  const { ask, line } = checking({ reason: "suspended", detail: "disputed" });
  assert.deepEqual(await ask({}), { active: false, reason: "suspended", detail: "disputed" });
  assert.deepEqual(line, { outcome: "suspended" });
  const exhausted = checking({ reason: "exhausted" });
  assert.deepEqual(await exhausted.ask({}), { active: false, reason: "exhausted" });
});

Deno.test("an invalid token never reaches the database", async () => {
  const { ask, rights } = checking();
  assert.deepEqual(await ask({ module: "llama", consume: true }), {
    active: false,
    reason: "wrong_module",
  });
  assert.deepEqual(await ask({ token: `${token}x` }), { active: false, reason: "malformed" });
  assert.deepEqual(rights.asked, []);
});

Deno.test("a use is counted only if consume is true, under the given requestId", async () => {
  const { ask, rights } = checking();
  await ask({});
  await ask({ consume: false, requestId: "r1" });
  await ask({ consume: true });
  await ask({ consume: true, requestId: "r1" });
  assert.deepEqual(rights.asked.map(([, , use]) => use), [
    null,
    null,
    { requestId: null },
    { requestId: "r1" },
  ]);
});

import assert from "node:assert/strict";
import { jwtVerify } from "jose";
import { Refusal } from "../_shared/problem.ts";
import { holdsSecretKey } from "../_shared/secret_key.ts";
import { legacySigner } from "./legacy_secret.ts";
import { mint } from "./mint.ts";
import type { Order } from "./rights.ts";
import { ADA, claims, ISSUER, newRing, NOW, openRight, post, rightsThatSay } from "./testing.ts";
import { verifyModuleToken } from "./verify.ts";

const ring = await newRing("now");
const SECRET = { apikey: "sb_secret_1" };
const order = { moduleId: "whisper", userId: ADA, paymentId: "pi_1" };

const SHARED = "4711".padEnd(48, "-shared by the site and its modules");
const signLegacy = await legacySigner((name) =>
  name === "MODULE_TOKEN_LEGACY_SECRET" ? SHARED : undefined
);

/** Mints with a database that gives this answer for every right. If a member is signed in, it is Ada. */
function minting(over: Parameters<typeof openRight>[0] = {}) {
  const rights = rightsThatSay(openRight(over));
  const handler = mint({
    memberOf: ({ headers }) =>
      headers.has("authorization")
        ? Promise.resolve({ id: ADA, email: null })
        : Promise.reject(new Refusal("not_signed_in")),
    hasSecretKey: holdsSecretKey("sb_secret_1"),
    rights,
    signer: ring.signer,
    signLegacy,
    issuer: ISSUER,
    now: () => NOW * 1_000 + 999,
  });
  async function respond(body: unknown, headers: Record<string, string>) {
    return await handler(post(body, headers), {});
  }
  async function ask(body: unknown, headers: Record<string, string>) {
    return await (await respond(body, headers)).json();
  }
  return {
    rights,
    asMember: (body: unknown = { module: "whisper" }) =>
      ask(body, { authorization: "Bearer a.b.c", apikey: "sb_publishable_1" }),
    asServer: (body: unknown = order) => ask(body, SECRET),
    respond,
    as: (headers: Record<string, string>) => ask({ module: "whisper" }, headers),
  };
}

function at(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function claimsIn(token: string) {
  return verifyModuleToken(token, ring, { issuer: ISSUER, module: "whisper", now: NOW });
}

Deno.test("a member with access gets a token of five minutes, with the terms of their right", async () => {
  const endsAt = (NOW + 86_400) * 1_000 + 1;
  const { asMember, rights } = minting({ maxUsage: 100, usesLeft: 40, endsAt });
  const { token, ...answer } = await asMember();
  assert.deepEqual(answer, {
    module: "whisper",
    expires_at: at(NOW + 300),
    access_expires_at: new Date(endsAt).toISOString(),
    access_level: "standard",
    max_usage: 100,
    uses_left: 40,
  });
  assert.deepEqual(await claimsIn(token), claims());
  assert.deepEqual(rights.asked, [["ofMember", ADA, "whisper"]]);
});

Deno.test("a token never outlasts the access, not even by part of a second", async () => {
  const { asMember, asServer } = minting({ endsAt: (NOW + 100) * 1_000 + 900 });
  for (const { token, expires_at } of [await asMember(), await asServer()]) {
    assert.equal(expires_at, at(NOW + 100));
    assert.deepEqual(await claimsIn(token), claims({ expiresAt: NOW + 100 }));
  }
});

Deno.test("a server's token lasts as long as its order, or a day if the order has no end", async () => {
  const { asServer, rights } = minting({ endsAt: (NOW + 8_760 * 3_600) * 1_000 });
  assert.equal((await asServer()).expires_at, at(NOW + 8_760 * 3_600));
  const [[question, { user, paymentId }]] = rights.asked as [[string, Order]];
  assert.deepEqual([question, user, paymentId], ["ofOrder", ADA, "pi_1"]);

  const { expires_at, access_expires_at } = await minting().asServer();
  assert.deepEqual([expires_at, access_expires_at], [at(NOW + 86_400), null]);
});

Deno.test("without access there is no token, and the refusal says why", async () => {
  for (const reason of ["no_access", "exhausted", "refunded", "disputed"]) {
    for (const ask of ["asMember", "asServer"] as const) {
      await assert.rejects(minting({ reason })[ask](), {
        code: "no_access",
        more: { reason, members: { reason } },
      });
    }
  }
});

Deno.test("an unknown module gets no_such_module", async () => {
  const nothing = { reason: "no_such_module", tokenId: null, module: null };
  await assert.rejects(minting(nothing).asMember({ module: 999 }), { code: "no_such_module" });
});

Deno.test("an open right with a missing field gives internal", async () => {
  for (const over of [{ tokenId: null }, { module: null }, { moduleId: null }, { userId: null }]) {
    await assert.rejects(minting(over).asMember(), { code: "internal" });
  }
});

Deno.test("a request without a session gets not_signed_in; a wrong secret key gets secret_key_needed", async () => {
  const { as, rights } = minting();
  await assert.rejects(as({}), { code: "not_signed_in" });
  await assert.rejects(as({ apikey: "sb_publishable_1" }), { code: "not_signed_in" });
  await assert.rejects(as({ apikey: "sb_secret_2" }), { code: "secret_key_needed" });
  assert.deepEqual(rights.asked, []);
});

Deno.test("an order without a key gets secret_key_needed, with the header to use", async () => {
  const { respond, rights } = minting();
  const tries: Record<string, string>[] = [
    {},
    { apikey: "sb_publishable_1" },
    { apikey: "sb_secret_2" },
  ];
  for (const headers of tries) {
    await assert.rejects(respond(order, headers), (error: Refusal) => {
      assert.equal(error.code, "secret_key_needed");
      assert.match(String(error.more.members?.detail), /header apikey/);
      return true;
    });
  }
  assert.deepEqual(rights.asked, []);
});

/** The exact body of the old guide. */
const GUIDE = {
  moduleId: "1",
  userId: "test-user-id",
  paymentId: "test-payment",
  accessLevel: "premium",
  expirationHours: 72,
  maxUsage: 100,
};

Deno.test("the old guide's body is answered in its own names beside those of today", async () => {
  const endsAt = (NOW + 72 * 3_600) * 1_000;
  const { asServer } = minting({ accessLevel: "premium", maxUsage: 100, usesLeft: 100, endsAt });
  const { token, ...answer } = await asServer(GUIDE);
  assert.deepEqual(answer, {
    module: "whisper",
    expires_at: at(NOW + 72 * 3_600),
    access_expires_at: at(NOW + 72 * 3_600),
    access_level: "premium",
    max_usage: 100,
    uses_left: 100,
    success: true,
    tokenId: claims().tokenId,
    moduleId: "1",
    userId: "test-user-id",
    paymentId: "test-payment",
    accessLevel: "premium",
    maxUsage: 100,
    expiresAt: at(NOW + 72 * 3_600),
    jwtToken: token,
  });
  assert.deepEqual(await claimsIn(token), claims({ expiresAt: NOW + 72 * 3_600 }));
});

Deno.test("an order for a user without an account is accepted, and gets no token yet", async () => {
  const { respond } = minting({ reason: "waits", userId: null, accessLevel: "premium" });
  const response = await respond({ ...order, userId: "cleo@example.com" }, SECRET);
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const { success, waits, token, jwtToken, tokenId, detail } = await response.json();
  assert.deepEqual([success, waits, token, jwtToken], [true, true, null, null]);
  assert.equal(tokenId, claims().tokenId);
  assert.match(detail, /must verify an address.*same paymentId/);
});

Deno.test("a userId that names no user or several users is refused, with what to send instead", async () => {
  for (const reason of ["no_such_user", "ambiguous_user"]) {
    const unresolved = { reason, userId: null, tokenId: null, module: null };
    await assert.rejects(minting(unresolved).asServer(GUIDE), (error: Refusal) => {
      assert.equal(error.code, "no_such_user");
      assert.equal(error.more.members?.reason, reason);
      assert.match(String(error.more.members?.detail), /send the user's uuid .* or their address/);
      return true;
    });
  }
});

Deno.test("a module that verifies with the shared secret gets HS256, from a member and from a server", async () => {
  const { asServer, asMember } = minting({ alg: "HS256" });
  const ordered = await asServer();
  const asked = await asMember();
  assert.equal(ordered.jwtToken, ordered.token);
  for (const { token } of [ordered, asked]) {
    const { payload, protectedHeader } = await jwtVerify(
      token,
      new TextEncoder().encode(SHARED),
      { currentDate: new Date(NOW * 1_000) },
    );
    assert.deepEqual(protectedHeader, { alg: "HS256", typ: "JWT" });
    const { userId, moduleId, tokenId, accessLevel, sub, aud, iss } = payload;
    assert.deepEqual([userId, moduleId, tokenId, accessLevel], [
      ADA,
      "2",
      claims().tokenId,
      "standard",
    ]);
    assert.deepEqual([sub, aud, iss], [ADA, "whisper", ISSUER]);
    assert.equal(await claimsIn(token), "bad_signature");
  }
});

Deno.test("a member cannot order, and names no other user", async () => {
  const { asMember, rights } = minting();
  await assert.rejects(asMember(order), { code: "secret_key_needed" });
  await asMember({ module: "whisper", userId: "b0b00000-0000-4000-8000-000000000002" });
  assert.deepEqual(rights.asked, [["ofMember", ADA, "whisper"]]);
});

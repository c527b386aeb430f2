/** Attacks on the body of an order, and with HS256 tokens on `module-token/verify`. */

import assert from "node:assert/strict";
import { base64url, SignJWT } from "jose";
import { Refusal } from "../_shared/problem.ts";
import { check } from "./check.ts";
import { orderIn } from "./fields.ts";
import { legacySigner } from "./legacy_secret.ts";
import { ADA, claims, ISSUER, newRing, NOW, openRight, post, rightsThatSay } from "./testing.ts";

const SHARED = "Zk2v9sQ1xLw7Rt4yBn8mHc3dJf6gPa5e";
const ring = await newRing("now");
const order = { moduleId: "whisper", userId: ADA, paymentId: "pi_1" };
const signLegacy = await legacySigner((name) =>
  name === "MODULE_TOKEN_LEGACY_SECRET" ? SHARED : undefined
);

/** The answer of verify for a token, and whether it asked the database. */
async function verdictOf(token: string): Promise<unknown[]> {
  const rights = rightsThatSay(openRight());
  const handler = check({ ring, issuer: ISSUER, rights, now: () => NOW * 1_000 });
  const { active, reason } = await (await handler(post({ token, consume: true }), {})).json();
  return [active, reason, rights.asked.length];
}

/** A token in the format of `module-token/verify`, but signed with the shared secret. */
function forged(header: Record<string, unknown>): Promise<string> {
  const { tokenId: jti, userId: sub, module: aud, issuedAt: iat, expiresAt: exp } = claims();
  return new SignJWT({ iss: ISSUER, jti, sub, aud, iat, exp })
    .setProtectedHeader({ alg: "HS256", typ: "module+jwt", ...header })
    .sign(new TextEncoder().encode(SHARED));
}

Deno.test("algorithm confusion: verify refuses every HS256 token, even our own", async () => {
  const terms = { accessLevel: "standard", maxUsage: null };
  const ours = await signLegacy({ ...claims(), moduleId: "1" }, ISSUER, terms);
  for (const token of [ours, await forged({}), await forged({ kid: "now" })]) {
    assert.deepEqual(await verdictOf(token), [false, "bad_signature", 0]);
  }
});

Deno.test("algorithm confusion: an HS256 token with its header changed to ES256 is refused", async () => {
  const [, payload, mac] = (await forged({ kid: "now" })).split(".");
  const header = btoa(JSON.stringify({ alg: "ES256", kid: "now", typ: "module+jwt" }))
    .replaceAll("=", "");
  assert.deepEqual(await verdictOf(`${header}.${payload}.${mac}`), [false, "malformed", 0]);
  // As long as an ES256 signature.
  const bytes = base64url.decode(mac ?? "");
  const twice = base64url.encode(new Uint8Array([...bytes, ...bytes]));
  assert.deepEqual(await verdictOf(`${header}.${payload}.${twice}`), [false, "bad_signature", 0]);
});

Deno.test("the published keys contain nothing of the shared secret", () => {
  const text = JSON.stringify(ring.jwks);
  for (const part of [SHARED, btoa(SHARED).replaceAll("=", ""), "HS256", "oct"]) {
    assert(!text.includes(part), part);
  }
});

/** The field because of which an order is refused; null: the order is accepted. */
function fieldRefused(body: string): string | null {
  try {
    orderIn(JSON.parse(body));
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return String(error.more.members?.detail).split(" ")[0] ?? "";
  }
}

Deno.test("huge numbers in expirationHours and maxUsage are refused, and the error names the field", () => {
  for (const field of ["expirationHours", "maxUsage"]) {
    for (
      const value of ["1e308", "1e999", "9007199254740993", "2147483648", "-1", "-0", "0.1", '"72"']
    ) {
      const body = `${JSON.stringify(order).slice(0, -1)},"${field}":${value}}`;
      assert.equal(fieldRefused(body), field, value);
    }
  }
});

Deno.test("prototype keys: a field on the prototype does not count as a field of the body", () => {
  const { userId, ...rest } = order;
  const inherited = `${JSON.stringify(rest).slice(0, -1)},"__proto__":{"userId":"${userId}"}}`;
  assert.equal(fieldRefused(inherited), "userId");
  assert.equal(fieldRefused(`{"constructor":${JSON.stringify(order)}}`), "moduleId");
  assert.equal(({} as Record<string, unknown>).userId, undefined);
});

Deno.test("unicode: a userId that cannot be stored, or has a control character, is refused", () => {
  for (const userId of ["\\ud800", "a\\u0000b", "a\\u007fb", "\\u0009", "\\u3000"]) {
    const body = JSON.stringify(order).replace(ADA, userId);
    assert.equal(fieldRefused(body), "userId", userId);
  }
});

Deno.test("a moduleId that only a lenient parser reads as a number is passed on unchanged", () => {
  for (const moduleId of ["1e0", " 1", "+1", "0x1", "１", "__proto__", "constructor"]) {
    assert.equal(orderIn({ ...order, moduleId }).module, moduleId);
  }
  for (const moduleId of ["1e21", "1.5", "9007199254740993", "true", "[1]", '{"id":1}']) {
    assert.equal(fieldRefused(`{"moduleId":${moduleId}}`), "moduleId", moduleId);
  }
});

import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { Misconfigured } from "../_shared/env.ts";
import { legacySecret, legacySigner } from "./legacy_secret.ts";
import { ADA, claims, ISSUER, newKey } from "./testing.ts";

const SHARED = "Zk2v9sQ1xLw7Rt4yBn8mHc3dJf6gPa5e";

function source(over: Record<string, string> = {}, secret: string | undefined = SHARED) {
  const variables: Record<string, string | undefined> = {
    ...over,
    MODULE_TOKEN_LEGACY_SECRET: secret,
  };
  return (name: string) => variables[name];
}

/** Why a secret is refused. The text never contains the secret. */
async function faultOf(variables: (name: string) => string | undefined): Promise<string> {
  const secret = variables("MODULE_TOKEN_LEGACY_SECRET") ?? "";
  try {
    await legacySecret(variables);
  } catch (error) {
    assert(error instanceof Misconfigured);
    assert(!error.message.includes(secret), "the secret is in the message");
    assert.match(error.message, /MODULE_TOKEN_LEGACY_SECRET .*: make a new JWT_SECRET/);
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

Deno.test("a secret that is not set or blank switches HS256 off", async () => {
  assert.equal(await legacySecret(() => undefined), null);
  assert.equal(await legacySecret(source({}, "")), null);
  assert.equal(await legacySecret(source({}, "  \n")), null);
});

Deno.test("the secret is used byte for byte, as the modules use it", async () => {
  for (const secret of [SHARED, ` ${SHARED}`, "é".repeat(8) + "ß!9xQ2wL7vR4tYp1"]) {
    assert.deepEqual(await legacySecret(source({}, secret)), new TextEncoder().encode(secret));
  }
});

Deno.test("short secret: fewer than 32 bytes are refused, and 32 are accepted", async () => {
  assert.match(await faultOf(source({}, SHARED.slice(1))), /fewer than 32 bytes/);
  assert.match(await faultOf(source({}, "secret")), /fewer than 32 bytes/);
  assert.equal((await legacySecret(source({}, SHARED)))?.length, 32);
});

Deno.test("published secret: the placeholder of an example is refused", async () => {
  for (
    const secret of [
      "our-site-secret-jwt-key-2025-change-in-production",
      "your-secret-key-that-is-long-enough-for-it",
      "please_change_me_please_change_me_please",
      "a".repeat(40),
    ]
  ) {
    assert.match(await faultOf(source({}, secret)), /placeholder/, secret);
  }
});

Deno.test("reused key: a key of the project is refused as the shared secret", async () => {
  const jwk = await newKey("now");
  const keys = JSON.stringify({ keys: [jwk] });
  for (const part of [jwk.d, jwk.x, jwk.y ?? "", keys]) {
    assert.match(await faultOf(source({ MODULE_TOKEN_KEYS: keys }, part)), /another key/);
  }
  const key = "sb_secret_0123456789abcdefghijklmnop";
  const secrets = { SUPABASE_SECRET_KEYS: JSON.stringify({ default: key }) };
  assert.match(await faultOf(source(secrets, key)), /another key/);
  const webhook = "whsec_0123456789abcdefghijklmnopqr";
  assert.match(await faultOf(source({ STRIPE_WEBHOOK_SECRET: webhook }, ` ${webhook}`)), /another/);
});

Deno.test("the project's JWT secret is refused: it could sign in any user", async () => {
  const k = btoa(SHARED).replaceAll("=", "");
  const jwks = JSON.stringify({ keys: [{ kty: "oct", k }] });
  assert.match(await faultOf(source({ SUPABASE_JWKS: jwks })), /another key/);
  const serviceRole = await new SignJWT({ role: "service_role" })
    .setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(SHARED));
  const legacy = { SUPABASE_SERVICE_ROLE_KEY: serviceRole };
  assert.match(await faultOf(source(legacy)), /the project's own JWT secret/);
  const other = { SUPABASE_SERVICE_ROLE_KEY: `${serviceRole.slice(0, -4)}AAAA` };
  assert.notEqual(await legacySecret(source(other)), null);
});

Deno.test("a missing or unfit secret is reported only when it is needed, without the reason", async () => {
  for (
    const [secret, reason] of [["", "legacy_secret_missing"], ["short", "legacy_secret_unfit"]]
  ) {
    const sign = await legacySigner(source({}, secret));
    const asked = { ...claims(), moduleId: "1", userId: ADA };
    await assert.rejects(
      sign(asked, ISSUER, { accessLevel: "standard", maxUsage: null }),
      (error: { code: string; more: { reason: string; members: { detail: string } } }) => {
        assert.deepEqual([error.code, error.more.reason], ["legacy_secret_unfit", reason]);
        assert.match(error.more.members.detail, /Set MODULE_TOKEN_LEGACY_SECRET/);
        assert.doesNotMatch(error.more.members.detail, /short|fewer|placeholder/);
        return true;
      },
    );
  }
});

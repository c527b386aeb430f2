import assert from "node:assert/strict";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { keyRing } from "./key_ring.ts";
import { signModuleToken } from "./sign.ts";
import { ADA, claims, ISSUER, newKey, NOW } from "./testing.ts";

for (const alg of ["ES256", "EdDSA"] as const) {
  Deno.test(`a token has its user, module, terms and end (${alg})`, async () => {
    const { signer } = await keyRing([await newKey("now", alg)]);
    const terms = { accessLevel: "pro", maxUsage: 100 };
    const token = await signModuleToken(signer, ISSUER, claims(), terms);
    assert.deepEqual(decodeProtectedHeader(token), { alg, kid: "now", typ: "module+jwt" });
    assert.deepEqual(decodeJwt(token), {
      iss: "http://localhost/functions/v1/module-token",
      sub: ADA,
      aud: "whisper",
      jti: "70000000-0000-4000-8000-000000000001",
      iat: NOW,
      exp: NOW + 300,
      access_level: "pro",
      max_usage: 100,
    });
  });
}

Deno.test("a missing limit is written as null", async () => {
  const { signer } = await keyRing([await newKey("now")]);
  const token = await signModuleToken(signer, ISSUER, claims(), {
    accessLevel: "standard",
    maxUsage: null,
  });
  assert.equal(decodeJwt(token).max_usage, null);
});

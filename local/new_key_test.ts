import assert from "node:assert/strict";
import { calculateJwkThumbprint } from "jose";
import { keyRing } from "../supabase/functions/module-token/key_ring.ts";
import { readKeySet } from "../supabase/functions/module-token/key_set.ts";
import { newKey } from "./new_key.ts";

for (const alg of ["ES256", "EdDSA"] as const) {
  Deno.test(`the function accepts a new key, and its name is its thumbprint (${alg})`, async () => {
    const key = newKey(alg, 1_790_000_000);
    const { signer } = await keyRing(readKeySet(JSON.stringify({ keys: [key] })));
    const { kid, iat } = key;
    assert.deepEqual([signer.alg, signer.kid, iat], [alg, kid, 1_790_000_000]);
    assert.equal(kid, await calculateJwkThumbprint(key));
  });
}

Deno.test("no two keys are the same, and no name looks like an option", () => {
  const kids = Array.from({ length: 200 }, () => newKey("EdDSA", 0).kid);
  assert.equal(new Set(kids).size, kids.length);
  assert(kids.every((kid) => !kid.startsWith("-")));
});

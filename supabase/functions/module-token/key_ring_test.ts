import assert from "node:assert/strict";
import { keyRing } from "./key_ring.ts";
import { newKey } from "./testing.ts";

const [old, fresh] = [await newKey("old"), await newKey("fresh", "EdDSA")];

Deno.test("the first key signs, and all of them verify", async () => {
  const { signer, verifiers } = await keyRing([fresh, old]);
  assert.deepEqual([signer.kid, signer.alg, signer.key.type], ["fresh", "EdDSA", "private"]);
  assert.deepEqual([...verifiers.keys()], ["fresh", "old"]);
});

Deno.test("only the public half of a key is published", async () => {
  const { jwks } = await keyRing([{ ...old, iat: 1, note: "ours" }, fresh]);
  const { x, y } = old;
  assert.deepEqual(jwks.keys, [
    { kty: "EC", crv: "P-256", x, y, kid: "old", alg: "ES256", use: "sig" },
    { kty: "OKP", crv: "Ed25519", x: fresh.x, kid: "fresh", alg: "EdDSA", use: "sig" },
  ]);
});

Deno.test("no private key can be exported from the ring", async () => {
  const { signer } = await keyRing([old]);
  assert.equal(signer.key.extractable, false);
});

Deno.test("mismatched key halves and invalid points are refused, and the error names the key's place", async () => {
  const { d } = await newKey("other");
  const { d: otherD } = await newKey("other", "EdDSA");
  const set = [old, { ...old, d }, { ...fresh, d: otherD }, { ...old, y: old.x }];
  await assert.rejects(keyRing(set), (error: Error) => {
    assert.equal(error.name, "Misconfigured");
    for (const place of [2, 3, 4]) assert(error.message.includes(`in key ${place}:`));
    assert(!error.message.includes("in key 1:") && !error.message.includes(d));
    return true;
  });
});

import { importJWK, type JWK } from "jose";
import { type Algorithm, algorithmOf, type PrivateJwk, throwIfAny } from "./key_set.ts";

/** One half of a key pair, ready for use. */
export interface RingKey {
  kid: string;
  alg: Algorithm;
  key: CryptoKey;
}

/** The keys of module tokens: one signs, all verify. */
export interface KeyRing {
  signer: RingKey;
  verifiers: ReadonlyMap<string, RingKey>;
  /** The public halves. */
  jwks: { keys: JWK[] };
}

type Pair = Record<"signer" | "verifier", RingKey> & { published: JWK };

/** Imports the keys. Throws `Misconfigured` if the halves of a key do not match. */
export async function keyRing(set: readonly PrivateJwk[]): Promise<KeyRing> {
  const pairs = await Promise.all(set.map((jwk) => pairOf(jwk).catch(() => null)));
  throwIfAny(
    pairs.flatMap((pair, index) =>
      pair === null ? [`has halves that do not match, in key ${index + 1}`] : []
    ),
  );
  const whole = pairs.filter((pair) => pair !== null);
  return {
    signer: whole[0]!.signer,
    verifiers: new Map(whole.map(({ verifier }) => [verifier.kid, verifier])),
    jwks: { keys: whole.map(({ published }) => published) },
  };
}

/** Signs and verifies once, because importing accepts halves of different keys. */
async function pairOf({ kty, crv, x, y, d, kid }: PrivateJwk): Promise<Pair> {
  const alg = algorithmOf({ crv });
  const half = { kty, crv, x, ...y === undefined ? {} : { y } };
  const [signing, verifying] = await Promise.all([
    importJWK({ ...half, d }, alg) as Promise<CryptoKey>,
    importJWK(half, alg) as Promise<CryptoKey>,
  ]);
  const how = alg === "ES256" ? { name: "ECDSA", hash: "SHA-256" } : { name: "Ed25519" };
  const sample = new Uint8Array(32);
  const signature = await crypto.subtle.sign(how, signing, sample);
  if (!await crypto.subtle.verify(how, verifying, signature, sample)) throw new Error("two keys");
  return {
    signer: { kid, alg, key: signing },
    verifier: { kid, alg, key: verifying },
    published: { ...half, kid, alg, use: "sig" },
  };
}

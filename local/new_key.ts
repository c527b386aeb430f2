/** Makes signing keys. */

import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Algorithm, PrivateJwk } from "../supabase/functions/module-token/key_set.ts";
import type { KeptKey } from "./kept_key.ts";

/** A new key, made at this Unix second; its name is its thumbprint (RFC 7638). */
export function newKey(alg: Algorithm, iat: number): KeptKey {
  const jwk = generate(alg).export({ format: "jwk" }) as unknown as PrivateJwk;
  const kid = thumbprintOf(jwk);
  // On a command line, a name that begins with a dash would be taken for a flag.
  return kid.startsWith("-") ? newKey(alg, iat) : { ...jwk, kid, alg, iat };
}

function generate(alg: Algorithm): KeyObject {
  return alg === "ES256"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    : generateKeyPairSync("ed25519").privateKey;
}

/** The thumbprint covers the public members that this kind of key must have, in alphabetical order. */
function thumbprintOf({ crv, kty, x, y }: PrivateJwk): string {
  const text = JSON.stringify({ crv, kty, x, y }); // `y` is left out if there is none
  return createHash("sha256").update(text).digest("base64url");
}

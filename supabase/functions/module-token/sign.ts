import { SignJWT } from "jose";
import type { RingKey } from "./key_ring.ts";
import { type Claims, TOKEN_TYPE } from "./module_token.ts";

/** The terms of the access when the token was signed. */
export interface Terms {
  accessLevel: string | null;
  /** Null: no limit. */
  maxUsage: number | null;
}

/** Signs a module token. */
export function signModuleToken(
  { kid, alg, key }: RingKey,
  issuer: string,
  claims: Claims,
  terms: Terms,
): Promise<string> {
  return unsigned(issuer, claims, terms).setProtectedHeader({ alg, kid, typ: TOKEN_TYPE }).sign(
    key,
  );
}

/** The claims of every token, with any key. `more` is added to them. */
export function unsigned(
  issuer: string,
  { tokenId, userId, module, issuedAt, expiresAt }: Claims,
  { accessLevel, maxUsage }: Terms,
  more: Record<string, unknown> = {},
): SignJWT {
  return new SignJWT({ access_level: accessLevel, max_usage: maxUsage, ...more })
    .setIssuer(issuer)
    .setSubject(userId)
    .setAudience(module)
    .setJti(tokenId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt);
}

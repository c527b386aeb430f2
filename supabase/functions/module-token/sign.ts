import { SignJWT } from "jose";
import type { RingKey } from "./key_ring.ts";
import { type Claims, TOKEN_TYPE } from "./module_token.ts";

/** What a module may do for its user, as it was when the token was made. */
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

/** What every token says, by whatever key it is verified; `more` is said beside it. */
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

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
  { tokenId, userId, module, issuedAt, expiresAt }: Claims,
  { accessLevel, maxUsage }: Terms,
): Promise<string> {
  return new SignJWT({ access_level: accessLevel, max_usage: maxUsage })
    .setProtectedHeader({ alg, kid, typ: TOKEN_TYPE })
    .setIssuer(issuer)
    .setSubject(userId)
    .setAudience(module)
    .setJti(tokenId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key);
}

/** The claims of a module token. */
export interface Claims {
  /** `jti`: the id of its row in `access_tokens`. */
  tokenId: string;
  /** `sub` */
  userId: string;
  /** `aud`: the module's slug. */
  module: string;
  /** `iat`, in Unix seconds. */
  issuedAt: number;
  /** `exp`, in Unix seconds. */
  expiresAt: number;
}

/** `typ`: distinguishes a module token from other JWTs of the project (RFC 8725, 3.11). */
export const TOKEN_TYPE = "module+jwt";

/** `iss`: the function itself, at the project's URL. */
export function issuerOf(projectUrl: string): string {
  return `${projectUrl}/functions/v1/module-token`;
}

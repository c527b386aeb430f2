/**
 * A module server that verifies its tokens itself, with the project's public keys:
 *
 *     MODULE_TOKEN_ISSUER=https://<ref>.supabase.co/functions/v1/module-token MODULE=whisper \
 *       deno run -A examples/module-server/offline.ts
 *
 * It makes no call for each request, and counts no use. A refund takes effect when the token ends,
 * usually within five minutes.
 *
 * @module
 */

import { base64url, createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";

/** Answers a request that has a valid token for this module with work. */
export function offlineModule(
  issuer: string,
  module: string,
): (request: Request) => Promise<Response> {
  // Fetched when first needed, kept for five minutes, and fetched again for an unknown key.
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`), { cacheMaxAge: 300_000 });

  return async (request) => {
    const [, token = ""] = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    try {
      if (!token.split(".").every(isCanonical)) throw new errors.JWSInvalid("not base64url");
      const { payload } = await jwtVerify(token, keys, {
        issuer, // this project and no other
        audience: module, // this module and no other
        typ: "module+jwt", // a module token, not the member's session
        algorithms: ["ES256", "EdDSA"], // never what the token itself asks for
        requiredClaims: ["sub", "jti", "exp"],
        clockTolerance: 60,
      });
      return work(payload);
    } catch (error) {
      // Without the keys no token can be judged, so this is not a refusal.
      if (!isRefusal(error)) return Response.json({ error: "unavailable" }, { status: 503 });
      return Response.json({ error: error.code }, { status: 401 });
    }
  };
}

/** jose also accepts padding, blanks and stray bits, so that one token would have many spellings. */
function isCanonical(part: string): boolean {
  return base64url.encode(base64url.decode(part)) === part;
}

function isRefusal(error: unknown): error is errors.JOSEError {
  return error instanceof errors.JOSEError &&
    !["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"].includes(error.code);
}

/** The work of the module. */
function work({ sub, access_level }: JWTPayload): Response {
  return Response.json({ user: sub, access_level });
}

if (import.meta.main) {
  Deno.serve(offlineModule(Deno.env.get("MODULE_TOKEN_ISSUER")!, Deno.env.get("MODULE")!));
}

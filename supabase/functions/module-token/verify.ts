import { base64url, compactVerify, decodeProtectedHeader, errors } from "jose";
import { type JsonObject, oneOf, parsed, record, text, time } from "../_shared/facts/json.ts";
import type { KeyRing, RingKey } from "./key_ring.ts";
import type { Algorithm } from "./key_set.ts";
import { type Claims, TOKEN_TYPE } from "./module_token.ts";

/** Why a token is invalid by itself. */
export type Fault =
  | "malformed"
  | "unknown_key"
  | "bad_signature"
  | "wrong_type"
  | "wrong_issuer"
  | "wrong_module"
  | "expired"
  | "not_yet_valid";

/** What a token must match. */
export interface Expected {
  issuer: string;
  /** The slug of the asking module; null: a token of any module is accepted. */
  module: string | null;
  /** Unix seconds. */
  now: number;
}

/** In characters. Ours have about 600. */
const LONGEST = 4_096;

/** Seconds by which clocks may differ. */
const SKEW = 60;

/** Both algorithms sign with 64 bytes, which are 86 characters. */
const WHOLE_SIGNATURE = /\.[\w-]{86}$/;

const ALGORITHMS: readonly Algorithm[] = ["ES256", "EdDSA"];

/** The claims of a valid token for this module and time, or why it is invalid. */
export async function verifyModuleToken(
  token: string,
  { verifiers }: Pick<KeyRing, "verifiers">,
  expected: Expected,
): Promise<Claims | Fault> {
  const header = token.length <= LONGEST ? headerOf(token) : null;
  if (header === null) return "malformed";
  // Checked before the key: alg none is a bad signature, whatever key it names.
  if (oneOf(ALGORITHMS, header.alg) === null) return "bad_signature";
  const verifier = verifiers.get(text(header.kid) ?? "");
  if (verifier === undefined) return "unknown_key";
  // The key decides the algorithm. The token must agree.
  if (verifier.alg !== header.alg) return "bad_signature";
  if (!WHOLE_SIGNATURE.test(token)) return "malformed";

  const payload = await payloadOf(token, verifier);
  return typeof payload === "string" ? payload : judge(header, payload, expected);
}

function headerOf(token: string): JsonObject | null {
  const parts = token.split(".");
  try {
    return parts.length === 3 && parts.every(isCanonical)
      ? record(decodeProtectedHeader(token))
      : null;
  } catch {
    return null;
  }
}

/** Whether the bytes are written canonically: libraries also accept padding, blanks and stray bits. */
function isCanonical(part: string): boolean {
  return base64url.encode(base64url.decode(part)) === part;
}

async function payloadOf(token: string, { key, alg }: RingKey): Promise<JsonObject | Fault> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [alg] });
    return record(parsed(new TextDecoder().decode(payload))) ?? "malformed";
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return "bad_signature";
    if (error instanceof errors.JOSEError) return "malformed";
    throw error;
  }
}

function judge(header: JsonObject, payload: JsonObject, expected: Expected): Claims | Fault {
  if (header.typ !== TOKEN_TYPE) return "wrong_type";
  if (payload.iss !== expected.issuer) return "wrong_issuer";
  const claims = claimsOf(payload);
  if (claims === null) return "malformed";
  if (expected.module !== null && claims.module !== expected.module) return "wrong_module";
  if (claims.expiresAt + SKEW <= expected.now) return "expired";
  return claims.issuedAt - SKEW > expected.now ? "not_yet_valid" : claims;
}

function claimsOf({ sub, aud, jti, iat, exp }: JsonObject): Claims | null {
  const [userId, module, tokenId] = [text(sub), text(aud), text(jti)];
  const [issuedAt, expiresAt] = [time(iat), time(exp)];
  if (userId === null || module === null || tokenId === null) return null;
  if (issuedAt === null || expiresAt === null) return null;
  return { userId, module, tokenId, issuedAt, expiresAt };
}

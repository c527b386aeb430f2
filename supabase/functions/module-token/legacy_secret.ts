import { base64url, compactVerify, errors } from "jose";
import { Misconfigured, type Source } from "../_shared/env.ts";
import { Refusal } from "../_shared/problem.ts";
import type { Claims } from "./module_token.ts";
import { type Terms, unsigned } from "./sign.ts";

/** The claims of an older site's token beyond `Claims`. */
export interface LegacyClaims extends Claims {
  /** The module's id, in digits. */
  moduleId: string;
}

/** Signs a token for a module whose server verifies with the shared secret. */
export type SignLegacy = (claims: LegacyClaims, issuer: string, terms: Terms) => Promise<string>;

const NAME = "MODULE_TOKEN_LEGACY_SECRET";

/** HS256 needs at least the length of its hash (RFC 7518, 3.2). */
const LEAST_BYTES = 32;

/** Other keys, some of them public. The shared secret must not be one of them. */
const OTHER_SECRETS = [
  "MODULE_TOKEN_KEYS",
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
  "SUPABASE_ANON_KEY",
  "SUPABASE_JWKS",
  "SUPABASE_PUBLISHABLE_KEYS",
  "SUPABASE_SECRET_KEYS",
  "SUPABASE_SERVICE_ROLE_KEY",
];

/** Projects with legacy keys sign these with their own JWT secret. */
const PROJECT_JWTS = ["SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY"];

/** Placeholders of published examples that were never replaced. */
const PLACEHOLDER = /change.?(?:me|this|it|in.?production)|your.?(?:jwt|super|secret)|^(.)\1+$/i;

/** What a token of an older site allows. Its modules read this field. */
const PERMISSIONS = ["read", "access", "write"];

/** The exact bytes of `MODULE_TOKEN_LEGACY_SECRET`; null: not set. Throws `Misconfigured` without a value. */
export async function legacySecret(source: Source): Promise<Uint8Array | null> {
  const written = source(NAME) ?? "";
  if (written.trim() === "") return null;
  const secret = new TextEncoder().encode(written);
  if (secret.length < LEAST_BYTES) {
    throw misconfigured(`has fewer than ${LEAST_BYTES} bytes, so it can be guessed`);
  }
  if (PLACEHOLDER.test(written)) throw misconfigured("is the placeholder of an example");
  if (OTHER_SECRETS.some((name) => holds(source(name) ?? "", written, secret))) {
    throw misconfigured("is another key of this project");
  }
  const signs = await Promise.all(
    PROJECT_JWTS.map((name) => hasSigned(secret, source(name) ?? "")),
  );
  if (signs.includes(true)) throw misconfigured("is the project's own JWT secret");
  return secret;
}

/**
 * Signs with the shared secret. A missing or unfit secret is reported only where it is needed, because it
 * must not stop the tokens of all other modules.
 */
export async function legacySigner(source: Source): Promise<SignLegacy> {
  const key = await keyOrFault(source);
  return async (claims, issuer, terms) => {
    if (typeof key === "string") throw new Refusal("legacy_secret_unfit", unfit(key));
    return await signLegacy(key, issuer, claims, terms);
  };
}

/** The key, or a word for the log that says why the secret cannot be used. */
async function keyOrFault(source: Source): Promise<CryptoKey | string> {
  try {
    const secret = await legacySecret(source);
    return secret === null ? "legacy_secret_missing" : await hmacKey(secret);
  } catch (error) {
    if (error instanceof Misconfigured) return "legacy_secret_unfit";
    throw error;
  }
}

/** Does not name the problem: members can read this, and "too short" would invite guessing. */
function unfit(reason: string) {
  const detail =
    `Set ${NAME} to the old site's JWT_SECRET: at least 32 bytes, and not another key of this project; ` +
    "Sesame's command doctor says what is wrong with it. Or let the module's server verify ES256 and set its token_alg so.";
  return { reason, members: { detail } };
}

/** The names of today and those of older sites. `typ` is JWT: a module+jwt is never HS256. */
function signLegacy(
  key: CryptoKey,
  issuer: string,
  claims: LegacyClaims,
  terms: Terms,
): Promise<string> {
  const { tokenId, moduleId, userId } = claims;
  const { accessLevel, maxUsage } = terms;
  const oldNames = { tokenId, moduleId, userId, accessLevel, maxUsage, permissions: PERMISSIONS };
  return unsigned(issuer, claims, terms, oldNames)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(key);
}

function hmacKey(secret: Uint8Array): Promise<CryptoKey> {
  const bytes = new Uint8Array(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function holds(other: string, written: string, secret: Uint8Array): boolean {
  return other.includes(written.trim()) || other.includes(base64url.encode(secret)); // as a JWK set writes it
}

async function hasSigned(secret: Uint8Array, jwt: string): Promise<boolean> {
  try {
    await compactVerify(jwt.trim(), secret, { algorithms: ["HS256"] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

function misconfigured(what: string): Misconfigured {
  return new Misconfigured([
    `${NAME} ${what}: make a new JWT_SECRET for the old site and its modules, openssl rand -base64 48, and set it here too`,
  ]);
}

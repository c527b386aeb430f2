import { exportJWK, generateKeyPair } from "jose";
import { type KeyRing, keyRing } from "./key_ring.ts";
import type { Algorithm, PrivateJwk } from "./key_set.ts";
import { type Claims, issuerOf } from "./module_token.ts";
import type { CheckedRight, Rights, TokenRight } from "./rights.ts";

/** The project that signs the tokens in tests. */
export const ISSUER = issuerOf("http://localhost");

export const ADA = "ada00000-0000-4000-8000-000000000001";

/** The Unix second at which tests take place. */
export const NOW = 1_790_000_000;

const CURVES = {
  ES256: {},
  EdDSA: { crv: "Ed25519" },
} as const satisfies Record<Algorithm, Record<string, string>>;

/** A new key. */
export async function newKey(kid: string, alg: Algorithm = "ES256"): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(alg, { ...CURVES[alg], extractable: true });
  return { ...await exportJWK(privateKey) as unknown as PrivateJwk, kid, alg };
}

/** A ring of new keys with these names. */
export async function newRing(...kids: string[]): Promise<KeyRing> {
  return await keyRing(await Promise.all(kids.map((kid) => newKey(kid))));
}

/** The claims of a token of Ada's. A test replaces some of them with `over`. */
export function claims(over: Partial<Claims> = {}): Claims {
  return {
    tokenId: "70000000-0000-4000-8000-000000000001",
    userId: ADA,
    module: "whisper",
    issuedAt: NOW,
    expiresAt: NOW + 300,
    ...over,
  };
}

/** An open right of Ada's, without limit or end. */
export function openRight(
  over: Partial<TokenRight & CheckedRight> = {},
): TokenRight & CheckedRight {
  return {
    reason: null,
    detail: null,
    tokenId: claims().tokenId,
    module: "whisper",
    moduleId: "2",
    userId: ADA,
    alg: "ES256",
    accessLevel: "standard",
    maxUsage: null,
    usesLeft: null,
    endsAt: null,
    ...over,
  };
}

/** A database that answers every question with this right, and remembers what it was asked. */
export function rightsThatSay(right: TokenRight & CheckedRight): Rights & { asked: unknown[][] } {
  const asked: unknown[][] = [];
  const answer = (...question: unknown[]) => {
    asked.push(question);
    return Promise.resolve(right);
  };
  return {
    asked,
    ofMember: (...args) => answer("ofMember", ...args),
    ofOrder: (...args) => answer("ofOrder", ...args),
    check: (...args) => answer("check", ...args),
  };
}

/** A request with this body. */
export function post(body: unknown, headers: Record<string, string> = {}): Request {
  return new Request("http://localhost/module-token", {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
}

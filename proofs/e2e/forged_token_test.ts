import assert from "node:assert/strict";
import { type JWTHeaderParameters, SignJWT } from "jose";
import { keyRing } from "../../supabase/functions/module-token/key_ring.ts";
import { readKeySet } from "../../supabase/functions/module-token/key_set.ts";
import { newKey } from "../../local/new_key.ts";
import { issuerOf, orderToken, verifyToken } from "./module_tokens.ts";
import { openStage } from "./stage.ts";

const log: string[] = [];
const { stack, sql, ada, bob } = await openStage({ log: (line) => log.push(line) });
const order = { userId: ada.id, paymentId: "order-1", maxUsage: 100 };
const { token } = await orderToken(stack, "whisper", order);
const [header = "", payload = "", signature = ""] = token.split(".");
const ours = (await keyRing(readKeySet(stack.moduleTokenKeys))).signer;
const strangers = (await keyRing([{ ...newKey("ES256", 0), kid: ours.kid }])).signer;

const jwks = await (await fetch(`${issuerOf(stack)}/jwks`)).json();

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(part, { alphabet: "base64url" })),
  );
}

function encoded(part: unknown): string {
  return new TextEncoder().encode(JSON.stringify(part))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Ada's token with these claims instead, signed with a key that the attacker has. */
function signed(
  claims: Record<string, unknown>,
  over: Record<string, unknown> = {},
  key: CryptoKey | Uint8Array = ours.key,
): Promise<string> {
  const headers = { ...decoded(header), ...over } as JWTHeaderParameters;
  return new SignJWT({ ...decoded(payload), ...claims }).setProtectedHeader(headers).sign(key);
}

/** The same bytes: four bits of the last character of a signature of 64 bytes mean nothing. */
function withStrayBit(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) ^ 1];
}

const hmac = (text: string) => new TextEncoder().encode(text);
const now = Math.floor(Date.now() / 1_000);

const ATTACKS: [title: string, token: string, reason: string][] = [
  ["alg none", `${encoded({ ...decoded(header), alg: "none" })}.${payload}.`, "bad_signature"],
  ["alg none, in capitals", `${encoded({ alg: "NONE" })}.${payload}.${signature}`, "bad_signature"],
  [
    "key confusion: the published key as a secret",
    await signed({}, { alg: "HS256" }, hmac(JSON.stringify(jwks.keys[0]))),
    "bad_signature",
  ],
  [
    "signed with the members' secret",
    await signed({}, { alg: "HS256" }, hmac(stack.jwtSecret)),
    "bad_signature",
  ],
  ["a session in its place", ada.headers.authorization!.slice("Bearer ".length), "bad_signature"],
  [
    "forged kid: our key's name, another's signature",
    await signed({}, {}, strangers.key),
    "bad_signature",
  ],
  ["forged kid: an unknown name", await signed({}, { kid: "x" }, strangers.key), "unknown_key"],
  [
    "another user in it",
    `${header}.${encoded({ ...decoded(payload), sub: bob.id })}.${signature}`,
    "bad_signature",
  ],
  ["another issuer", await signed({ iss: "https://eve.example.com" }), "wrong_issuer"],
  ["another type", await signed({}, { typ: "JWT" }), "wrong_type"],
  ["another module's", await signed({ aud: "llama" }), "wrong_module"],
  ["ended long ago", await signed({ exp: now - 61 }), "expired"],
  ["of tomorrow", await signed({ iat: now + 86_400, exp: now + 90_000 }), "not_yet_valid"],
  ["truncated", token.slice(0, -20), "malformed"],
  ["truncated to its payload", `${header}.${payload}`, "malformed"],
  ["oversized", await signed({ note: "x".repeat(4_096) }), "malformed"],
  ["of half a megabyte", "x".repeat(500_000), "malformed"],
  ["empty", "", "malformed"],
  ["with a stray bit in its last character", withStrayBit(token), "malformed"],
  ["with padding", `${token}==`, "malformed"],
  ["with a blank behind it", `${token} `, "malformed"],
];

for (const [title, forged, reason] of ATTACKS) {
  Deno.test(`a token ${title} is refused as ${reason}, and nothing is counted`, async () => {
    const verdict = await verifyToken(stack, forged, { module: "whisper", consume: true });
    assert.deepEqual(verdict, { active: false, reason });
    const [row] = await sql`select sum(usage_count)::int as used from public.access_tokens`;
    assert.equal(row?.used, 0);
  });
}

Deno.test("a token signed with our key but unknown to the database is refused", async () => {
  const bobs = await verifyToken(stack, await signed({ sub: bob.id }));
  assert.deepEqual([bobs.active, bobs.reason], [false, "no_access"]);
  const llamas = await verifyToken(stack, await signed({ aud: "llama" }), { module: "llama" });
  assert.deepEqual([llamas.active, llamas.reason], [false, "no_access"]);
});

Deno.test("the unchanged token is accepted, so the refusals above are caused by the changes", async () => {
  const verdict = await verifyToken(stack, token, { module: "whisper", consume: true });
  assert.deepEqual([verdict.active, verdict.user_id, verdict.uses_left], [true, ada.id, 99]);
});

Deno.test("only the public halves of the keys are published", () => {
  assert.equal(jwks.keys.length, 1);
  assert.deepEqual(Object.keys(jwks.keys[0]).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
});

Deno.test("the log has the reason of a refusal, and nothing of the token", () => {
  const text = log.join("\n");
  for (const [, , reason] of ATTACKS) assert(text.includes(`"outcome":"${reason}"`), reason);
  for (const inner of [token, payload, signature, ours.kid, ada.id, "order-1"]) {
    assert(!text.includes(inner), inner);
  }
});

import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { type KeyRing, keyRing } from "./key_ring.ts";
import type { Claims } from "./module_token.ts";
import { signModuleToken } from "./sign.ts";
import { claims, ISSUER, newKey, newRing, NOW } from "./testing.ts";
import { verifyModuleToken } from "./verify.ts";

const ring = await newRing("now", "before");
const terms = { accessLevel: "standard", maxUsage: null };

function sign(over: Partial<Claims> = {}, by: KeyRing = ring, issuer = ISSUER): Promise<string> {
  return signModuleToken(by.signer, issuer, claims(over), terms);
}

function verify(token: string, { now = NOW, module = null as string | null, by = ring } = {}) {
  return verifyModuleToken(token, by, { issuer: ISSUER, module, now });
}

/** A token of this type and payload, signed with our own key. */
function signed(typ: string | null, payload: Record<string, unknown>): Promise<string> {
  const { alg, kid, key } = ring.signer;
  const header = { alg, kid, ...typ === null ? {} : { typ } };
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

function encode(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
}

/** The same token with another header, and with another signature where one is given. */
function withHeader(token: string, header: unknown, signature?: string): string {
  const [, payload, before] = token.split(".");
  return [encode(header), payload, signature ?? before].join(".");
}

Deno.test("a token that was signed with a key of the ring is valid", async () => {
  assert.deepEqual(await verify(await sign()), claims());
  const eddsa = await keyRing([await newKey("ed", "EdDSA")]);
  assert.deepEqual(await verify(await sign({}, eddsa), { by: eddsa }), claims());
});

Deno.test("a token of the former key is valid as long as the ring has that key", async () => {
  const before = await newKey("before");
  const token = await sign({}, await keyRing([before]));
  const now = await newKey("now");
  assert.deepEqual(await verify(token, { by: await keyRing([now, before]) }), claims());
  assert.equal(await verify(token, { by: await keyRing([now]) }), "unknown_key");
});

Deno.test("alg none: a token without a signature is refused, whatever key it names", async () => {
  const token = await sign();
  for (const header of [{ alg: "none" }, { alg: "none", kid: "now", typ: "module+jwt" }]) {
    assert.equal(await verify(withHeader(token, header, "")), "bad_signature");
    assert.equal(await verify(withHeader(token, header)), "bad_signature");
  }
  assert.equal(await verify(withHeader(token, { alg: "None", kid: "now" })), "bad_signature");
});

Deno.test("key confusion: a token signed with HS256 and the public key is refused", async () => {
  const secret = new TextEncoder().encode(JSON.stringify(ring.jwks.keys[0]));
  const forged = await new SignJWT({ sub: claims().userId, aud: "whisper", iss: ISSUER })
    .setProtectedHeader({ alg: "HS256", kid: "now", typ: "module+jwt" })
    .sign(secret);
  assert.equal(await verify(forged), "bad_signature");
});

Deno.test("a token with another algorithm than its key is refused", async () => {
  const header = { alg: "EdDSA", kid: "now", typ: "module+jwt" };
  assert.equal(await verify(withHeader(await sign(), header)), "bad_signature");
});

Deno.test("forged kid: a token that names our key but has another signature is refused", async () => {
  const stranger = await newRing("now");
  assert.equal(await verify(await sign({}, stranger)), "bad_signature");
  const header = { alg: "ES256", typ: "module+jwt" };
  for (const kid of ["later", "", "__proto__", 1, null, "../../etc/passwd", undefined]) {
    assert.equal(
      await verify(withHeader(await sign(), { ...header, kid })),
      "unknown_key",
      `${kid}`,
    );
  }
});

Deno.test("a key inside a token is ignored", async () => {
  const stranger = await newRing("stranger");
  const [jwk] = stranger.jwks.keys;
  const { alg, key } = stranger.signer;
  const token = await new SignJWT({})
    .setProtectedHeader({ alg, kid: "now", typ: "module+jwt", jwk: jwk!, jku: "http://localhost/" })
    .sign(key);
  assert.equal(await verify(token), "bad_signature");
});

Deno.test("a token in which any character was changed is refused", async () => {
  const token = await sign();
  for (let place = 0; place < token.length; place++) {
    if (token[place] === ".") continue;
    const changed = `${token.slice(0, place)}${token[place] === "A" ? "B" : "A"}${
      token.slice(place + 1)
    }`;
    assert.equal(typeof await verify(changed), "string", `at ${place}`);
  }
});

/** The 64 characters of base64url, in their order. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Deno.test("stray bits: a different last character for the same bytes is malformed", async () => {
  for (const by of [ring, await keyRing([await newKey("ed", "EdDSA")])]) {
    const token = await sign({}, by);
    const last = ALPHABET.indexOf(token.at(-1)!);
    for (let bits = 1; bits < 16; bits++) {
      const other = token.slice(0, -1) + ALPHABET[last ^ bits];
      assert.equal(await verify(other, { by }), "malformed", other.slice(-3));
    }
  }
});

Deno.test("padding, blanks, standard base64: another spelling of a token is malformed", async () => {
  const token = await sign();
  const [header = "", payload = "", signature = ""] = token.split(".");
  const standard = (part: string) => part.replaceAll("-", "+").replaceAll("_", "/");
  for (
    const other of [
      `${token}=`,
      `${token}==`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}=.${signature}`,
      ` ${token}`,
      `${token}\n`,
      `${header} .${payload}.${signature}`,
      `${header}.${payload.slice(0, 5)}\r\n${payload.slice(5)}.${signature}`,
      `${header}.${payload}.${signature.slice(0, 9)}\t${signature.slice(9)}`,
      `${header}.${payload}.${signature}A`,
      `${header}.${payload}.${signature}.`,
      ...[token].map(standard).filter((text) => text !== token),
    ]
  ) {
    assert.equal(await verify(other), "malformed", JSON.stringify(other.slice(-4)));
  }
});

Deno.test("truncated: every beginning of a token is refused", async () => {
  const token = await sign();
  for (let length = 0; length < token.length; length += 3) {
    assert.equal(await verify(token.slice(0, length)), "malformed", `of ${length}`);
  }
});

Deno.test("oversized: a token longer than 4 KB is refused without being parsed", async () => {
  const { tokenId: jti, userId: sub, module: aud, issuedAt: iat, expiresAt: exp } = claims();
  const withNote = (note: string) =>
    signed("module+jwt", { iss: ISSUER, jti, sub, aud, iat, exp, note });
  assert.deepEqual(await verify(await withNote("x".repeat(2_000))), claims());
  assert.equal(await verify(await withNote("x".repeat(4_000))), "malformed");
});

Deno.test("a text that is not a token is malformed", async () => {
  const { length } = await sign();
  for (
    const text of ["", ".", "..", "a.b.c", "null", "e30.e30.e30.e30", "\0".repeat(length), "é.é.é"]
  ) {
    assert.equal(await verify(text), "malformed", text);
  }
});

Deno.test("a signed token with an empty payload is malformed", async () => {
  assert.equal(await verify(await signed("module+jwt", { iss: ISSUER })), "malformed");
});

Deno.test("a token with an unknown critical extension is refused", async () => {
  const { signer } = ring;
  const token = await new SignJWT({ iss: ISSUER })
    .setProtectedHeader({
      alg: signer.alg,
      kid: signer.kid,
      typ: "module+jwt",
      crit: ["exp"],
      exp: 1,
    })
    .sign(signer.key, { crit: { exp: true } });
  assert.equal(await verify(token), "malformed");
});

Deno.test("another JWT of the project is not accepted as a module token", async () => {
  for (const typ of ["JWT", "at+jwt", null]) {
    assert.equal(await verify(await signed(typ, { iss: ISSUER })), "wrong_type");
  }
});

Deno.test("a token of another project is refused, even if signed with our key", async () => {
  assert.equal(await verify(await sign({}, ring, `${ISSUER}/`)), "wrong_issuer");
});

Deno.test("a token for another module is refused if the request names a module", async () => {
  const token = await sign({ module: "llama" });
  assert.equal(await verify(token, { module: "whisper" }), "wrong_module");
  assert.equal(await verify(token, { module: "Llama" }), "wrong_module");
  assert.deepEqual(await verify(token, { module: "llama" }), claims({ module: "llama" }));
  assert.deepEqual(await verify(token), claims({ module: "llama" }));
});

Deno.test("a token ends at its exp, with a minute of tolerance between two clocks", async () => {
  const token = await sign();
  assert.deepEqual(await verify(token, { now: NOW + 359 }), claims());
  assert.equal(await verify(token, { now: NOW + 360 }), "expired");
  assert.deepEqual(await verify(token, { now: NOW - 60 }), claims());
  assert.equal(await verify(token, { now: NOW - 61 }), "not_yet_valid");
});

import { json, operation } from "./operation.ts";
import { ANY_CODES, BODY_CODES, header, type Json } from "./problems.ts";
import { ref } from "./schemas.ts";

const USER_ID = "ada00000-0000-4000-8000-000000000001";

const TERMS = {
  module: "whisper",
  expires_at: "2026-12-01T00:05:00Z",
  access_expires_at: null,
  access_level: "standard",
  max_usage: 100,
  uses_left: 99,
};

const ORDER = { moduleId: "whisper", userId: USER_ID, paymentId: "pi_3Q9XyZ" };

export const MODULE_TOKEN: Json = {
  "/module-token": {
    post: operation({
      id: "mintModuleToken",
      summary: "Gives a module token",
      description:
        "A signed-in member gets a token for a module that is open to them. A server with the secret key orders a " +
        "token for a user; the same payment, module and user get the same right again.",
      security: ["session", "secretKey"],
      request: {
        schema: { oneOf: [ref("MemberTokenRequest"), ref("TokenOrder")] },
        examples: { member: { module: "whisper" }, server: { ...ORDER, maxUsage: 100 } },
      },
      answers: {
        200: json("The token.", { oneOf: [ref("MemberToken"), ref("OrderedToken")] }, {
          token: "eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJ3aGlzcGVyIn0.c2lnbmF0dXJl",
          ...TERMS,
        }),
        202: json("Ordered for a user who is not known yet.", "WaitingOrder", {
          token: null,
          ...TERMS,
          expires_at: null,
          success: true,
          tokenId: USER_ID,
          ...ORDER,
          userId: "carol@example.com",
          accessLevel: "standard",
          maxUsage: 100,
          expiresAt: null,
          jwtToken: null,
          waits: true,
          detail: "There is no user for this userId yet.",
        }),
      },
      refusals: [
        ...BODY_CODES,
        "not_signed_in",
        "secret_key_needed",
        "no_access",
        "no_such_module",
        "no_such_user",
        "legacy_secret_unfit",
        ...ANY_CODES,
      ],
    }),
  },
  "/module-token/verify": {
    post: operation({
      id: "verifyModuleToken",
      summary: "Checks a token",
      description: "For the server of a module. With consume it counts one use.",
      security: [],
      request: {
        schema: ref("TokenQuestion"),
        examples: { check: { token: "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", module: "whisper" } },
      },
      answers: {
        200: json("Whether it does.", { oneOf: [ref("ActiveToken"), ref("RefusedToken")] }, {
          active: false,
          reason: "expired",
        }),
      },
      refusals: [...BODY_CODES, ...ANY_CODES],
    }),
  },
  "/module-token/jwks": {
    get: operation({
      id: "moduleTokenKeys",
      summary: "The public keys of module tokens",
      description: "For servers that verify offline. They may keep the answer for five minutes.",
      security: [],
      parameters: [{ name: "if-none-match", in: "header", schema: { type: "string" } }],
      answers: {
        200: {
          description: "A JWK set.",
          headers: { etag: header("Send it back as if-none-match.") },
          content: {
            "application/jwk-set+json": {
              schema: ref("KeySet"),
              example: { keys: [{ kty: "EC", kid: "k1", alg: "ES256" }] },
            },
          },
        },
        304: { description: "The set is the one that if-none-match names." },
      },
      refusals: [],
    }),
  },
};

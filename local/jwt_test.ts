import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { isValidJwt } from "./jwt.ts";

const SECRET = "a secret of at least thirty-two characters";
const NOW = Date.UTC(2026, 10, 21);

function mint(header: unknown, payload: unknown, secret = SECRET): string {
  const parts = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${parts}.${createHmac("sha256", secret).update(parts).digest("base64url")}`;
}

Deno.test("a token signed with the project's secret is valid until it expires", async () => {
  const token = mint({ alg: "HS256", typ: "JWT" }, { sub: "ada", exp: NOW / 1000 + 60 });
  assert.equal(await isValidJwt(token, SECRET, NOW), true);
  assert.equal(await isValidJwt(token, SECRET, NOW + 60_000), false);
  assert.equal(await isValidJwt(token, "another secret", NOW), false);
});

Deno.test("a token that does not expire, has another algorithm, or is not a token is not valid", async () => {
  const exp = NOW / 1000 + 60;
  const wrong = {
    "for ever": mint({ alg: "HS256" }, { sub: "ada" }),
    "algorithm none": mint({ alg: "none" }, { exp }).replace(/[^.]+$/, ""),
    "algorithm none, signed": mint({ alg: "none" }, { exp }),
    "null header": mint(null, { exp }),
    "null payload": mint({ alg: "HS256" }, null),
    "two parts": mint({ alg: "HS256" }, { exp }).replace(/\.[^.]+$/, ""),
    "not base64": "a!.b!.c!",
    "nothing": "",
  };
  for (const [what, token] of Object.entries(wrong)) {
    assert.equal(await isValidJwt(token, SECRET, NOW), false, what);
  }
});

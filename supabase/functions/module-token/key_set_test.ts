import assert from "node:assert/strict";
import { Misconfigured } from "../_shared/env.ts";
import { algorithmOf, moduleTokenKeys, type PrivateJwk } from "./key_set.ts";
import { newKey } from "./testing.ts";

function read(text: string): PrivateJwk[] {
  return moduleTokenKeys((name) => name === "MODULE_TOKEN_KEYS" ? text : undefined);
}

function complaintsAbout(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Misconfigured) return error.complaints;
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

const [ec, ed] = [await newKey("ec"), await newKey("ed", "EdDSA")];

Deno.test("a set of keys of both kinds is read, with what its keeper noted in it", () => {
  const noted = { ...ed, iat: 1_790_000_000 };
  assert.deepEqual(read(JSON.stringify({ keys: [ec, noted] })), [ec, noted]);
});

Deno.test("the curve alone says what a key signs with", () => {
  const { alg: _, ...silent } = ec;
  const keys = read(JSON.stringify({ keys: [silent, ed] }));
  assert.deepEqual(keys.map(algorithmOf), ["ES256", "EdDSA"]);
});

Deno.test("a text that is no set, or an empty set, is refused with the fix", () => {
  for (const text of ["", " ", "keys", "[]", "null", '{"keys":[]}', '{"keys":{}}', '"{}"']) {
    const [complaint, ...more] = complaintsAbout(text);
    assert.match(
      complaint ?? "",
      /^MODULE_TOKEN_KEYS .*: make the set with npx -y deno@2\.9\.6 task keys$/,
    );
    assert.deepEqual(more, [], text);
  }
});

Deno.test("each unusable key is refused for its fault, by its place in the set", () => {
  const { d: _, ...publicHalf } = ec;
  const { kid: __, ...nameless } = ec;
  const bad = [
    [publicHalf, "the public half only"],
    [nameless, "no kid"],
    [{ ...ec, kid: "" }, "no kid"],
    [{ ...ed, kid: "ec" }, "the kid of an earlier key"],
    [{ ...ec, kid: "1", alg: "EdDSA" }, "an alg that does not fit its curve"],
    [{ ...ec, kid: "2", alg: "HS256" }, "an alg that does not fit its curve"],
    [{ ...ec, kid: "3", d: ec.d.slice(1) }, "a number of the wrong length"],
    [{ ...ec, kid: "4", y: undefined }, "a number of the wrong length"],
    [{ ...ec, kid: "5", crv: "P-384" }, "neither an EC key on P-256 nor an OKP key on Ed25519"],
    [{ ...ed, kid: "6", kty: "EC" }, "neither an EC key on P-256 nor an OKP key on Ed25519"],
    [{ kty: "RSA", kid: "7", n: "AQAB", e: "AQAB", d: "AQAB" }, "neither an EC key on P-256"],
    [{ kty: "oct", kid: "8", k: "c2VjcmV0" }, "neither an EC key on P-256"],
    ["ec", "neither an EC key on P-256"],
  ] as const;
  const complaints = complaintsAbout(JSON.stringify({ keys: [ec, ...bad.map(([key]) => key)] }));
  assert.equal(complaints.length, bad.length);
  bad.forEach(([, fault], index) => {
    assert(complaints[index]?.includes(`has ${fault}`), complaints[index]);
    assert(complaints[index]?.includes(`in key ${index + 2}:`), complaints[index]);
  });
});

Deno.test("a complaint contains nothing of a key", () => {
  const complaints = complaintsAbout(
    JSON.stringify({ keys: [{ ...ec, kid: "", note: "hunter2" }] }),
  );
  for (const value of [ec.d, ec.x, "hunter2"]) assert(!complaints.join().includes(value));
});

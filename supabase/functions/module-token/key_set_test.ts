import assert from "node:assert/strict";
import { Misconfigured } from "../_shared/env.ts";
import { algorithmOf, moduleTokenKeys, type PrivateJwk } from "./key_set.ts";
import { newKey } from "./testing.ts";

function read(text: string): PrivateJwk[] {
  return moduleTokenKeys((name) => name === "MODULE_TOKEN_KEYS" ? text : undefined);
}

function problemsWith(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Misconfigured) return error.problems;
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

const [ec, ed] = [await newKey("ec"), await newKey("ed", "EdDSA")];

Deno.test("a set with both kinds of keys is read, and its other fields are kept", () => {
  const noted = { ...ed, iat: 1_790_000_000 };
  assert.deepEqual(read(JSON.stringify({ keys: [ec, noted] })), [ec, noted]);
});

Deno.test("the curve alone decides the algorithm of a key", () => {
  const { alg: _, ...silent } = ec;
  const keys = read(JSON.stringify({ keys: [silent, ed] }));
  assert.deepEqual(keys.map(algorithmOf), ["ES256", "EdDSA"]);
});

Deno.test("a text that is not a set, or an empty set, is refused with the fix", () => {
  for (const text of ["", " ", "keys", "[]", "null", '{"keys":[]}', '{"keys":{}}', '"{}"']) {
    const [problem, ...more] = problemsWith(text);
    assert.match(
      problem ?? "",
      /^MODULE_TOKEN_KEYS .*: make the set with Sesame's command keys$/,
    );
    assert.deepEqual(more, [], text);
  }
});

Deno.test("each unusable key is refused with its error and its place in the set", () => {
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
  const problems = problemsWith(JSON.stringify({ keys: [ec, ...bad.map(([key]) => key)] }));
  assert.equal(problems.length, bad.length);
  bad.forEach(([, fault], index) => {
    assert(problems[index]?.includes(`has ${fault}`), problems[index]);
    assert(problems[index]?.includes(`in key ${index + 2}:`), problems[index]);
  });
});

Deno.test("an error message contains no part of a key", () => {
  const problems = problemsWith(
    JSON.stringify({ keys: [{ ...ec, kid: "", note: "hunter2" }] }),
  );
  for (const value of [ec.d, ec.x, "hunter2"]) assert(!problems.join().includes(value));
});

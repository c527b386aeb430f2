import assert from "node:assert/strict";
import { hex, sha256 } from "./sha256.ts";

Deno.test("sha256() hashes the UTF-8 of a text: abc gets the hash of FIPS 180-2", async () => {
  assert.equal(
    hex(await sha256("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assert.equal((await sha256("é")).length, 32);
});

Deno.test("hex() writes two digits for each byte", () => {
  assert.equal(hex(new Uint8Array([0, 9, 16, 255])), "000910ff");
  assert.equal(hex(new Uint8Array()), "");
});

import assert from "node:assert/strict";
import { isSame } from "./same_bytes.ts";

Deno.test("bytes are the same only with the same length and the same value at each place", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assert.ok(isSame(bytes, Uint8Array.of(1, 2, 3)));
  assert.ok(isSame(Uint8Array.of(), Uint8Array.of()));
  for (const other of [[], [1, 2], [1, 2, 3, 0], [3, 2, 1], [1, 2, 2], [0, 2, 3]]) {
    assert.ok(!isSame(bytes, Uint8Array.from(other)), String(other));
  }
});

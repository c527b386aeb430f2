import assert from "node:assert/strict";
import { idempotencyKey } from "./idempotency_key.ts";

const wanted = { mode: "payment", metadata: { user_id: "ada" } };

Deno.test("the same parameters give the same key at any time", async () => {
  assert.equal(await idempotencyKey(wanted, 0), await idempotencyKey({ ...wanted }, 0));
  assert.match(await idempotencyKey(wanted, 0), /^sesame-[0-9a-f]{64}$/);
});

Deno.test("other parameters, or the same ones after the first object is over, give another key", async () => {
  const other = { ...wanted, metadata: { user_id: "bob" } };
  assert.notEqual(await idempotencyKey(other, 0), await idempotencyKey(wanted, 0));
  assert.notEqual(await idempotencyKey(wanted, 1), await idempotencyKey(wanted, 0));
});

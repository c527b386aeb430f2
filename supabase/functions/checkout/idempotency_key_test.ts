import assert from "node:assert/strict";
import { idempotencyKey } from "./idempotency_key.ts";

const wanted = { mode: "payment", metadata: { user_id: "ada" } };

Deno.test("the same wanted has the same key, at whatever time", async () => {
  assert.equal(await idempotencyKey(wanted, 0), await idempotencyKey({ ...wanted }, 0));
  assert.match(await idempotencyKey(wanted, 0), /^sesame-[0-9a-f]{64}$/);
});

Deno.test("another wanted has another key, and so has the same one after the first is over", async () => {
  const other = { ...wanted, metadata: { user_id: "bob" } };
  assert.notEqual(await idempotencyKey(other, 0), await idempotencyKey(wanted, 0));
  assert.notEqual(await idempotencyKey(wanted, 1), await idempotencyKey(wanted, 0));
});

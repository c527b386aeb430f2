import assert from "node:assert/strict";
import { idempotencyKey } from "./idempotency_key.ts";

const wish = { mode: "payment", metadata: { user_id: "ada" } };

Deno.test("the same wish has the same key, at whatever time", async () => {
  assert.equal(await idempotencyKey(wish, 0), await idempotencyKey({ ...wish }, 0));
  assert.match(await idempotencyKey(wish, 0), /^sesame-[0-9a-f]{64}$/);
});

Deno.test("another wish has another key, and so has the same one after the first is over", async () => {
  const other = { ...wish, metadata: { user_id: "bob" } };
  assert.notEqual(await idempotencyKey(other, 0), await idempotencyKey(wish, 0));
  assert.notEqual(await idempotencyKey(wish, 1), await idempotencyKey(wish, 0));
});

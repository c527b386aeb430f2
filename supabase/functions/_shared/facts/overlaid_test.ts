import assert from "node:assert/strict";
import { overlaid } from "./overlaid.ts";

Deno.test("overlaid() restores the former values, and leaves all other fields", () => {
  const object = { status: "active", metadata: { a: "1", b: "2" }, cancel_at: null };
  const former = { status: "past_due", metadata: { a: "0", c: "3" }, cancel_at: 5 };
  assert.deepEqual(overlaid(object, former), {
    status: "past_due",
    metadata: { a: "0", b: "2", c: "3" },
    cancel_at: 5,
  });
});

Deno.test("null removes a field; a former object is restored where there is none now", () => {
  assert.deepEqual(overlaid({ metadata: { a: "1" } }, { metadata: { a: null } }), {
    metadata: { a: null },
  });
  assert.deepEqual(overlaid({ metadata: { a: "1" } }, { metadata: null }), { metadata: null });
  const pause_collection = { behavior: "void" };
  assert.deepEqual(overlaid({ pause_collection: null }, { pause_collection }), {
    pause_collection,
  });
});

Deno.test("a list gets its former length, and keeps the other fields of its list object", () => {
  const items = { object: "list", has_more: false, data: [{ id: "si_1" }, { id: "si_2" }] };
  assert.deepEqual(overlaid({ items }, { items: { data: [{ id: "si_0" }] } }), {
    items: { object: "list", has_more: false, data: [{ id: "si_0" }] },
  });
});

Deno.test("a partly sent member is completed from the present member with its id", () => {
  const data = [{ id: "si_1", price: "price_a", quantity: 1 }, { id: "si_2", price: "price_b" }];
  assert.deepEqual(overlaid({ data }, { data: [{ id: "si_2", price: "price_c" }] }), {
    data: [{ id: "si_2", price: "price_c" }],
  });
  assert.deepEqual(overlaid({ data }, { data: [{ quantity: 5 }] }), {
    data: [{ id: "si_1", price: "price_a", quantity: 5 }],
  });
});

Deno.test("overlaid() changes neither argument and treats `__proto__` as a plain field", () => {
  const object = Object.freeze({ metadata: Object.freeze({ a: "1" }) });
  const former = JSON.parse('{"__proto__": {"a": "2"}, "metadata": {"a": "0"}}');
  const before = overlaid(object, former);
  assert.deepEqual(before.metadata, { a: "0" });
  assert.equal(Object.getPrototypeOf(before), Object.prototype);
});

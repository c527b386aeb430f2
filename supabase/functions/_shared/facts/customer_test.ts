import assert from "node:assert/strict";
import { customer } from "./customer.ts";

const UPDATED = "customer.updated";

Deno.test("customer.read() reads the user and the address", () => {
  const object = { email: "ada@example.com", metadata: { user_id: "ada", module_id: "intro" } };
  assert.deepEqual(customer.read("cus_ada", object, "customer.created", null), {
    kind: "customer",
    id: "cus_ada",
    user_ref: "ada",
    email: "ada@example.com",
    is_deleted: false,
    type_rank: 0,
    changed_from: {},
  });
});

Deno.test("a customer is deleted by the type of the event, or by the flag deleted", () => {
  assert.equal(customer.read("cus_ada", {}, "customer.deleted", null).is_deleted, true);
  assert.equal(
    customer.read("cus_ada", { deleted: true }, "customer.fetched", null).is_deleted,
    true,
  );
  assert.equal(customer.read("cus_ada", { deleted: false }, UPDATED, null).is_deleted, false);
});

Deno.test("a user id that was added has null in changed_from", () => {
  const object = { metadata: { user_id: "ada" } };
  const former = { metadata: { user_id: null } };
  assert.deepEqual(customer.read("cus_ada", object, UPDATED, former).changed_from, {
    user_ref: null,
  });
});

Deno.test("a removed user id is in changed_from", () => {
  const former = { metadata: { user_id: "ada" }, email: "ada@example.com" };
  for (const metadata of [{}, null, { plan: "gold" }]) {
    const fact = customer.read("cus_ada", { metadata, email: "eve@example.com" }, UPDATED, former);
    assert.deepEqual(fact.changed_from, { user_ref: "ada", email: "ada@example.com" });
  }
});

Deno.test("a change of a field that is not kept is not in changed_from", () => {
  const former = { invoice_settings: { default_payment_method: "pm_1" }, metadata: { tag: "a" } };
  const object = { email: "ada@example.com", metadata: { user_id: "ada", tag: "b" } };
  assert.deepEqual(customer.read("cus_ada", object, UPDATED, former).changed_from, {});
});

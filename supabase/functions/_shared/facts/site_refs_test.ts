import assert from "node:assert/strict";
import { siteRefs } from "./site_refs.ts";

const NONE = { user_ref: null, module_ref: null };

Deno.test("siteRefs() reads user_id and module_id of the object's own metadata, trimmed", () => {
  const metadata = { user_id: " ada ", module_id: "intro\n" };
  assert.deepEqual(siteRefs({ metadata }), { user_ref: "ada", module_ref: "intro" });
});

Deno.test("a module may be a number, a user may not", () => {
  const metadata = { user_id: 7, module_id: 7 };
  assert.deepEqual(siteRefs({ metadata }), { user_ref: null, module_ref: "7" });
});

Deno.test("blank, missing or malformed metadata gives no user_ref", () => {
  assert.deepEqual(siteRefs({}), NONE);
  assert.deepEqual(siteRefs({ metadata: [] }), NONE);
  assert.deepEqual(siteRefs({ metadata: null }), NONE);
  assert.deepEqual(siteRefs({ metadata: { user_id: " ", module_id: "\u0000 " } }), NONE);
  assert.deepEqual(siteRefs({ metadata: { user_id: { id: "ada" }, module_id: 1.5 } }), NONE);
});

Deno.test("a reference is cut after 500 characters, and never inside a character", () => {
  assert.equal(siteRefs({ metadata: { user_id: "a".repeat(501) } }).user_ref, "a".repeat(500));
  const cut = siteRefs({ metadata: { user_id: "a".repeat(499) + "🎓" } }).user_ref;
  assert.equal(cut, "a".repeat(499) + "\ufffd");
});

Deno.test("a key may have another spelling; the documented spelling comes first", () => {
  const names = ["userId", "userid", "user-id", "USER_ID", "User Id"];
  for (const name of names) assert.equal(siteRefs({ metadata: { [name]: "ada" } }).user_ref, "ada");
  assert.equal(siteRefs({ metadata: { moduleId: 7 } }).module_ref, "7");
  assert.equal(siteRefs({ metadata: { userId: "bob", user_id: "ada" } }).user_ref, "ada");
  assert.equal(siteRefs({ metadata: { userId: "bob", user_id: " " } }).user_ref, "bob");
  assert.equal(siteRefs({ metadata: { userid: "bob", "user-id": "ada" } }).user_ref, "ada");
  assert.deepEqual(siteRefs({ metadata: { user: "ada", the_user_id: "ada" } }), NONE);
});

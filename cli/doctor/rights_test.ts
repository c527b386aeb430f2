import assert from "node:assert/strict";
import { rightsChanges } from "./rights.ts";

const OWNER = "postgres=arwdDxtm/postgres";

Deno.test("rightsChanges() says which role gained or lost which rights", () => {
  const changes = rightsChanges(`${OWNER} authenticated=r/postgres`, `${OWNER} anon=ar/postgres`);
  assert.deepEqual(changes, [
    { role: "anon", isGained: true, rights: ["select", "insert"] },
    { role: "authenticated", isGained: false, rights: ["select"] },
  ]);
});

Deno.test("rightsChanges() of one role that gained some and lost others", () => {
  assert.deepEqual(rightsChanges("anon=r/postgres", "anon=w/postgres"), [
    { role: "anon", isGained: true, rights: ["update"] },
    { role: "anon", isGained: false, rights: ["select"] },
  ]);
});

Deno.test("rightsChanges() calls the empty role public", () => {
  assert.deepEqual(rightsChanges("", "=X/postgres"), [
    { role: "public", isGained: true, rights: ["execute"] },
  ]);
});

Deno.test("rightsChanges() separates grant options, and joins the rights of two grantors", () => {
  assert.deepEqual(rightsChanges("anon=r/postgres", "anon=r*/postgres anon=a/ada"), [
    { role: "anon", isGained: true, rights: ["select with grant option", "insert"] },
  ]);
});

Deno.test("rightsChanges() reads roles with blanks, quotes and equal signs in their names", () => {
  const odd = '"a ""b"" =c"=r/"the owner"';
  assert.deepEqual(rightsChanges("", odd), [
    { role: 'a "b" =c', isGained: true, rights: ["select"] },
  ]);
  assert.deepEqual(rightsChanges(odd, odd), []);
});

Deno.test("rightsChanges() between two versions of Postgres names nothing that only one of them knows", () => {
  assert.deepEqual(rightsChanges(OWNER, "postgres=arwdDxt/postgres"), []);
});

Deno.test("rightsChanges() of another grantor alone is nothing", () => {
  assert.deepEqual(rightsChanges("anon=r/postgres", "anon=r/supabase_admin"), []);
});

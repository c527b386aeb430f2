import assert from "node:assert/strict";
import type { CatalogueFact } from "../catalogue/catalogue.ts";
import { driftBetween } from "./drift_between.ts";
import { findingsOfDrift } from "./drift_findings.ts";

const OWNER = "postgres=X/postgres";

function findings(expected: CatalogueFact[], actual: CatalogueFact[]) {
  return findingsOfDrift(driftBetween(expected, actual));
}

function functions(number: number, fact: string): CatalogueFact[] {
  return Array.from({ length: number }, (_, n) => ({ kind: "execution", name: `f${n}()`, fact }));
}

Deno.test("36 functions that anon may execute are one finding, with all of them to paste", () => {
  const [finding, ...more] = findings(
    functions(36, OWNER),
    functions(36, `${OWNER} anon=X/postgres`),
  );
  assert.deepEqual(more, []);
  assert.equal(finding?.code, "grant_differs");
  assert.equal(finding?.about, "anon may execute 36 functions");
  assert.equal(finding?.plan, "revoke execute on 36 functions from anon");
  assert.equal(finding?.each?.length, 36);
  assert.equal(finding?.sql?.[35], "revoke execute on function public.f35() from anon;");
});

Deno.test("a lost right is a finding with role, right and object", () => {
  const grants = (fact: string) => [{ kind: "grants", name: "my_modules", fact }];
  assert.deepEqual(findings(grants("authenticated=r/postgres"), grants("")), [{
    code: "grant_differs",
    about: "authenticated may no longer select my_modules",
    plan: "grant select on my_modules to authenticated",
    sql: ["grant select on public.my_modules to authenticated;"],
  }]);
});

Deno.test("PUBLIC and a role with a special name are written in words, and quoted in SQL", () => {
  const [everyone, odd] = findings(
    functions(1, OWNER),
    functions(1, `=X/postgres ${OWNER} "Old App"=X*/postgres`),
  );
  assert.equal(odd?.about, "everyone may execute f0()");
  assert.deepEqual(odd?.sql, ["revoke execute on function public.f0() from public;"]);
  assert.equal(everyone?.about, "Old App may execute with grant option f0()");
  assert.deepEqual(everyone?.sql, ['revoke execute on function public.f0() from "Old App";']);
});

Deno.test("for an extra grant option, only the option is revoked", () => {
  const [finding] = findings(
    functions(1, "anon=X/postgres"),
    functions(1, "anon=X*/postgres"),
  );
  assert.deepEqual(finding?.sql, [
    "revoke grant option for execute on function public.f0() from anon;",
  ]);
});

Deno.test("a grant on a column that no migration made is found, but only on our tables", () => {
  const table = { kind: "relation", name: "module_access", fact: "r postgres" };
  const column = (name: string) => ({
    kind: "column grants",
    name: `${name}.is_active`,
    fact: "authenticated=w/postgres",
  });
  const [finding, ...more] = findings(
    [table],
    [table, column("module_access"), column("sites_own")],
  );
  assert.deepEqual(more, []);
  assert.equal(finding?.about, "authenticated may update module_access.is_active");
  assert.deepEqual(finding?.sql, [
    "revoke update (is_active) on public.module_access from authenticated;",
  ]);
});

Deno.test("the same rights on tables, columns and functions are three findings", () => {
  const facts = (fact: string) =>
    ["grants", "column grants", "execution"].map((kind) => ({ kind, name: "a.b", fact }));
  const abouts = findings(facts(""), facts("anon=rX/postgres")).map(({ about }) => about);
  assert.deepEqual(abouts, Array(3).fill("anon may select, execute a.b"));
});

Deno.test("grants that differ only in their grantor are still findings", () => {
  const [finding] = findings(functions(1, OWNER), functions(1, "postgres=X/supabase_admin"));
  assert.equal(finding?.about, "grants on function f0()");
  assert.notEqual(finding?.plan, undefined);
});

Deno.test("a difference that is not a grant has its kind, and one that rows depend on has no plan", () => {
  const expected = [
    { kind: "policy", name: "modules modules_select_all", fact: "r" },
    { kind: "firing", name: "auth.users users_welcome_user", fact: "O" },
    { kind: "constraint", name: "settings settings_is_one_row", fact: "CHECK (id)" },
    { kind: "column", name: "modules.title", fact: "3 text t" },
  ];
  const actual = [
    { kind: "firing", name: "auth.users users_welcome_user", fact: "D" },
    { kind: "column", name: "modules.title", fact: "3 text f" },
  ];
  assert.deepEqual(findings(expected, actual).map(({ about, plan }) => [about, plan]), [
    ["column modules.title", undefined],
    [
      "policy modules_select_all on modules",
      "make policy modules_select_all on modules as the migrations do",
    ],
    [
      "trigger users_welcome_user on auth.users",
      "make trigger users_welcome_user on auth.users as the migrations do",
    ],
    [
      "constraint settings_is_one_row on settings",
      "make constraint settings_is_one_row on settings as the migrations do",
    ],
  ]);
});

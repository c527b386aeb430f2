import assert from "node:assert/strict";
import { createdNames } from "./created_names.ts";

/** What one file leaves. */
async function namesOf(text: string): Promise<string[]> {
  return [...(await createdNames([{ path: "a.sql", text }])).names.keys()];
}

const LEFT: readonly [sql: string, names: string[]][] = [
  ["create table a (id int)", ["relation public.a"]],
  ['create table shop."A b" (id int)', ["relation shop.A b"]],
  ["create temp table a (id int)", []],
  ["create table pg_temp.a (id int)", []],
  ["create table a as select 1", ["relation public.a"]],
  ["create view v as select 1", ["relation public.v"]],
  ["create materialized view v as select 1", ["relation public.v"]],
  ["create foreign table f (a int) server s", ["relation public.f"]],
  ["create sequence s", ["relation public.s"]],
  ["create index i on shop.a (id)", ["relation shop.i"]],
  ["create type t as enum ('a')", ["type public.t"]],
  ["create type t as (a int)", ["relation public.t"]],
  ["create domain d as text", ["type public.d"]],
  ["create function f(a int) returns int language sql as 'select 1'", ["function public.f"]],
  ["create schema sesame", ["schema sesame"]],
  [
    "create trigger t after insert on auth.users for each row execute function f()",
    ["trigger t on auth.users"],
  ],
  ["create table a (); drop table a", []],
  ["create table a (); drop table if exists public.a cascade", []],
  ["create function f() returns int language sql as 'select 1'; drop routine f", []],
  ["create schema s; drop schema s", []],
  [
    "create trigger t after insert on auth.users for each row execute function f(); drop trigger t on auth.users",
    [],
  ],
  ["create table a (); alter table a rename to b", ["relation public.b"]],
  ["create table a (c int); alter table a rename column c to d", ["relation public.a"]],
  ["create table a (); alter table a rename constraint c to d", ["relation public.a"]],
  ["create table a (); alter table a set schema old", ["relation old.a"]],
  [
    "create function f() returns int language sql as 'select 1'; alter function f() set schema old",
    ["function old.f"],
  ],
  ["create schema s; alter schema s rename to t", ["schema t"]],
  [
    "create trigger t after insert on auth.users for each row execute function f(); alter trigger t on auth.users rename to u",
    ["trigger u on auth.users"],
  ],
  ["-- nothing", []],
  ["", []],
];

for (const [sql, names] of LEFT) {
  Deno.test(`${sql || "an empty file"}: leaves ${names.join() || "no name"}`, async () => {
    assert.deepEqual(await namesOf(sql), names);
  });
}

Deno.test("a file that is not SQL is named, and the others count", async () => {
  const { names, unread } = await createdNames([
    { path: "a.sql", text: "create tabel a ()" },
    { path: "b.sql", text: "create table b ()" },
  ]);
  assert.deepEqual([[...names], unread], [[["relation public.b", "b.sql"]], ["a.sql"]]);
});

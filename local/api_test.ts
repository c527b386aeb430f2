import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { type Stack, startStack } from "./stack.ts";
import { makeProject, type Project } from "./testing.ts";

const TABLES = `
  create table closed (id int primary key);
  alter table closed enable row level security;
  revoke all on closed from anon, authenticated, service_role;
  create schema hidden;
  create table hidden.secret (id int primary key);
  alter table hidden.secret enable row level security;
  create table mine (id int primary key, user_id uuid not null);
  alter table mine enable row level security;
  revoke all on mine from anon, authenticated, service_role;
  grant select on mine to authenticated;
  create policy mine_select_own on mine for select to authenticated
    using (user_id = (select auth.uid()));
`;

let project: Project;
let stack: Stack;
let sql: postgres.Sql;
Deno.test.beforeAll(async () => {
  project = await makeProject({ "migrations/20260101000000_tables.sql": TABLES });
  stack = await startStack({ project: project.url, functions: false, durable: false });
  sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
});
Deno.test.afterAll(async () => {
  await sql.end();
  await stack.stop();
  await project[Symbol.asyncDispose]();
});

function connect(key = stack.publishableKey) {
  return createClient(stack.apiUrl, key, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
}

/** All that says who may do what: default privileges, tables, schemas. */
function grants() {
  return sql`
    select (select jsonb_agg(to_jsonb(d) order by d.oid) from pg_default_acl as d) as defaults,
           (select jsonb_agg(c.relacl order by c.oid) from pg_class as c
             where c.relname in ('closed', 'secret', 'mine')) as tables,
           (select jsonb_agg(n.nspacl order by n.oid) from pg_namespace as n) as schemas`;
}

Deno.test("anon is refused a table it has no grant on, and asking grants nobody anything", async () => {
  const before = await grants();
  const anon = connect();
  for (const table of ["closed", "mine"]) {
    assert.equal((await anon.from(table).select()).error?.code, "42501");
    assert.equal((await anon.from(table).insert({ id: 1 })).error?.code, "42501");
  }
  const service = connect(stack.secretKey);
  assert.equal((await service.from("closed").select()).error?.code, "42501");
  assert.deepEqual(await grants(), before);
});

Deno.test("a member who signs up reads her own rows, and another member none of them", async () => {
  const [ada, bob] = [connect(), connect()];
  const { data } = await ada.auth.signUp({ email: "ada@example.com", password: "open sesame" });
  await bob.auth.signUp({ email: "bob@example.com", password: "open sesame" });
  await sql`insert into mine values (1, ${data.user?.id ?? null})`;
  assert.deepEqual((await ada.from("mine").select("id")).data, [{ id: 1 }]);
  assert.deepEqual((await bob.from("mine").select("id")).data, []);
});

Deno.test("nobody comes in without a key, with a wrong one, or by a path that is not there", async () => {
  for (const headers of [{}, { apikey: "sb_secret_guessed" }] as HeadersInit[]) {
    const response = await fetch(`${stack.apiUrl}/rest/v1/mine`, { headers });
    await response.body?.cancel();
    assert.equal(response.status, 401);
  }
  const studio = await fetch(stack.apiUrl);
  assert.deepEqual([studio.status, await studio.json()], [404, { message: "no route /" }]);
});

Deno.test("a page of another origin may ask the API, and is answered readably", async () => {
  const origin = "http://localhost:3000";
  for (const path of ["/rest/v1/mine", "/auth/v1/user", "/auth/v1/settings"]) {
    const response = await fetch(stack.apiUrl + path, {
      headers: { origin, apikey: stack.publishableKey },
    });
    await response.body?.cancel();
    assert.ok(
      ["*", origin].includes(response.headers.get("access-control-allow-origin") ?? ""),
      path,
    );
  }
});

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { startApi } from "./api.ts";
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
  create function timeouts() returns text language sql stable as
    $$ select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') $$;
  create function patient_timeouts() returns text language sql stable set statement_timeout = '55s' as
    $$ select current_setting('statement_timeout') $$;
  create function refuse() returns void language plpgsql as
    $$ begin raise sqlstate 'SE001' using message = 'no', detail = 'ada', hint = 'ask again'; end $$;
  create function slow() returns void language sql as $$ select pg_sleep(20) $$;
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

/** All rights: default privileges, tables, schemas. */
function grants() {
  return sql`
    select (select jsonb_agg(to_jsonb(d) order by d.oid) from pg_default_acl as d) as defaults,
           (select jsonb_agg(c.relacl order by c.oid) from pg_class as c
             where c.relname in ('closed', 'secret', 'mine')) as tables,
           (select jsonb_agg(n.nspacl order by n.oid) from pg_namespace as n) as schemas`;
}

Deno.test("anon is refused a table without a grant, and the request adds no grant", async () => {
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

Deno.test("a member who signs up reads their own rows, and another member none of them", async () => {
  const [ada, bob] = [connect(), connect()];
  const { data } = await ada.auth.signUp({ email: "ada@example.com", password: "open sesame" });
  await bob.auth.signUp({ email: "bob@example.com", password: "open sesame" });
  await sql`insert into mine values (1, ${data.user?.id ?? null})`;
  assert.deepEqual((await ada.from("mine").select("id")).data, [{ id: 1 }]);
  assert.deepEqual((await bob.from("mine").select("id")).data, []);
});

Deno.test("a request without a key, with a wrong one, or to an unknown path is refused", async () => {
  for (const headers of [{}, { apikey: "sb_secret_guessed" }] as HeadersInit[]) {
    const response = await fetch(`${stack.apiUrl}/rest/v1/mine`, { headers });
    await response.body?.cancel();
    assert.equal(response.status, 401);
  }
  const studio = await fetch(stack.apiUrl);
  assert.deepEqual([studio.status, await studio.json()], [404, { message: "no route /" }]);
});

Deno.test("a page of another origin may call the API and read the answer", async () => {
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

Deno.test("a preflight from another origin allows the key and the session", async () => {
  for (const path of ["/rest/v1/mine", "/rest/v1/rpc/refuse", "/auth/v1/signup"]) {
    const response = await fetch(stack.apiUrl + path, {
      method: "OPTIONS",
      headers: {
        "origin": "http://localhost:3000",
        "access-control-request-method": "POST",
        "access-control-request-headers": "apikey,authorization",
      },
    });
    await response.body?.cancel();
    assert.ok(response.ok, path);
    assert.equal(
      response.headers.get("access-control-allow-headers"),
      "apikey,authorization",
      path,
    );
  }
});

Deno.test("an error of ours is answered with SQLSTATE, detail and hint, as by PostgREST", async () => {
  const { error, status } = await connect().rpc("refuse");
  const { code, message, details, hint } = error ?? {};
  assert.deepEqual([status, code, message, details, hint], [
    400,
    "SE001",
    "no",
    "ada",
    "ask again",
  ]);
});

Deno.test("a request has the timeouts of its role: service_role has none and keeps authenticator's", async () => {
  const member = connect();
  await member.auth.signUp({ email: "cleo@example.com", password: "open sesame" });
  const callers = { anon: connect(), member, service_role: connect(stack.secretKey) };
  const found = await Promise.all(
    Object.entries(callers).map(async ([name, client]) => {
      const { data } = await client.rpc("timeouts");
      return `${name} ${data}`;
    }),
  );
  assert.deepEqual(found, ["anon 3s 8s", "member 8s 8s", "service_role 8s 8s"]);
});

Deno.test("a function that sets a timeout has it from the start", async () => {
  const { data } = await connect().rpc("patient_timeouts");
  assert.equal(data, "55s");
});

Deno.test("service_role's call that takes longer than authenticator's timeout is cancelled (57014)", async () => {
  const admin = postgres(stack.adminUrl, { max: 1 });
  await admin`alter role authenticator set statement_timeout = '200ms'`; // shorter than eight seconds, for the test
  await admin.end();
  const api = await startApi({ ...stack, siteUrl: stack.apiUrl, schemas: ["public"] });
  const response = await api.fetch(
    new Request(`${stack.apiUrl}/rest/v1/rpc/slow`, {
      method: "POST",
      headers: { apikey: stack.secretKey },
    }),
  );
  assert.deepEqual([response.status, (await response.json()).code], [500, "57014"]);
  await api.stop();
});

Deno.test("the Data API logs in as authenticator, and Auth as supabase_auth_admin", async () => {
  const users = await sql`
    select distinct usename from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid() order by 1`;
  assert.deepEqual(users.map(({ usename }) => usename), ["authenticator", "supabase_auth_admin"]);
});

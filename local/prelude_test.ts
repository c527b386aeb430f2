import assert from "node:assert/strict";
import postgres from "postgres";
import { type LocalPostgres, startPostgres } from "./postgres.ts";
import { applyPrelude } from "./prelude.ts";

let server: LocalPostgres;
Deno.test.beforeAll(async () => {
  server = await startPostgres({ durable: false });
  await applyPrelude(server.url);
});
Deno.test.afterAll(() => server.stop());

/** Runs a test on a connection to a bare server with the prelude. */
async function onPrelude(test: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    await test(sql);
  } finally {
    await sql.end();
  }
}

Deno.test("the prelude applied twice is the prelude applied once", () =>
  onPrelude(async (sql) => {
    const catalogue = () =>
      sql`
        select
          (select jsonb_agg(r order by r.rolname) from (select rolname, rolbypassrls, rolcanlogin, rolconfig
            from pg_roles where rolname !~ '^pg_') as r) as roles,
          (select jsonb_agg(d order by d.oid) from pg_default_acl as d) as defaults,
          (select jsonb_agg(n.nspacl order by n.nspname) from pg_namespace as n) as schemas,
          (select jsonb_agg(p.prosrc order by p.oid) from pg_proc as p
            where p.pronamespace = 'auth'::regnamespace) as functions`;
    const before = await catalogue();
    await applyPrelude(server.url);
    assert.deepEqual(await catalogue(), before);
  }));

Deno.test("only service_role passes row level security, and none of the three logs in", () =>
  onPrelude(async (sql) => {
    const roles = await sql`
      select rolname, rolbypassrls, rolcanlogin from pg_roles
      where rolname in ('anon', 'authenticated', 'service_role') order by rolname`;
    assert.deepEqual([...roles], [
      { rolname: "anon", rolbypassrls: false, rolcanlogin: false },
      { rolname: "authenticated", rolbypassrls: false, rolcanlogin: false },
      { rolname: "service_role", rolbypassrls: true, rolcanlogin: false },
    ]);
  }));

Deno.test("a table that writes no grants is open to all three roles, as it would be hosted", () =>
  onPrelude(async (sql) => {
    await sql`create table careless (id int)`;
    const [row] = await sql`
      select has_table_privilege('anon', 'careless', 'insert') as anon,
             has_table_privilege('authenticated', 'careless', 'delete') as authenticated,
             has_table_privilege('service_role', 'careless', 'select') as service_role`;
    assert.deepEqual(row, { anon: true, authenticated: true, service_role: true });
  }));

Deno.test("auth.uid() reads the claim alone, and among the others", () =>
  onPrelude(async (sql) => {
    const ada = "ada00000-0000-4000-8000-000000000001";
    const claims = JSON.stringify({ sub: ada, role: "authenticated", email: "ada@example.com" });
    await sql.begin(async (sql) => {
      await sql`select set_config('role', 'authenticated', true),
                       set_config('request.jwt.claim.sub', ${ada}, true)`;
      assert.deepEqual(await sql`select auth.uid()::text as uid`.then(([row]) => row), {
        uid: ada,
      });
    });
    await sql.begin(async (sql) => {
      await sql`select set_config('role', 'authenticated', true),
                       set_config('request.jwt.claims', ${claims}, true)`;
      const [row] = await sql`
        select auth.uid()::text as uid, auth.role() as role, auth.email() as email`;
      assert.deepEqual(row, { uid: ada, role: "authenticated", email: "ada@example.com" });
    });
    const [nobody] = await sql`select auth.uid() as uid, auth.jwt() as jwt`;
    assert.deepEqual(nobody, { uid: null, jwt: null });
  }));

Deno.test("extensions are found without their schema, and their functions work", () =>
  onPrelude(async (sql) => {
    const [row] = await sql`select digest('sesame', 'sha256') is not null as found`;
    assert.deepEqual(row, { found: true });
    const [path] = await sql`show search_path`;
    assert.deepEqual(path, { search_path: '"$user", public, extensions' });
  }));

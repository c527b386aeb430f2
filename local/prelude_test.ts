import assert from "node:assert/strict";
import postgres from "postgres";
import { type BareDatabase, startBareDatabase } from "./bare_database.ts";
import { applyPrelude } from "./prelude.ts";

let server: BareDatabase;
Deno.test.beforeAll(async () => void (server = await startBareDatabase()));
Deno.test.afterAll(() => server.stop());

/** Runs a test as the project's owner, on a database as hosted before its first migration. */
async function onPrelude(test: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    await test(sql);
  } finally {
    await sql.end();
  }
}

/** The SQLSTATE of each statement, or `done` if it succeeds. A successful statement is rolled back. */
async function outcomes(sql: postgres.Sql, statements: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const statement of statements) {
    await sql.unsafe("begin");
    found.push(await sql.unsafe(statement).then(() => "done", ({ code }) => code));
    await sql.unsafe("rollback");
  }
  return found;
}

Deno.test("applying the prelude twice has the same result as once", () =>
  onPrelude(async (sql) => {
    const catalogue = () =>
      sql`
        select
          (select jsonb_agg(r order by r.rolname) from (select rolname, rolsuper, rolinherit, rolbypassrls,
            rolcanlogin, rolconfig from pg_roles where rolname !~ '^pg_') as r) as roles,
          (select jsonb_agg(format('%s %s %s', roleid::regrole, member::regrole, admin_option) order by roleid, member)
            from pg_auth_members) as members,
          (select jsonb_agg(d order by d.oid) from pg_default_acl as d) as defaults,
          (select jsonb_agg(array[n.nspowner::regrole::text, n.nspacl::text] order by n.nspname)
            from pg_namespace as n) as schemas,
          (select jsonb_agg(array[c.relowner::regrole::text, c.relacl::text] order by c.oid) from pg_class as c
            where c.relnamespace in ('auth'::regnamespace, 'realtime'::regnamespace)) as tables,
          (select jsonb_agg(p.prosrc order by p.oid) from pg_proc as p
            where p.pronamespace = 'auth'::regnamespace) as functions`;
    const before = await catalogue();
    await applyPrelude(server.adminUrl);
    assert.deepEqual(await catalogue(), before);
  }));

Deno.test("an app's migration may make a bucket and policies of its objects, and no table there", () =>
  onPrelude(async (sql) => {
    const done = await outcomes(sql, [
      "insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true)",
      `create policy own on storage.objects for insert to authenticated
        with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = auth.uid()::text)`,
      "create table storage.mine (id int)",
      "drop table storage.objects",
    ]);
    assert.deepEqual(done, ["done", "done", "42501", "42501"]);
    const [path] = await sql`
      select storage.foldername('a/b/c.tar.gz') as folder, storage.filename('a/b/c.tar.gz') as file,
        storage.extension('a/b/c.tar.gz') as extension`;
    assert.deepEqual({ ...path }, { folder: ["a", "b"], file: "c.tar.gz", extension: "gz" });
  }));

Deno.test("the owner of a project is not a superuser, and owns neither Auth nor Realtime", () =>
  onPrelude(async (sql) => {
    const [owner] = await sql`
      select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
      from pg_roles where rolname = current_user`;
    assert.deepEqual(Object.values(owner ?? {}), [false, true, true, true, true]);
    const owners = await sql`
      select relowner::regrole::text as owner, oid::regclass::text as table from pg_class
      where oid in ('auth.users'::regclass, 'realtime.messages'::regclass) order by 1`;
    assert.deepEqual(owners.map(({ owner, table }) => `${table} ${owner}`), [
      "auth.users supabase_auth_admin",
      "realtime.messages supabase_realtime_admin",
    ]);
  }));

Deno.test("statements that are refused to a hosted project's owner are refused here", () =>
  onPrelude(async (sql) => {
    const statements = [
      "alter table auth.users add column note text",
      "alter table auth.users disable row level security",
      "drop table auth.users",
      "create table auth.notes ()",
      "create or replace function auth.uid() returns uuid language sql as 'select null::uuid'",
      "drop function auth.email()",
      "alter table realtime.messages disable row level security",
      "create index on realtime.messages (topic)",
      "create table realtime.notes ()",
      "set role supabase_auth_admin",
      "alter role authenticated superuser",
      "create role boss superuser",
      "alter role postgres superuser",
      "alter default privileges for role supabase_admin in schema public revoke all on tables from anon",
    ];
    assert.deepEqual(await outcomes(sql, statements), statements.map(() => "42501"));
  }));

Deno.test("statements that supautils allows a project's owner are possible here", () =>
  onPrelude(async (sql) => {
    const statements = [
      "create policy p on realtime.messages for select to authenticated using (true); drop policy p on realtime.messages",
      "create policy p on auth.users for select to authenticated using (true)",
      `create function public.f() returns trigger language plpgsql as 'begin return null; end';
       create trigger t after insert on auth.users for each row execute function public.f();
       drop trigger t on auth.users`,
      "set local session_replication_role = replica",
      "alter role service_role set statement_timeout = '1min'",
      "set local role service_role",
      "create role mine; grant usage on schema realtime to mine; grant select on auth.users to mine",
    ];
    assert.deepEqual(await outcomes(sql, statements), statements.map(() => "done"));
  }));

Deno.test("a project's owner drops tables of their own, wide ones and temporary ones too", () =>
  onPrelude(async (sql) => {
    const said = await outcomes(sql, [
      "create table public.wide (letter text); drop table public.wide",
      "create temporary table wide (letter text); drop table wide",
      "create schema own; create table own.wide (letter text); drop schema own cascade",
    ]);
    assert.deepEqual(said, ["done", "done", "done"]);
  }));

Deno.test("only service_role and the owner pass row level security, and none of the three logs in", () =>
  onPrelude(async (sql) => {
    const roles = await sql`
      select rolname, rolinherit, rolbypassrls, rolcanlogin from pg_roles
      where rolname in ('anon', 'authenticated', 'service_role', 'authenticator') order by rolname`;
    assert.deepEqual(roles.map((role) => Object.values(role)), [
      ["anon", true, false, false],
      ["authenticated", true, false, false],
      ["authenticator", false, false, true],
      ["service_role", true, true, false],
    ]);
  }));

Deno.test("a table without grants of its own is open to all three roles, as when hosted", async () => {
  const open = `
    select has_table_privilege('anon', 'careless', 'insert') as anon,
           has_table_privilege('authenticated', 'careless', 'delete') as authenticated,
           has_table_privilege('service_role', 'careless', 'select') as service_role,
           has_table_privilege('postgres', 'careless', 'select') as postgres`;
  for (const url of [server.url, server.adminUrl]) {
    const sql = postgres(url, { max: 1 });
    await sql`create table public.careless (id int)`;
    const [row] = await sql.unsafe(open);
    await sql`drop table public.careless`;
    await sql.end();
    assert.deepEqual(Object.values(row ?? {}), [true, true, true, true]);
  }
});

Deno.test("two accounts may share an address only through single sign-on, and one may have none", () =>
  onPrelude(async (sql) => {
    const insert = (email: string | null, sso: boolean) =>
      `insert into auth.users (id, email, is_sso_user) values (gen_random_uuid(), '${email}', ${sso})`;
    assert.deepEqual(
      await outcomes(sql, [
        `${insert("a@b.c", false)}; ${insert("a@b.c", false)}`,
        `${insert("a@b.c", false)}; ${insert("a@b.c", true)}; ${insert("a@b.c", true)}`,
        "insert into auth.users (id) values (gen_random_uuid())",
        "insert into auth.users (email) values ('a@b.c')",
      ]),
      ["23505", "done", "done", "23502"],
    );
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
    const [anonymous] = await sql`select auth.uid() as uid, auth.jwt() as jwt`;
    assert.deepEqual(anonymous, { uid: null, jwt: null });
  }));

Deno.test("extensions are found without their schema, and their functions work", () =>
  onPrelude(async (sql) => {
    const [row] = await sql`select digest('sesame', 'sha256') is not null as found`;
    assert.deepEqual(row, { found: true });
    const [path] = await sql`show search_path`;
    assert.deepEqual(path, { search_path: '"$user", public, extensions' });
  }));

Deno.test("a message of Realtime is stored, and no policy allows reading it yet", () =>
  onPrelude(async (sql) => {
    await sql`select realtime.send('{"n": 1}', 'event', 'topic', true)`;
    assert.equal((await sql`select from realtime.messages`).length, 1);
    const asMember = sql.begin(async (sql) => {
      await sql`set local role authenticated`;
      return await sql`select from realtime.messages`;
    });
    assert.equal((await asMember).length, 0);
  }));

Deno.test("a project without Realtime has no schema of that name", async () => {
  await using bare = await startBareDatabase({ realtime: false });
  const sql = postgres(bare.url, { max: 1 });
  const [row] = await sql`select to_regnamespace('realtime') as realtime`;
  await sql.end();
  assert.equal(row?.realtime, null);
});

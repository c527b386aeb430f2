import assert from "node:assert/strict";
import { type BareDatabase, startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { UserError } from "../../local/terminal.ts";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { OLD_SHAPE } from "../../cli/backfill/old_database.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

let server: BareDatabase;
Deno.test.beforeAll(async () => void (server = await startBareDatabase()));
Deno.test.afterAll(() => server.stop());

/**
 * A database of its own, as a hosted project is at first, with what `statements` make there as its owner, or
 * as its superuser.
 */
async function makeDatabase(statements: string, as: "owner" | "superuser" = "owner") {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await ask(server.adminUrl, `create database ${name} template postgres owner postgres`);
  const [url, adminUrl] = [server.url, server.adminUrl].map((url) =>
    url.replace(/postgres$/, name)
  );
  await ask((as === "owner" ? url : adminUrl) ?? "", statements);
  return url ?? "";
}

/** The obstacles for a push by this role; checks that nothing was changed. */
async function clashesOf(dbUrl: string, pushedBy = dbUrl): Promise<string[]> {
  const before = await takeSnapshot(dbUrl);
  try {
    await applyMigrations(pushedBy, MIGRATIONS);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    assert.match(error.message, /: Sesame cannot be installed here yet; nothing was changed\n/);
    assert.deepEqual(await withoutHistory(dbUrl), before);
    return error.message.split("\n").map((line) => line.trim())
      .filter((line) => /^- |^alter /.test(line)).map((line) => line.replace(/^- /, ""));
  }
  return [];
}

/** The runner makes the schema of the history before the first file. */
async function withoutHistory(dbUrl: string): Promise<string[]> {
  return (await takeSnapshot(dbUrl)).filter((line) => !line.includes("supabase_migrations"));
}

const NAMES_ARE_TAKEN =
  "names that Sesame needs are taken. Rename each of these, and change what uses it:";

const rename = (title: string) => `alter ${title} rename to <other name>;`;

Deno.test("a database that has one of our names is refused, for each name", async () => {
  const fresh = await makeDatabase("select");
  await applyMigrations(fresh, MIGRATIONS);
  const [{ relations, routines }] = await ask(fresh, OUR_NAMES) as unknown as [Names];
  assert.ok(relations.length > 15 && routines.length > 30);

  const taken = [
    ...relations.map((name) => `create sequence public.${name};`),
    ...routines.map((name) =>
      `create function public.${name}(stranger integer) returns int language sql as 'select 1';`
    ),
  ];
  assert.deepEqual(
    (await clashesOf(await makeDatabase(taken.join("\n")))).sort(),
    [
      NAMES_ARE_TAKEN,
      ...relations.map((name) => rename(`sequence public.${name}`)),
      ...routines.map((name) => rename(`routine public.${name}(stranger integer)`)),
    ].sort(),
  );
});

interface Names {
  relations: string[];
  routines: string[];
}

const OUR_NAMES = `
  select
    (select array_agg(relname::text) from pg_class where relnamespace = 'public'::regnamespace) as relations,
    (select array_agg(distinct proname::text) from pg_proc where pronamespace = 'public'::regnamespace) as routines`;

Deno.test("one message lists every obstacle, with what to do", async () => {
  const url = await makeDatabase(`
    create schema sesame;
    create table sesame.seeds (id integer);
    create table public.modules (id uuid primary key);
    create table public.access_tokens (token_hash text);
    create view public.my_modules as select 1 as one;
    create materialized view public.module_prices as select 1 as one;
    create type public.module_access as enum ('read', 'write');
    create function public.grant_module_access(member uuid) returns void language sql as '';
    create procedure public.erase_user(member uuid) language sql as '';
    create aggregate public.move_purchase(integer) (sfunc = int4larger, stype = integer);
    create function public.gift() returns trigger language plpgsql as 'begin return new; end';
    create trigger users_note_deleted after insert on auth.users for each row execute function public.gift();
    create trigger users_welcome_user after insert on auth.users for each row execute function public.gift();`);
  assert.deepEqual(await clashesOf(url), [
    "schema sesame exists and is not ours. Rename it, and change what uses it: " +
    "alter schema sesame rename to <other name>;",
    ...["users_note_deleted", "users_welcome_user"].map((name) =>
      `trigger ${name} on auth.users exists and is not ours. Rename it, or create it under another name first ` +
      `and then remove this one: alter trigger ${name} on auth.users rename to <other name>;`
    ),
    NAMES_ARE_TAKEN,
    rename("index public.modules_pkey"),
    rename("materialized view public.module_prices"),
    rename("routine public.erase_user(IN member uuid)"),
    rename("routine public.grant_module_access(member uuid)"),
    rename("routine public.move_purchase(integer)"),
    rename("table public.access_tokens"),
    rename("table public.modules"),
    rename("type public.module_access"),
    rename("view public.my_modules"),
    "If modules, module_access and access_tokens are your own record of who has bought what, do not rename " +
    "them: Sesame can take them over. docs/moving_in.md says how to ask for it (add --move-in, or sesame.move_in).",
  ]);
});

Deno.test("following each line of the message is enough, and loses no data", async () => {
  const url = await makeDatabase(`${OLD_SHAPE}
    create schema sesame;
    create type public.my_modules as enum ('a');
    create sequence public.module_prices;
    insert into public.modules (name) values ('Whisper');`);
  const clashes = await clashesOf(url);
  for (const [n, clash] of clashes.entries()) {
    const [, advice] = /(alter .* rename to) <other name>;$/.exec(clash) ?? [];
    if (advice !== undefined) await ask(url, `${advice} other_${n}`);
  }
  assert.deepEqual(await clashesOf(url), []);
});

Deno.test("an app with names that are only similar to ours is accepted", async () => {
  const url = await makeDatabase(`
    create function public.examine() returns int language sql as 'select 1';
    create function public.refold() returns int language sql as 'select 1';
    create function public.sesame_street() returns int language sql as 'select 1';
    create table public.sesame (id integer);
    create table public.module (id integer);
    create schema legacy;
    create table legacy.modules (id integer, name text);
    create table legacy.access_tokens (id integer, created_by text, module_id integer);
    insert into legacy.modules values (1, 'Not for sale');`);
  assert.deepEqual(await clashesOf(url), []);
  assert.deepEqual([...await ask(url, "table public.modules")], []);
  assert.deepEqual([...await ask(url, "select * from sesame.moving_in_report()")], []);
});

Deno.test("a schema sesame without its comment is still recognized as ours", async () => {
  const url = await makeDatabase("select");
  await applyMigrations(url, MIGRATIONS);
  await ask(url, "comment on schema sesame is null");
  const before = await takeSnapshot(url);
  await ask(url, await Deno.readTextFile(new URL(await firstChapter(), MIGRATIONS)));
  assert.deepEqual(await takeSnapshot(url), before);
});

Deno.test("our own tables are never taken over, even when asked to", async () => {
  const url = await makeDatabase("select");
  await applyMigrations(url, MIGRATIONS);
  const before = await takeSnapshot(url);
  const text = await Deno.readTextFile(new URL(await firstChapter(), MIGRATIONS));
  await ask(url, `set local sesame.move_in = 'now'; ${text}`);
  assert.deepEqual(await takeSnapshot(url), before);
});

Deno.test("an answer that is neither now nor later is refused", async () => {
  const url = await makeDatabase(OLD_SHAPE);
  assert.ok((await clashesOf(url, `${url}?sesame.move_in=yes`)).includes(
    "sesame.move_in is 'yes'. Set it to 'now' or 'later', or leave it out.",
  ));
});

Deno.test("asked to take over, it refuses a schema legacy that is there, and a name that no old table takes along", async () => {
  const url = await makeDatabase(`${OLD_SHAPE}
    create schema legacy;
    create index module_prices_pkey on public.orders (id);`);
  assert.deepEqual(await clashesOf(url, `${url}?sesame.move_in=now`), [
    NAMES_ARE_TAKEN,
    rename("index public.module_prices_pkey"),
    "schema legacy exists, and old tables would move into a schema of that name. Rename it, and change what " +
    "uses it: alter schema legacy rename to <other name>;",
  ]);
});

Deno.test("a version that is too old is refused", async () => {
  const url = await makeDatabase("select");
  const text = await Deno.readTextFile(new URL(await firstChapter(), MIGRATIONS));
  // As if this Postgres were older than required.
  assert.ok(text.includes("< 150000"));
  await assert.rejects(ask(url, text.replace("< 150000", "< 990000")), {
    code: "SE010",
    message: "Sesame cannot be installed here yet; nothing was changed",
    detail: /^- PostgreSQL [\d.]+.* is too old\. Upgrade to PostgreSQL 15 or newer\.$/,
    hint: "Do what each line says, then push again. See docs/moving_in.md.",
  });
});

/** The role that pushes on a hosted project: no superuser. */
function asRole(dbUrl: string, role: string): string {
  return dbUrl.replace(/\w+:\w+@/, `${role}:${role}@`);
}

Deno.test("a role without rights gets the list of the rights that it lacks", async () => {
  // On a server of its own: roles belong to all databases of one, ours too.
  await using server = await startBareDatabase();
  const url = server.adminUrl;
  await ask(
    url,
    `
    create role poor login password 'poor';
    alter table auth.users enable row level security;
    revoke usage on schema public from service_role;
    revoke usage on schema public from public;`,
  );
  const poor = asRole(url, "poor");
  const text = await Deno.readTextFile(new URL(await firstChapter(), MIGRATIONS));
  const refused = await ask(poor, text).then(() => null, (error) => error);
  const clashes = refused.detail.split("\n").map((line: string) => line.slice(2));
  assert.deepEqual(clashes, [
    "role poor may not create schemas. As the owner of the database: grant create on database postgres to poor",
    "role poor may not create in schema public. As its owner: grant create on schema public to poor",
    "role poor may not use schema auth. As its owner: grant usage on schema auth to poor",
    "role poor may not read auth.users or put a trigger on it. As its owner (supabase_auth_admin): " +
    "grant select, trigger on auth.users to poor",
    "role poor sees no row of auth.users because of its row level security. As a superuser: alter role poor bypassrls",
    "role poor may not create roles. As a role that may: create role sesame_webhook nologin; " +
    "alter role sesame_webhook set statement_timeout = '3600ms'",
    "role service_role may not use schema public. As its owner: grant usage on schema public to service_role",
  ]);
  for (const clash of clashes) await ask(url, clash.slice(clash.lastIndexOf(": ") + 2));
  await ask(url, "grant usage on schema public to poor");
  assert.deepEqual(await clashesOf(url, poor), []);
});

Deno.test("with the rights of another role it installs, and takes over what that role owns", async () => {
  const url = await makeDatabase(
    `
    create role hosted login password 'hosted' createrole createdb bypassrls;
    grant usage on schema auth to hosted;
    grant select, trigger on auth.users to hosted;
    ${OLD_SHAPE}
    do $$ begin execute format('alter database %I owner to hosted', current_database()); end $$`,
    "superuser",
  );
  const hosted = `${asRole(url, "hosted")}?sesame.move_in=now`;
  const clashes = await clashesOf(url, hosted);
  assert.equal(clashes.length, 4);
  assert.ok(clashes.includes(
    "table public.modules belongs to role supabase_admin, so role hosted may not move it. As that role or as a " +
      "superuser: alter table public.modules owner to hosted",
  ));
  const adminUrl = url.replace(/\w+:\w+@/, "supabase_admin:postgres@");
  for (const clash of clashes) await ask(adminUrl, clash.slice(clash.lastIndexOf(": ") + 2));
  assert.deepEqual(await clashesOf(url, hosted), []);
  const [moved] = await ask(url, "select to_regclass('legacy.modules')::text as name");
  assert.equal(moved?.name, "legacy.modules");
});

Deno.test("a Realtime without write or read rights does not stop an installation", async () => {
  for (const seen of ["grant usage on schema realtime to visitor;", ""]) {
    await using server = await startBareDatabase({ realtime: false });
    await ask(
      server.adminUrl,
      `create schema realtime;
       create table realtime.messages (extension text);
       create function realtime.topic() returns text language sql as 'select null::text';
       create function realtime.send(jsonb, text, text, boolean) returns void language sql as '';
       create role visitor login password 'visitor' createrole createdb bypassrls;
       grant usage on schema auth to visitor;
       grant select, trigger on auth.users to visitor;
       alter database postgres owner to visitor;
       ${seen}`,
    );
    assert.deepEqual(await clashesOf(server.adminUrl, asRole(server.url, "visitor")), []);
    assert.deepEqual(
      [...await ask(server.adminUrl, "select from pg_policy where polname ~ 'access$'")],
      [],
    );
    await ask(
      server.adminUrl,
      `insert into public.modules (slug, title) values ('whisper', 'Whisper');
       select public.grant_module_access(gen_random_uuid(), 'whisper', 'olga', 'a gift');`,
    );
    assert.equal((await ask(server.adminUrl, "table public.module_access")).length, 1);
  }
});

Deno.test("a database that is not a Supabase project gets the list of missing parts", async () => {
  const url = await makeDatabase(
    "drop schema auth cascade; drop schema public cascade",
    "superuser",
  );
  assert.deepEqual(await clashesOf(url), [
    "schema auth is missing. Sesame needs the schemas of a Supabase project.",
    "schema public is missing. Sesame needs the schemas of a Supabase project.",
  ]);
  const old = await makeDatabase(
    "alter table auth.users drop column is_sso_user; drop function auth.uid() cascade",
    "superuser",
  );
  assert.deepEqual(await clashesOf(old), [
    "function auth.uid() is missing. Update Supabase Auth.",
    "column is_sso_user of table auth.users is missing. Update Supabase Auth.",
  ]);
});

async function firstChapter(): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(MIGRATIONS))).map(({ name }) => name).sort();
  return names[0] ?? "";
}

Deno.test("a project with Sesame added to its own repository is refused, before a row is written", async () => {
  const url = await makeDatabase("select");
  await applyMigrations(url, MIGRATIONS);
  const HISTORY = "supabase_migrations.schema_migrations";
  await ask(
    url,
    `delete from ${HISTORY}; insert into ${HISTORY} (version, name) values ('20261201000000', 'sesame_0.1.0')`,
  );
  assert.deepEqual(await clashesOf(url), [
    "Sesame is here already, by the migration 20261201000000_sesame_0.1.0 of the app's own repository. Work there, " +
    "with the commands status and remove, and do not push these files",
  ]);
  const rows = await ask(url, `select version from ${HISTORY}`);
  assert.deepEqual(rows.map(({ version }) => version), ["20261201000000"]);
});

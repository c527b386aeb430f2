import assert from "node:assert/strict";
import { startBareDatabase } from "../../local/bare_database.ts";
import { ask, readCatalogue, readHistory } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { type AppProject, makeApp } from "./app_project.ts";

/** An existing app, with migrations dated before ours. */
const PROFILES = `
  create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, name text);
  alter table public.profiles enable row level security;
  create policy profiles_select_all on public.profiles for select using (true);
  create function public.make_profile() returns trigger language plpgsql security definer set search_path = '' as $$
  begin
    insert into public.profiles (id, name) values (new.id, split_part(new.email, '@', 1));
    return new;
  end $$;
  create trigger make_profile after insert on auth.users for each row execute function public.make_profile();
  create function public.examine() returns text language sql as $$ select 'examined' $$;
  create function public.refold(paper text) returns text language sql as $$ select paper || ' folded' $$;
  create table public.lessons (id bigint generated always as identity primary key, title text, position integer);
  insert into public.lessons (title, position) values ('Paper and brushes', 1), ('First washes', 2);`;

/** The app's own objects with names that Sesame needs, or with its private schema. */
const CLASHING = `
  create schema sesame;
  create table sesame.seeds (id integer primary key);
  create table public.modules (id uuid primary key default gen_random_uuid(), title text, position integer);
  insert into public.modules (title, position) values ('Lines', 1);
  create table public.access_tokens (token_hash text primary key, owner uuid);
  create function public.grant_module_access(member uuid, module uuid) returns boolean
  language sql as $$ select true $$;`;

/** Pushed after Sesame: everything that default privileges decide about. */
const LIKES = `
  create table public.likes (id bigint generated always as identity primary key, user_id uuid, lesson_id bigint);
  alter table public.likes enable row level security;
  create policy likes_all_own on public.likes using (user_id = auth.uid()) with check (user_id = auth.uid());
  create sequence public.numbers;
  create view public.liked with (security_invoker = true) as select lesson_id, count(*) from public.likes group by 1;
  create function public.like_count(lesson bigint) returns bigint language sql security definer as
    $$ select count(*) from public.likes where lesson_id = lesson $$;
  create procedure public.forget_likes() language sql as $$ delete from public.likes where lesson_id is null $$;
  create schema private;
  create table private.notes (id integer primary key);
  create function private.is_member() returns boolean language sql as $$ select true $$;
  create type public.mood as enum ('fine');`;

/** The app's own tests: each answers true. */
const APP_TESTS = [
  `with member as (
     insert into auth.users (id, email) values (gen_random_uuid(), 'cleo@example.com') returning id
   ) select true from member`,
  "select exists (select from public.profiles where name = 'cleo')",
  "select public.examine() = 'examined' and public.refold('a') = 'a folded'",
  "select array_agg(title order by position) = '{Paper and brushes,First washes}' from public.lessons",
];

/** The checks of what came after our installation, each as the role of a request. */
const LIKES_TESTS = [
  ["authenticated", "insert into public.likes (user_id, lesson_id) values (auth.uid(), 1)"],
  ["authenticated", "select public.like_count(1), nextval('public.numbers')"],
  ["authenticated", "select * from public.liked"],
  ["anon", "select public.like_count(1)"],
  ["service_role", "delete from public.likes"],
  ["service_role", "call public.forget_likes()"],
] as const;

async function runAppTests(dbUrl: string): Promise<void> {
  for (const test of APP_TESTS) {
    assert.deepEqual(Object.values((await ask(dbUrl, test))[0] ?? {}), [true], test);
  }
  for (const [role, test] of LIKES_TESTS) {
    const claims = `{"sub": "ada00000-0000-4000-8000-000000000001", "role": "${role}"}`;
    await ask(dbUrl, `set local request.jwt.claims = '${claims}'; set local role ${role}; ${test}`);
  }
}

async function succeed(app: AppProject, dbUrl: string): Promise<void> {
  const { code, stderr } = await app.push(dbUrl);
  assert.equal(code, 0, stderr);
}

Deno.test("an app that uses our names is refused with the whole list, and stays unchanged", async () => {
  await using app = await makeApp({
    "20250301090000_profiles": PROFILES,
    "20250302090000_clashing": CLASHING,
    "20270101090000_likes": LIKES, // dated after ours, and pushed before
  });
  await using server = await startBareDatabase();
  await succeed(app, server.url);
  const before = await takeSnapshot(server.url);
  const history = await readHistory(server.url);

  await app.addSesame();
  const { code, stderr } = await app.push(server.url);
  assert.equal(code, 1);
  const printed = stderr.slice(stderr.indexOf("ERROR"), stderr.indexOf("At statement"));
  assert.deepEqual(printed.trimEnd().split("\n"), [
    "ERROR: Sesame cannot be installed here yet; nothing was changed (SQLSTATE SE010)",
    "- schema sesame exists and is not ours. Rename it, and change what uses it: " +
    "alter schema sesame rename to <other name>;",
    "- names that Sesame needs are taken. Rename each of these, and change what uses it:",
    "    alter index public.access_tokens_pkey rename to <other name>;",
    "    alter index public.modules_pkey rename to <other name>;",
    "    alter routine public.grant_module_access(member uuid, module uuid) rename to <other name>;",
    "    alter table public.access_tokens rename to <other name>;",
    "    alter table public.modules rename to <other name>;",
    "- If modules, module_access and access_tokens are your own record of who has bought what, do not rename " +
    "them: Sesame can take them over. docs/moving_in.md says how to ask for it (add --move-in, or sesame.move_in).",
  ]);
  assert.deepEqual(await takeSnapshot(server.url), before);
  assert.deepEqual(await readHistory(server.url), history);
});

/** Default privileges: those of hosted projects, and unusual ones. */
const DEFAULTS = {
  "as hosted": "select",
  "that give everything to everybody": `
    alter default privileges grant all on tables to public;
    alter default privileges grant all on sequences to public;
    alter default privileges grant usage on schemas to public;`,
  "for a role of the app's own": `
    create role backend;
    alter default privileges grant all on tables to backend with grant option;
    alter default privileges grant all on sequences to backend;
    alter default privileges grant execute on routines to backend;
    alter default privileges grant all on schemas to backend;
    alter default privileges in schema public grant select on tables to backend;`,
  "that give nothing": `
    alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
    alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
    alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
    alter default privileges revoke execute on functions from public;`,
};

const RIGHTS = new Set(["grants", "column grants", "execution", "default privileges", "schema"]);

Deno.test("an app without our names installs Sesame, and works as before", async (t) => {
  await using plain = await startBareDatabase();
  await using ours = await makeApp();
  await ours.addSesame();
  await succeed(ours, plain.url);
  const expected = await readCatalogue(plain.url);

  for (const [title, defaults] of Object.entries(DEFAULTS)) {
    await t.step(`with default privileges ${title}`, async () => {
      const early = { "20250301090000_profiles": PROFILES };
      await using alone = await startBareDatabase();
      await using guested = await startBareDatabase();
      await using app = await makeApp(early);
      for (const { url } of [alone, guested]) {
        await ask(url, defaults);
        await succeed(app, url);
      }
      await app.write("20270101090000_likes", LIKES);
      await succeed(app, alone.url);

      await app.remove("20270101090000_likes");
      await app.addSesame();
      await succeed(app, guested.url);
      await app.write("20270101090000_likes", LIKES);
      await succeed(app, guested.url);

      // The app's own facts are those of the app alone, default privileges among them …
      const factsAlone = (await readCatalogue(alone.url)).map(asLine);
      const facts = await readCatalogue(guested.url);
      const lines = new Set(facts.map(asLine));
      const lost = factsAlone.filter((line) =>
        !lines.has(line) && !line.startsWith("schema public")
      );
      assert.deepEqual(lost, []);

      // … and ours are those of a project of its own, whatever it gives to new objects.
      const known = new Set(expected.map(asLine));
      const oursNow = facts.filter((fact) =>
        RIGHTS.has(fact.kind) && !factsAlone.includes(asLine(fact))
      );
      assert.ok(oursNow.length > 200);
      assert.deepEqual(oursNow.map(asLine).filter((line) => !known.has(line)), []);

      if (title === "as hosted") await runAppTests(guested.url);
    });
  }
});

function asLine({ kind, name, fact }: { kind: string; name: string; fact: string }): string {
  return `${kind} ${name} ${fact}`;
}

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ask, type CatalogueFact, readCatalogue } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { makeUserProject } from "../../cli/project/testing.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applySeed } from "../../local/migrations.ts";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { createPgtap } from "../../local/pgtap.ts";
import { fill } from "../bench/filling.ts";
import { listTests, runSuite } from "../../cli/test/run_suite.ts";
import { sum } from "../../cli/test/tally.ts";
import { supabase } from "./supabase_cli.ts";
import { push, rolesOf, sesame, succeed } from "./user_commands.ts";

/** An app's own objects, some with triggers and policies of their own. */
const SCHOOL = `
  create table public.lessons (id bigint generated always as identity primary key, title text, is_paid boolean);
  alter table public.lessons enable row level security;
  comment on table public.lessons is 'The school''s.';
  create policy lessons_select_free on public.lessons for select to anon using (not is_paid);
  create table public.profiles (id uuid primary key, name text);
  comment on table public.profiles is 'The school''s.';
  alter table public.profiles enable row level security;
  create function public.make_profile() returns trigger language plpgsql security definer set search_path = '' as $$
  begin
    insert into public.profiles (id, name) values (new.id, new.email);
    return new;
  end $$;
  create trigger make_profile after insert on auth.users for each row execute function public.make_profile();
  insert into public.lessons (title, is_paid) values ('Paper', false), ('Ink', true);`;

/** What `remove` reads of pg_cron. */
const JOBS = `
  create schema if not exists cron;
  create table cron.job (jobid bigint, jobname text, command text);
  insert into cron.job values
    (7, 'mine', 'select sesame.call_reconcile()'), (8, 'sesame-purge', 'select sesame.purge()'),
    (9, 'other', 'select 1');
  grant usage on schema cron to postgres;
  grant select on cron.job to postgres;`;

const APP = {
  "supabase/config.toml": 'project_id = "school"\r\n\r\n[api]\r\nschemas = ["public"]\r\n',
  "supabase/migrations/20250301090000_school.sql": SCHOOL,
  "supabase/migrations/20280101000000_later.sql": "create table public.later (id int primary key);",
};

function asTexts(facts: readonly CatalogueFact[]): Set<string> {
  return new Set(facts.map(({ kind, name, fact }) => `${kind} ${name} ${fact}`));
}

Deno.test("an app with Sesame added", async (t) => {
  await using project = await makeUserProject(APP);
  await using server = await startBareDatabase();
  await succeed(push(project, server.url));
  const [before, roles] = [await takeSnapshot(server.url), await rolesOf(server.url)];
  const app = await readCatalogue(server.url);
  const files = await project.snapshot();

  await t.step("has the schema of a fresh installation, beside its own", async () => {
    await succeed(sesame(project, "add --yes"));
    await succeed(push(project, server.url));
    const SUPABASE = new URL("../../supabase/", import.meta.url);
    await using fresh = await startMigratedDatabase(new URL("migrations/", SUPABASE));
    const wanted = asTexts([...await readCatalogue(fresh.url), ...app]);
    const found = asTexts(await readCatalogue(server.url));
    // The role of the webhook may use schema public.
    const differs = [...found.symmetricDifference(wanted)];
    assert.deepEqual(differs.filter((text) => !text.startsWith("schema public ")), []);
    await applySeed(server.url, new URL("seed.sql", SUPABASE));
    await succeed(sesame(project, "status", { SUPABASE_DB_URL: server.url }));
  });

  await t.step("passes the database tests", async () => {
    await createPgtap(server.adminUrl);
    const tests = listTests(fileURLToPath(new URL("../../supabase/tests", import.meta.url)));
    // A part of the suite: the catalogue is that of a fresh installation.
    const some = tests.filter((file) =>
      /\/(purchases|access_tokens|subscriptions|names|claim_links|module_tokens)\.sql$/.test(file)
    );
    const { passed, failed } = sum(await runSuite(some, [server.url]));
    assert.equal(failed, 0);
    assert.ok(passed > 100, `${passed}`);
    await ask(server.adminUrl, "drop extension pgtap");
  });

  await t.step("that lost the row of its history is left alone, and the fix is named", async () => {
    const there = await takeSnapshot(server.url);
    await ask(
      server.url,
      "delete from supabase_migrations.schema_migrations where name ~ '^sesame_'",
    );
    const { code, stderr } = await push(project, server.url);
    assert.equal(code, 1);
    const [, typed = ""] = /\n- If only its row [^\n]*: npx supabase@3\.1\.0 (.*)\n/.exec(stderr) ??
      [];
    assert.deepEqual(await takeSnapshot(server.url), there);
    await succeed(supabase([...typed.split(" "), `--remote=${server.url}`], {}, project.root));
    await succeed(push(project, server.url));
    assert.deepEqual(await takeSnapshot(server.url), there);
  });

  await t.step(
    "is refused a removal while its own objects need Sesame, with the whole list",
    async () => {
      await ask(
        server.url,
        `create policy lessons_select_paid on public.lessons for select to authenticated
        using (is_paid and (select public.has_module_access('whisper')));
      create view public.shelf with (security_invoker = true) as select slug from public.my_modules;
      alter table public.lessons add module_id bigint references public.modules (id);
      create function public.titles() returns setof text language plpgsql as
        'begin return query select title from public.modules where has_module_access (slug); end';
      create function public.count_modules() returns int language sql as 'select 1 -- of all modules';
      create trigger notice before insert on public.module_prices for each row execute function public.make_profile();
      alter table public.modules add rating int check (rating > 0);
      create index modules_rating_idx on public.modules (rating);
      create table sesame.notes_of_the_shop (id int primary key);
      create policy modules_select_rated on public.modules for select to anon using (rating > 3);`,
      );
      await ask(server.adminUrl, JOBS);
      const used = await takeSnapshot(server.url);
      const out = await succeed(
        sesame(project, "remove --dry-run --json", { SUPABASE_DB_URL: server.url }),
      );
      assert.deepEqual(await takeSnapshot(server.url), used);
      await succeed(sesame(project, "remove --yes"));
      const { code, stderr } = await push(project, server.url);
      assert.equal(code, 1);
      assert.match(stderr, /Sesame cannot be removed yet; nothing was changed/);
      const list = stderr.split("\n").filter((line) => line.startsWith("- ")).toSorted();
      assert.deepEqual(list, [
        "- constraint lessons_module_id_fkey on table public.lessons depends on Sesame's table public.modules",
        "- function public.titles() calls Sesame's has_module_access",
        "- function public.titles() calls Sesame's modules",
        "- policy lessons_select_paid on table public.lessons depends on Sesame's function public.has_module_access(text)",
        "- trigger notice on table public.module_prices calls your own function public.make_profile()",
        "- view public.shelf depends on Sesame's view public.my_modules",
      ]);
      assert.deepEqual(await takeSnapshot(server.url), used);
      await ask(server.adminUrl, "drop schema cron cascade");
      const { inTheWay, goAlong, stays } = JSON.parse(out).database;
      assert.deepEqual(stays, [
        "Your job mine of pg_cron uses Sesame, and fails then: select cron.unschedule(7);",
      ]);
      assert.deepEqual(inTheWay.toSorted(), list.map((line) => line.slice(2)));
      assert.deepEqual(goAlong, [
        "column modules.rating",
        "constraint modules - modules_rating_check",
        "index modules_rating_idx",
        "policy modules modules_select_rated",
        "relation sesame.notes_of_the_shop",
        "trigger module_prices notice",
      ]);
    },
  );

  await t.step("has database and files as before, once it does without Sesame", async () => {
    await ask(
      server.url,
      `drop policy lessons_select_paid on public.lessons;
      drop view public.shelf;
      drop function public.titles(), public.count_modules();
      alter table public.lessons drop module_id;
      drop trigger notice on public.module_prices`,
    );
    await ask(server.url, "delete from auth.users");
    await succeed(push(project, server.url));
    await ask(server.url, "delete from public.profiles"); // the seed's members
    const after = new Set(await takeSnapshot(server.url));
    const differs = [...after.symmetricDifference(new Set(before))];
    // pg_cron counts every job that it ever had.
    assert.deepEqual(differs.filter((line) => !line.startsWith("cron.jobid_seq ")), []);
    assert.deepEqual(await rolesOf(server.url), roles);
    const left = Object.entries(await project.snapshot())
      .filter(([path]) => !/\/\d+_sesame_/.test(path));
    assert.deepEqual(Object.fromEntries(left), files);
  });

  await t.step("can have it again", async () => {
    await succeed(sesame(project, "add --yes"));
    await succeed(push(project, server.url));
    assert.equal((await ask(server.url, "select * from public.modules")).length, 0);
  });
});

Deno.test("a project of supabase init is as before after add and remove, byte by byte", async () => {
  await using project = await makeUserProject();
  await succeed(supabase(["init"], {}, project.root));
  const before = await project.snapshot();
  await succeed(sesame(project, "add --yes"));
  await succeed(sesame(project, "remove --yes"));
  const after = Object.entries(await project.snapshot())
    .filter(([path]) => !path.startsWith("supabase/migrations/"));
  assert.deepEqual(Object.fromEntries(after), before);
});

Deno.test("a removal that keeps the data has every row in sesame_archive", async () => {
  await using project = await makeUserProject(APP);
  await using server = await startBareDatabase();
  await succeed(sesame(project, "add --yes"));
  await succeed(push(project, server.url));
  await applySeed(server.url, new URL("../../supabase/seed.sql", import.meta.url));
  await fill(server.url, 20);
  const tables = await rowsOf(server.url, "sesame");
  tables.push(...(await rowsOf(server.url, "public")).filter(({ name }) => OURS.includes(name)));
  assert.ok(tables.filter(({ rows }) => rows.length > 0).length > 10);

  await succeed(sesame(project, "remove --keep-data --yes"));
  await succeed(push(project, server.url));
  const kept = await rowsOf(server.url, "sesame_archive");
  assert.deepEqual(kept, tables.toSorted((a, b) => a.name < b.name ? -1 : 1));
  const [schema] = await ask(server.url, "select to_regnamespace('sesame') as it");
  assert.equal(schema?.it, null);
  const readers = await ask(
    server.url,
    `select from pg_class, aclexplode(relacl) as access
    where relnamespace = 'sesame_archive'::regnamespace and access.grantee <> relowner`,
  );
  assert.equal(readers.length, 0);

  await succeed(sesame(project, "add --yes"));
  await succeed(push(project, server.url));
  await succeed(sesame(project, "remove --keep-data --yes"));
  await succeed(push(project, server.url));
  assert.deepEqual(await rowsOf(server.url, "sesame_archive"), kept);
  const second = await rowsOf(server.url, "sesame_archive_2");
  assert.deepEqual(second.map(({ name }) => name), kept.map(({ name }) => name));
});

Deno.test("an installation that a push refuses can be removed, and the push then succeeds", async () => {
  await using project = await makeUserProject(APP);
  await using server = await startBareDatabase();
  await succeed(push(project, server.url));
  await ask(server.url, "create table public.modules (id int primary key)");
  const before = await takeSnapshot(server.url);
  await succeed(sesame(project, "add --yes"));
  assert.equal((await push(project, server.url)).code, 1);
  await succeed(sesame(project, "remove --yes"));
  await succeed(push(project, server.url));
  assert.deepEqual(await takeSnapshot(server.url), before);
});

const OURS = [
  ...["modules", "module_prices", "module_access", "access_tokens"],
  ...["listed_prices", "price_terms"],
];

/** Every table of a schema with its rows. */
async function rowsOf(dbUrl: string, schema: string): Promise<{ name: string; rows: unknown[] }[]> {
  const tables = await ask(
    dbUrl,
    `select relname as name from pg_class
    where relnamespace = '${schema}'::regnamespace and relkind in ('r', 'p') order by relname collate "C"`,
  );
  return await Promise.all(tables.map(async ({ name }) => ({
    name,
    rows:
      (await ask(dbUrl, `select to_jsonb(it)::text as row from ${schema}.${name} as it order by 1`))
        .map(({ row }) => row),
  })));
}

import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { readCatalogue } from "../../cli/catalogue/catalogue.ts";
import { supabaseCli } from "../../cli/setup/cli.ts";
import { chapterNames } from "../../cli/project/release.ts";
import { withPushFolder } from "../../cli/setup/push_folder.ts";
import { supabaseProject } from "../../cli/setup/supabase_project.ts";
import { type HostedDatabase, openHostedDatabase } from "./hosted_database.ts";
import { PROJECT_REF } from "./hosted_names.ts";
import { type ManagementApi, serveManagementApi } from "./management_api.ts";
import { OLD_ROWS, OLD_SHAPE } from "../../cli/backfill/old_database.ts";
import { environmentFor } from "./stand_in_project.ts";
import { makeNpx } from "./stand_in_npx.ts";
import { type CliResult, PROJECT, supabase } from "./supabase_cli.ts";

/** A project that existed before Sesame, with migrations dated before and after ours. */
const APP: Record<string, string> = {
  "20250301090000_profiles.sql": `
    create table public.profiles (id uuid primary key, name text not null);
    insert into public.profiles values (gen_random_uuid(), 'made by a migration');`,
  "2025_short.sql": "create table public.short (id int primary key);",
  "20270101000000_likes.sql": `
    create table public.likes (id int generated always as identity primary key);
    create function public.like_count() returns bigint language sql as 'select count(*) from public.likes';`,
};

Deno.test({
  name: "setup pushes beside an app's own migrations",
  ignore: Deno.build.os !== "linux",
}, async (t) => {
  await using hosted = await openHostedApp();
  const { sql, project, inApp, api } = hosted;
  assert.equal((await inApp(["db", "push"])).code, 0);
  const before = await hosted.app();

  await t.step(
    "the CLI refuses a plain push from here, which is why setup makes a folder",
    async () => {
      const { code, stdout, stderr } = await hosted.here(["db", "push"]);
      assert.equal(code, 1);
      assert.match(stdout + stderr, /Remote migration versions not found in local migrations/);
    },
  );

  await t.step(
    "the plan has all of ours, counts theirs, and tries the first migration",
    async () => {
      assert.deepEqual(await project.database(null), {
        missing: await chapterNames(),
        foreign: ["2025", "20250301090000", "20270101000000"],
        rehearsed: { kind: "clear" },
      });
      assert.deepEqual(await hosted.app(), before);
    },
  );

  await t.step(
    "a push applies ours as postgres, and neither repeats nor reverts theirs",
    async () => {
      await project.push(null);
      const { missing } = await project.database(null);
      assert.deepEqual(missing, []);
      assert.deepEqual(await hosted.app(), before);
      const owners = await sql`
      select distinct tableowner from pg_tables where schemaname in ('sesame', 'public')`;
      assert.deepEqual(owners.map(({ tableowner }) => tableowner), ["postgres"]);
      assert.ok(api.requests.includes("POST cli/login-role"));
    },
  );

  await t.step(
    "a row of ours that is lost is added again by the command that is named",
    async () => {
      await sql`delete from supabase_migrations.schema_migrations where version = ${MODULES}`;
      const error = await project.push(null).then(() => "", ({ message }) => message);
      assert.match(error, /already exists/);
      const [, command = ""] = /npx supabase@3\.1\.0 (migration repair .+)$/.exec(error) ?? [];
      assert.equal((await hosted.here(command.split(" "))).code, 0, error);
      await project.push(null);
      assert.deepEqual(await hosted.app(), before);
    },
  );

  await t.step(
    "a migration of theirs that is taken back meanwhile is not recorded as applied",
    async () => {
      const versions = ["20240101000000", ...await hosted.history()];
      const pushed = withPushFolder(versions, null, async (folder) => {
        const { code, stdout } = await hosted.here([
          "db",
          "push",
          "--include-all",
          "--workdir",
          folder,
        ]);
        return [code, stdout];
      });
      assert.equal((await pushed)[0], 1);
      assert.deepEqual(await hosted.history(), versions.slice(1));
    },
  );

  await t.step("with a copy of ours the app's own repository pushes on", async () => {
    await Deno.writeTextFile(
      `${hosted.folder}/20280101000000_next.sql`,
      "create table public.next ()",
    );
    assert.equal((await inApp(["db", "push"])).code, 1);
    for (const name of await chapterNames()) {
      await Deno.copyFile(`${PROJECT}supabase/migrations/${name}`, `${hosted.folder}/${name}`);
    }
    const { code, stdout, stderr } = await inApp(["db", "push"]);
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(stderr.match(/^Applying migration .+$/gm), [
      "Applying migration 20280101000000_next.sql...",
    ]);
  });

  await t.step("setup works after that, too", async () => {
    const { missing, foreign } = await project.database(null);
    assert.deepEqual([missing, foreign.at(-1)], [[], "20280101000000"]);
    await project.push(null);
    assert.deepEqual(await hosted.app(), before);
  });
});

Deno.test({
  name: "setup and objects that have our names",
  ignore: Deno.build.os !== "linux",
}, async (t) => {
  await using hosted = await openHostedApp();
  const { sql, project } = hosted;
  await sql.unsafe(OLD_SHAPE + OLD_ROWS);
  const before = await readCatalogue(hosted.url);

  await t.step("the plan has the whole list of them, and nothing is touched", async () => {
    const { rehearsed } = await project.database(null);
    assert.ok(rehearsed?.kind === "refused", JSON.stringify(rehearsed));
    assert.match(rehearsed.why, /^Sesame cannot be installed here yet; nothing was changed\n- /);
    for (const name of ["modules", "access_tokens", "module_access"]) {
      assert.match(rehearsed.why, new RegExp(`\\balter table public\\.${name} rename to`));
    }
    assert.match(rehearsed.why, /\nDo what each line says[^\n]+$/);
    assert.deepEqual(await readCatalogue(hosted.url), before);
  });

  await t.step("a push in spite of it says the same, and changes nothing", async () => {
    await assert.rejects(
      project.push(null),
      /nothing was changed[^]*alter table public\.modules rename to/,
    );
    assert.deepEqual(await readCatalogue(hosted.url), before);
    assert.deepEqual(await hosted.history(), []);
  });

  await t.step("asked to move in, the plan is clear, and the rows come across", async () => {
    assert.deepEqual((await project.database("now")).rehearsed, { kind: "clear" });
    assert.deepEqual(await readCatalogue(hosted.url), before);
    await project.push("now");
    const [row] = await sql`select count(*)::int as modules from public.modules`;
    assert.equal(row?.modules, 3);
    assert.deepEqual((await project.database("now")).missing, []);
  });
});

Deno.test({
  name: "two setups that push at the same moment leave one whole database",
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using hosted = await openHostedApp();
  const results = await Promise.allSettled([hosted.project.push(null), hosted.project.push(null)]);
  if (results.some(({ status }) => status === "rejected")) await hosted.project.push(null);
  const ours = (await chapterNames()).map((name) => name.split("_")[0]);
  assert.deepEqual(await hosted.history(), ours);

  await using alone = await startBareDatabase();
  await applyMigrations(alone.url, new URL("../../supabase/migrations/", import.meta.url));
  assert.deepEqual(await readCatalogue(hosted.url), await readCatalogue(alone.url));
});

/** Why setup leaves PGSSLMODE alone where Supabase itself is asked. */
Deno.test({
  name: "supabase db commands check a hosted database's certificate, unless PGSSLMODE is set",
  ignore: Deno.build.os !== "linux",
}, async (t) => {
  await using hosted = await openHostedApp();
  const list = (env: Record<string, string>) =>
    supabase(["migration", "list", `--remote=${PROJECT_REF}`], {
      ...hosted.variables,
      PGSSLMODE: "",
      ...env,
    });

  await t.step("without sslmode=require an untrusted certificate is refused", async () => {
    const { code, stdout, stderr } = await list({});
    assert.equal(code, 1);
    assert.match(stdout + stderr, /self signed certificate/);
  });

  await t.step("with sslmode=require it is accepted", async () => {
    assert.equal((await list({ PGSSLMODE: "require" })).code, 0);
  });

  await t.step(
    "a certificate that PGSSLROOTCERT vouches for is accepted in both modes",
    async () => {
      const trusting = { PGSSLROOTCERT: hosted.database.certificate };
      assert.equal((await list(trusting)).code, 0);
      assert.equal((await list({ ...trusting, PGSSLMODE: "require" })).code, 0);
    },
  );
});

const MODULES = "20261121000300";

interface HostedApp extends AsyncDisposable {
  url: string;
  sql: postgres.Sql;
  api: ManagementApi;
  database: HostedDatabase;
  project: ReturnType<typeof supabaseProject>;
  variables: Record<string, string>;
  /** The migrations of the app's own repository. */
  folder: string;
  /** Runs the CLI on the project, in the app's repository or in ours. */
  inApp(args: string[]): Promise<CliResult>;
  here(args: string[]): Promise<CliResult>;
  /** The versions that are applied, in their order. */
  history(): Promise<string[]>;
  /** The app's objects in the database, and its history. */
  app(): Promise<unknown[]>;
}

async function openHostedApp(): Promise<HostedApp> {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startBareDatabase());
  const sql = opened.adopt(
    postgres(server.url, { max: 1, onnotice: () => {} }),
    (sql) => sql.end({ timeout: 1 }),
  );
  const database = opened.use(await openHostedDatabase(server.url, server.adminUrl));
  const api = opened.use(serveManagementApi({ database }));
  const environment = opened.use(await environmentFor(api));
  const variables = { ...environment.variables, ...await database.reachedBy("direct") };
  const trusting: Record<string, string> = {
    ...variables,
    PGSSLROOTCERT: database.certificate,
    PGSSLMODE: "require",
  };
  const npx = opened.use(await makeNpx(trusting));
  const root = opened.adopt(
    await Deno.makeTempDir({ prefix: "sesame-app-" }),
    (folder) => Deno.remove(folder, { recursive: true }),
  );
  const folder = `${root}/supabase/migrations`;
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(APP)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }

  const cli = await supabaseCli((name) => trusting[name], null, npx.program);
  const on = (args: string[]) => {
    const target = args.some((word) => word.startsWith("--remote"))
      ? []
      : [`--remote=${PROJECT_REF}`];
    return supabase([...args, ...target], trusting);
  };
  const held = opened.move();
  return {
    ...{ sql, api, database, variables, folder, url: server.url },
    project: supabaseProject(PROJECT_REF, cli, `${root}/draft`),
    here: on,
    inApp: (args) => on([...args, "--workdir", root]),
    async history() {
      const [found] = await sql`select to_regclass('supabase_migrations.schema_migrations') as it`;
      if (found?.it === null) return [];
      const rows = await sql`select version from supabase_migrations.schema_migrations order by 1`;
      return rows.map(({ version }) => version);
    },
    app: async () =>
      [
        await sql`select version, name, statements from supabase_migrations.schema_migrations
        where name in ('profiles', 'short', 'likes') order by version`,
        await sql`select * from public.profiles`,
        await sql`select public.like_count()`,
      ].map((rows) => structuredClone([...rows])),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

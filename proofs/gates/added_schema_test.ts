import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { createClient } from "@supabase/supabase-js";
import { ask, type CatalogueFact, readCatalogue } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { check as exposed } from "../../cli/doctor/checks/exposed.ts";
import { examineProject, findingsOf } from "../../cli/doctor/doctor.ts";
import { openProject } from "../../cli/doctor/open_project.ts";
import { dataApi } from "../../supabase/functions/_shared/data_api.ts";
import { explain } from "../../cli/explain/explain.ts";
import { inWords } from "../../cli/explain/in_words.ts";
import { bookFolder } from "../../cli/project/release.ts";
import { inSchema } from "../../cli/project/schema_name.ts";
import { makeUserProject, type TestProject } from "../../cli/project/testing.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { commandEnv } from "../../local/command_env.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import {
  checkoutSessionCompleted,
  newPurchase,
  NO_LINES,
  refundCreated,
} from "../../stripe/events.ts";
import { send } from "../e2e/delivery.ts";
import { type CliResult, PROJECT, supabase } from "./supabase_cli.ts";

const SCHEMA = "sesame_api";

/** A school whose courses have modules, and whose API has tokens, under the names that Sesame uses. */
const SCHOOL = `
  create table public.modules (id uuid primary key default gen_random_uuid(), position int, video_url text);
  comment on table public.modules is 'The lessons of a course.';
  alter table public.modules enable row level security;
  create policy modules_select_all on public.modules for select to anon, authenticated using (true);
  grant select on public.modules to anon, authenticated;
  create table public.access_tokens (token_hash text primary key);
  alter table public.access_tokens enable row level security;
  create view public.my_modules with (security_invoker = true) as select video_url from public.modules;
  create function public.has_module_access(lesson uuid) returns boolean language plpgsql stable as $$
  begin
    return exists (select from public.modules where id = lesson);
  end $$;
  create function public.course_outline() returns setof int language plpgsql stable as $$
  begin
    return query select modules.position from modules order by 1;
  end $$;
  insert into public.modules (position, video_url) values (1, 'https://school.example/1');
  insert into public.access_tokens values ('hash');`;

const CONFIG = `project_id = "school"

[api]
schemas = [
  "public", # the school's
]
`;

/** The lines of a snapshot that may be new. Postgres leaves out the name of schema public. */
const OURS =
  /^([a-z ]+ )?(sesame|sesame_api|sesame_webhook)\b|^(trigger|firing) auth\.users users_|^cron\.|^[a-z ]+ realtime\./;

const APP = {
  "supabase/config.toml": CONFIG,
  "supabase/migrations/20250301090000_school.sql": SCHOOL,
  "supabase/functions/hello/index.ts": "Deno.serve(() => new Response('hello'));\n",
};

/** Runs a command as a user types it. */
async function sesame(project: TestProject, ...args: string[]): Promise<CliResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${PROJECT}cli/main.ts`, ...args],
    cwd: project.root,
    env: { NO_COLOR: "1", SUPABASE_DB_URL: "" },
    stdin: "null",
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out, stderr: err };
}

async function succeed(ran: Promise<CliResult>): Promise<string> {
  const { code, stdout, stderr } = await ran;
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

function push({ root }: TestProject, dbUrl: string): Promise<CliResult> {
  return supabase(["db", "push", `--remote=${dbUrl}`], {}, root);
}

Deno.test("an app that has modules of its own", async (t) => {
  await using project = await makeUserProject(APP);
  await using server = await startBareDatabase();
  await succeed(push(project, server.url));
  const before = await takeSnapshot(server.url);
  const files = await project.snapshot();

  await t.step("is refused with the whole list, and with the way on", async () => {
    const { code, stderr } = await sesame(project, "add", "--yes");
    assert.equal(code, 1);
    for (const name of ["modules", "access_tokens", "my_modules", "has_module_access"]) {
      assert.match(stderr, new RegExp(`- \\S.* public\\.${name} is created by`));
    }
    assert.match(stderr, /--schema sesame_api\n/);
    assert.deepEqual(await project.snapshot(), files);
  });

  await t.step("gets Sesame in a schema of its own, and keeps all that it has", async () => {
    const said = await succeed(sesame(project, "add", "--schema", SCHEMA, "--yes"));
    assert.match(said, /After the push, add sesame_api to the exposed schemas/);
    const config = await project.read("supabase/config.toml");
    assert.ok(config.startsWith(CONFIG.replace('"public",', '"public", "sesame_api",')), config);
    await succeed(push(project, server.url));

    const after = await takeSnapshot(server.url);
    assert.deepEqual(before.filter((line) => !after.includes(line)), []);
    const added = new Set(after).difference(new Set(before));
    assert.deepEqual([...added].filter((line) => !OURS.test(line)), []);
  });

  await t.step("has the objects of an installation in public, under the other name", async () => {
    assert.deepEqual(await ourFacts(SCHEMA), await ourFacts("public"));
  });

  await t.step("sells a module, and its own parts work as before", async () => {
    await using stack = await startStack({
      durable: false,
      project: pathToFileURL(`${project.folder}/`),
      schema: SCHEMA,
    });
    await buy(stack);
  });

  await t.step(
    "is told where an object of its own calls Sesame, and not of its own modules",
    async () => {
      await ask(
        server.url,
        `create function public.paid(slug text) returns boolean language plpgsql as
        'begin return sesame_api.has_module_access(slug); end'`,
      );
      await succeed(sesame(project, "remove", "--yes"));
      const { code, stderr } = await push(project, server.url);
      assert.equal(code, 1);
      assert.deepEqual(stderr.split("\n").filter((line) => line.startsWith("- ")), [
        "- function public.paid(text) calls Sesame's has_module_access",
      ]);
      await ask(server.url, "drop function public.paid(text)");
    },
  );

  await t.step("has database and files as before, once Sesame is removed", async () => {
    await succeed(push(project, server.url));
    const differs = new Set(await takeSnapshot(server.url)).symmetricDifference(new Set(before));
    // pg_cron counts every job that it ever had.
    assert.deepEqual([...differs].filter((line) => !line.startsWith("cron.jobid_seq ")), []);
    const left = Object.entries(await project.snapshot())
      .filter(([path]) => !/\/\d+_sesame_/.test(path));
    assert.deepEqual(Object.fromEntries(left), files);
  });

  await t.step("can have it again, under another name", async () => {
    await succeed(sesame(project, "add", "--schema", "shop", "--yes"));
    await succeed(push(project, server.url));
    assert.equal((await ask(server.url, "select * from shop.modules")).length, 0);
  });
});

/** What an installation adds to a bare database, without the name of the exposed schema. */
async function ourFacts(schema: string): Promise<string[]> {
  await using server = await startBareDatabase();
  const before = new Set((await readCatalogue(server.url)).map(textOf));
  await applyMigrations(server.url, await bookFolder(schema));
  const after = (await readCatalogue(server.url)).filter(({ kind }) => kind !== "schema");
  return after.map(textOf).filter((text) => !before.has(text)).sort();
}

function textOf({ kind, name, fact }: CatalogueFact): string {
  return inSchema(`${kind} ${name} ${fact}`, SCHEMA).replaceAll(`${SCHEMA}.`, "");
}

/** A purchase and its refund, by the vendored functions, and what the member and the operator see. */
async function buy(stack: Stack): Promise<void> {
  const client = createClient(stack.apiUrl, stack.publishableKey, {
    db: { schema: SCHEMA },
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const credentials = { email: "ada@example.com", password: "open sesame" };
  const { data } = await client.auth.signUp(credentials);
  const userId = data.user?.id ?? "";
  const [module] = await ask(
    stack.dbUrl,
    `insert into sesame_api.modules (slug, title) values ('whisper', 'Whisper') returning id::text`,
  );
  const open = async () => (await client.from("my_modules").select("slug, status")).data;
  const webhook = `${stack.functionsUrl}/stripe-webhook`;
  const purchase = newPurchase({ userId, moduleId: module?.id });

  const paid = checkoutSessionCompleted(purchase, NO_LINES);
  assert.equal(await send(webhook, stack.webhookSecret, paid), "200 applied");
  assert.deepEqual(await open(), [{ slug: "whisper", status: "active" }]);
  assert.equal((await client.rpc("has_module_access", { module: "whisper" })).data, true);
  await seeTools(stack);
  await seeApp(stack);
  assert.equal(await send(webhook, stack.webhookSecret, refundCreated(purchase)), "200 applied");
  assert.equal((await client.rpc("has_module_access", { module: "whisper" })).data, false);
}

/** The doctor finds nothing, and explain follows the purchase. */
async function seeTools(stack: Stack): Promise<void> {
  const environment: Record<string, string> = {
    ...commandEnv(stack),
    SESAME_SCHEMA: SCHEMA,
  };
  const doctor = await openProject((name) => environment[name]);
  const examinations = await examineProject(doctor);
  assert.deepEqual(examinations.filter(({ blocked }) => blocked !== null), []);
  assert.deepEqual(findingsOf(examinations), []);

  const hidden = {
    ...doctor,
    schema: "sesame",
    call: dataApi({ ...doctor.api, schema: "sesame" }),
  };
  assert.deepEqual(await exposed.look(hidden), [{
    code: "schema_not_exposed",
    about: "schema sesame",
  }]);

  const call = dataApi({ url: stack.apiUrl, key: stack.secretKey, schema: SCHEMA });
  const [explained] = await explain(call, "ada@example.com", "whisper");
  assert.ok(explained);
  assert.match(inWords(explained)[0] ?? "", /^whisper for ada@example\.com: open/);
}

/** The school's own table, as its own frontend reads it. */
async function seeApp(stack: Stack): Promise<void> {
  const school = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false },
  });
  const { data } = await school.from("modules").select("position, video_url");
  assert.deepEqual(data, [{ position: 1, video_url: "https://school.example/1" }]);
  assert.deepEqual((await school.rpc("course_outline")).data, [1]);
}

/** From the tarball, in each kind of project: add, push, deploy, doctor, remove, and everything is as before. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { APP, makeUserProject, type TestProject } from "../../cli/project/testing.ts";
import { type BareDatabase, startBareDatabase } from "../../local/bare_database.ts";
import { until } from "../../local/testing.ts";
import { PROJECT_REF } from "./hosted_names.ts";
import { serveManagementApi } from "./management_api.ts";
import { openPackedApp, type PackedApp } from "./packed_app.ts";
import { environmentFor } from "./stand_in_project.ts";
import { supabase } from "./supabase_cli.ts";
import { push, rolesOf, succeed } from "./user_commands.ts";

interface Kind {
  files: Record<string, string>;
  /** What is made before Sesame comes, beside the files. */
  prepare?(project: TestProject, server: BareDatabase): Promise<unknown>;
  /** The functions that are deployed, beside ours. */
  functions?: string[];
}

/** Tables that were made in the Dashboard: no migration and no history knows them. */
const DASHBOARD = `
  create table public.courses (id bigint generated always as identity primary key, title text);
  alter table public.courses enable row level security;
  create policy "Anyone reads" on public.courses for select to anon using (true);
  create function public.count_courses() returns bigint language sql stable set search_path = ''
    as 'select count(*) from public.courses';
  insert into public.courses (title) values ('Watercolour');`;

const KINDS: Record<string, Kind> = {
  "an empty folder": { files: {} },
  "a fresh supabase init": {
    files: {},
    prepare: ({ root }) => succeed(supabase(["init"], {}, root)),
  },
  "an app with migrations before and after, and functions with a module and a map of their own": {
    files: APP,
    functions: ["hello"],
  },
  "a project made in the Dashboard, without a history": {
    files: { "package.json": "{}\n" },
    prepare: (_, { url }) => ask(url, DASHBOARD),
  },
};

const OURS = ["checkout", "health", "module-token", "reconcile", "stripe-webhook"];

Deno.test({
  name: "Sesame from its tarball, in each kind of project",
  ignore: Deno.build.os === "windows",
}, async (t) => {
  await using app = await openPackedApp();
  for (const [title, kind] of Object.entries(KINDS)) {
    await t.step(title, () => live(app, kind));
  }

  await t.step(
    "an app with modules of its own: refused with the list, nothing changed",
    async () => {
      const path = "supabase/migrations/20250302090000_modules.sql";
      await using project = await makeUserProject({
        ...APP,
        [path]: "create table public.modules (id uuid primary key, position int);\n",
      });
      const before = await project.snapshot();
      const { code, err } = await sesame(app, project, ["add", "--yes"]);
      assert.equal(code, 1);
      assert.match(
        err,
        /^- table or view public\.modules is created by supabase\/migrations\/2025/m,
      );
      assert.deepEqual(await project.snapshot(), before);
    },
  );

  await t.step("without a network add, status and remove work", async () => {
    await using project = await makeUserProject(APP);
    const before = await project.snapshot();
    for (const typed of [["add", "--yes"], ["status"], ["remove", "--yes"]]) {
      const { code, out, err } = await sesame(app, project, typed, OFFLINE);
      assert.equal(code, 0, out + err);
    }
    const after = Object.entries(await project.snapshot())
      .filter(([path]) => !path.includes("_sesame_"));
    assert.deepEqual(Object.fromEntries(after), before);
  });
});

/** Nothing listens there, so each download fails at once. */
const OFFLINE = { HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };

function sesame(
  app: PackedApp,
  { root }: TestProject,
  args: string[],
  env: Record<string, string> = {},
) {
  return app.sesame(args, { SUPABASE_DB_URL: "", ...env }, root);
}

async function live(app: PackedApp, { files, prepare, functions = [] }: Kind): Promise<void> {
  await using project = await makeUserProject(files);
  await using server = await startBareDatabase();
  await git(project, "init", "--quiet");
  await prepare?.(project, server);
  if (files["supabase/config.toml"] !== undefined) await succeed(push(project, server.url));
  await commit(project);
  const [before, roles] = [await takeSnapshot(server.url), await rolesOf(server.url)];

  const add = async (...args: string[]) => {
    const ran = await sesame(app, project, ["add", ...args], { SUPABASE_DB_URL: server.url });
    assert.equal(ran.code, 0, ran.out + ran.err);
    return ran.out;
  };
  await add("--yes");
  await commit(project);
  await succeed(push(project, server.url));
  assert.match(await add("--yes"), /Nothing has to be changed/);
  assert.equal(await git(project, "status", "--porcelain"), "");
  assert.deepEqual(await deployed(project), [...OURS, ...functions].sort());
  await seeHealthyStack(app, project);

  const removed = await sesame(app, project, ["remove", "--yes"], { SUPABASE_DB_URL: server.url });
  assert.equal(removed.code, 0, removed.out + removed.err);
  await succeed(push(project, server.url));
  const after = new Set(await takeSnapshot(server.url));
  const differs = [...after.symmetricDifference(new Set(before))];
  // pg_cron counts every job that it ever had, and the first push makes the history.
  assert.deepEqual(differs.filter((line) => !line.startsWith("cron.jobid_seq ")), []);
  assert.deepEqual(await rolesOf(server.url), roles);
  await git(project, "add", "--all");
  const changed = await git(project, "diff", "--cached", "--name-status", "HEAD~1");
  for (const line of changed.trim().split("\n")) {
    assert.match(line, /^A\tsupabase\/migrations\/\d{14}_sesame_/, changed);
  }
}

/** The functions that the real CLI deploys. */
async function deployed({ root }: TestProject): Promise<string[]> {
  await using api = serveManagementApi();
  await using environment = await environmentFor(api);
  const args = ["functions", "deploy", "--use-api", `--remote=${PROJECT_REF}`];
  await succeed(supabase(args, environment.variables, root));
  return [...api.uploads.keys()].sort();
}

/** The project's own stack, with everything of the app's in it, as the doctor finds it. */
async function seeHealthyStack(app: PackedApp, project: TestProject): Promise<void> {
  const dev = app.start(["dev", "--port", "0", "--db-port", "0"], project.root);
  let output = "";
  const printed = [dev.stdout, dev.stderr].map((stream) =>
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (output += text) }))
  );
  try {
    const isEnded = dev.status.then(() => true);
    await until(async () => output.includes("and no longer") || await nowOr(isEnded), 90);
    assert.match(output, /and no longer/);
    const { code, out, err } = await sesame(app, project, ["doctor"]);
    assert.equal(code, 0, out + err);
    dev.kill("SIGINT");
  } finally {
    await dev.status;
    await Promise.all(printed);
    await Deno.remove(join(project.folder, ".temp"), { recursive: true });
  }
}

/** Whether it has come true already. */
async function nowOr(promise: Promise<boolean>): Promise<boolean> {
  return await Promise.race([promise, Promise.resolve(false)]);
}

async function commit(project: TestProject): Promise<void> {
  await git(project, "add", "--all");
  await git(project, "commit", "--quiet", "--allow-empty", "--message", "As it is");
}

async function git({ root }: TestProject, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=Zoé", "-c", "user.email=zoe@example.com"];
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: [...identity, ...args],
    cwd: root,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

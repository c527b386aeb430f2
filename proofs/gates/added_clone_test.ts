import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { ask, readHistory } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { check } from "../../cli/doctor/checks/migrations.ts";
import type { Project } from "../../cli/doctor/project.ts";
import { readManifest } from "../../cli/project/manifest.ts";
import { chapterNames } from "../../cli/project/release.ts";
import { makeUserProject, type TestProject } from "../../cli/project/testing.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { PROJECT, supabase } from "./supabase_cli.ts";
import { push, sesame, succeed } from "./user_commands.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);
const APP = { "supabase/config.toml": 'project_id = "school"\n' };

/** What the doctor says about the history, in the app's folder. */
async function problems(project: TestProject, dbUrl: string) {
  const { migration = "" } = await readManifest(project.folder) ?? {};
  const addedMigrations = [new URL(migration, pathToFileURL(`${project.folder}/migrations/`))];
  return await check.look({ dbUrl, migrations: MIGRATIONS, addedMigrations } as unknown as Project);
}

/** Without the history: one snapshot has a row more. */
async function snapshot(dbUrl: string): Promise<string[]> {
  return (await takeSnapshot(dbUrl)).filter((line) => !line.includes("supabase_migrations"));
}

Deno.test("add takes over what a clone of Sesame has pushed", async (t) => {
  await using server = await startBareDatabase();
  await succeed(supabase(["db", "push", `--remote=${server.url}`], {}, PROJECT));
  await ask(server.url, "insert into public.modules (slug, title) values ('ink', 'Ink')");
  const [before, history] = [await snapshot(server.url), await readHistory(server.url)];
  await using project = await makeUserProject(APP);
  const env = { SUPABASE_DB_URL: server.url };

  await t.step("the plan says so, and the push changes nothing but the history", async () => {
    const plan = await succeed(sesame(project, "add --yes", env));
    assert.match(plan, /^This project has Sesame already, by migrations from a clone/m);
    assert.match(plan, /^ {2}\+ supabase\/migrations\/20261121 \(1\d\d files, \d+ kB\)$/m);
    await succeed(push(project, server.url));
    assert.deepEqual(await snapshot(server.url), before);
    const [row, ...more] = (await readHistory(server.url)).filter((it) => !history.includes(it));
    assert.deepEqual([more, /_sesame_\d/.test(row ?? "")], [[], true]);
  });

  await t.step("status and the doctor find it whole", async () => {
    await succeed(sesame(project, "status", env));
    assert.match(await succeed(sesame(project, "add --yes", env)), /Nothing has to be changed/);
    assert.deepEqual(await problems(project, server.url), []);
  });

  await t.step("a new database gets the same from the app's repository", async () => {
    await using fresh = await startBareDatabase();
    await succeed(push(project, fresh.url));
    assert.deepEqual(await readHistory(fresh.url), await readHistory(server.url));
    assert.deepEqual(await problems(project, fresh.url), []);
  });

  await t.step("remove takes it out, and add brings it again", async () => {
    await succeed(sesame(project, "remove --yes", env));
    await succeed(push(project, server.url));
    const [gone] = await ask(server.url, "select to_regnamespace('sesame') as it");
    assert.equal(gone?.it, null);
    await succeed(sesame(project, "add --yes", env));
    await using fresh = await startBareDatabase();
    for (const { url } of [server, fresh]) {
      await succeed(push(project, url));
      assert.equal((await ask(url, "select from public.modules")).length, 0);
    }
  });
});

Deno.test("add takes over chapters that were copied beside the app's migrations, and what follows them", async () => {
  const chapters = await Promise.all((await chapterNames()).map(async (name) => [
    `supabase/migrations/${name}`,
    await Deno.readTextFile(new URL(name, MIGRATIONS)),
  ]));
  await using project = await makeUserProject({
    ...APP,
    ...Object.fromEntries(chapters),
    "supabase/migrations/20271001000000_uses_it.sql":
      "create view public.shelf with (security_invoker = true) as select slug from public.my_modules;",
  });
  const before = await project.snapshot();
  await using server = await startBareDatabase();
  await succeed(push(project, server.url));
  const objects = await snapshot(server.url);

  await succeed(sesame(project, "add --yes"));
  const after = await project.snapshot();
  for (const path of Object.keys(before)) {
    if (path.includes("/migrations/")) assert.equal(after[path], before[path], path);
  }
  await succeed(push(project, server.url));
  assert.deepEqual(await snapshot(server.url), objects);
  assert.deepEqual(await problems(project, server.url), []);
});

Deno.test("without the database's address, each step after a clone's push names the next, and changes nothing", async () => {
  await using server = await startBareDatabase();
  await succeed(supabase(["db", "push", `--remote=${server.url}`], {}, PROJECT));
  const before = await snapshot(server.url);
  await using project = await makeUserProject(APP);
  await succeed(sesame(project, "add --yes"));

  // The CLI itself proposes to revert the rows that it does not know. Then our migration stops the push.
  const first = await push(project, server.url);
  assert.match(first.stdout + first.stderr, /Remote migration versions not found/);
  const versions = (await readHistory(server.url)).map((it) => it.split("_")[0] ?? "");
  const repair = ["migration", "repair", `--remote=${server.url}`, "--status"];
  await succeed(supabase([...repair, "reverted", ...versions], {}, project.root));
  const second = await push(project, server.url);
  assert.equal(second.code, 1);
  const [, stamp = ""] = /migration repair --status applied (\d+)/.exec(second.stderr) ?? [];
  await succeed(supabase([...repair, "applied", stamp], {}, project.root));
  await succeed(push(project, server.url));
  assert.deepEqual(await snapshot(server.url), before);
  assert.deepEqual(await problems(project, server.url), []);
});

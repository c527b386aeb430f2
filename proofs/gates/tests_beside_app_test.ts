/** The pgTAP files of Sesame and those of an app, each green beside the other. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { bind, readBook } from "../../cli/project/release.ts";
import { makeUserProject, type TestProject } from "../../cli/project/testing.ts";
import type { FileReport } from "../../cli/test/run_file.ts";
import { listTests, reportInWords, runSuite } from "../../cli/test/run_suite.ts";
import { sum } from "../../cli/test/tally.ts";
import { startTestDatabase } from "../../cli/test/test_database.ts";
import { pgProve } from "../test_db/pg_prove.ts";
import { PROJECT } from "./supabase_cli.ts";
import { SCHOOL } from "./school.ts";

const OURS = new URL("../../supabase/", import.meta.url);

/** The project's migrations in a database, with pgTAP. */
function databaseOf({ folder }: TestProject) {
  return startTestDatabase(pathToFileURL(join(folder, "migrations/")));
}

/** As `supabase db test` does it: all files below `supabase/tests`, by pg_prove. */
async function appTestsPass(project: TestProject, dbUrl: string): Promise<void> {
  assert.ok(await pgProve([join(project.folder, "tests")], dbUrl));
}

/** All of our files, one after the other. */
async function ourReports(dbUrl: string): Promise<FileReport[]> {
  const files = listTests(fileURLToPath(new URL("tests", OURS)));
  return await runSuite(files, [dbUrl]);
}

function failures(reports: readonly FileReport[]): string {
  return reports.filter(({ failed }) => failed > 0).flatMap((report) => reportInWords(report))
    .join("\n");
}

function counts(reports: readonly FileReport[]): Record<string, number> {
  return Object.fromEntries(reports.map(({ file, passed }) => [file, passed]));
}

async function add(project: TestProject): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      `${PROJECT}cli/main.ts`,
      "add",
      "--functions-prefix",
      "pay",
      "--yes",
    ],
    cwd: project.root,
    env: { NO_COLOR: "1", SUPABASE_DB_URL: "" },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert.ok(success, text);
}

Deno.test("the tests of an app and those of Sesame, beside each other", async (t) => {
  await using project = await makeUserProject(SCHOOL.before);

  await t.step("the app's tests are green before Sesame is added", async () => {
    await using server = await databaseOf(project);
    await appTestsPass(project, server.url);
  });

  await t.step("add puts no file among the app's tests", async () => {
    const files = async () => Object.keys(await project.snapshot());
    const below = (path: string) => path.startsWith("supabase/tests/");
    const before = (await files()).filter(below);
    await add(project);
    assert.deepEqual((await files()).filter(below), before);
    assert.ok((await files()).some((path) => /_sesame_[\d.]+[^/]*\.sql$/.test(path)));
    await project.write(SCHOOL.after);
  });

  await using server = await databaseOf(project);

  await t.step("the app's tests are green after it", async () => {
    await appTestsPass(project, server.url);
  });

  await t.step("all of Sesame's tests are green, as many as in a bare project", async () => {
    await using bare = await startTestDatabase(new URL("migrations/", OURS));
    await ask(
      server.url,
      "delete from supabase_migrations.schema_migrations where name ~ '^sesame_'",
    );
    const before = await takeSnapshot(server.url);
    const [beside, alone] = await Promise.all([ourReports(server.url), ourReports(bare.url)]);
    assert.equal(failures(beside), "");
    assert.deepEqual(counts(beside), counts(alone));
    assert.ok(sum(beside).passed > 5_000);

    const after = await takeSnapshot(server.url);
    assert.deepEqual(after, before, "they leave nothing behind");
    assert.ok(before.some((line) => /^comments .*Nice/.test(line)), "the app has rows");
  });
});

/** The site of the guides for owners, before Sesame takes its tables over. */
const OLD_SITE = new URL("../e2e/old_site/database.sql", import.meta.url);

Deno.test("Sesame's tests are green in a site whose tables it took over", async () => {
  const added = bind(await readBook(), "20260101000000");
  await using project = await makeUserProject({
    "supabase/migrations/20250301090000_site.sql": await Deno.readTextFile(OLD_SITE),
    "supabase/migrations/20260101000000_sesame.sql": `set local sesame.move_in = 'now';\n${added}`,
  });
  await using server = await databaseOf(project);
  const [{ taken } = { taken: 0 }] = await ask(
    server.url,
    "select count(*)::int as taken from legacy.modules",
  );
  assert.ok(taken > 0);
  assert.equal(failures(await ourReports(server.url)), "");
});

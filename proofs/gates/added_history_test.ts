import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { planAdd } from "../../cli/add/plan.ts";
import { addAsPlanned } from "../../cli/add/add.ts";
import { ask } from "../../cli/catalogue/catalogue.ts";
import { check } from "../../cli/doctor/checks/migrations.ts";
import type { Project } from "../../cli/doctor/project.ts";
import { makeUserProject } from "../../cli/project/testing.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";

const HISTORY = "select version, name from supabase_migrations.schema_migrations order by version";

Deno.test("the doctor judges a project with Sesame added by its one migration", async (t) => {
  await using app = await makeUserProject({
    "supabase/config.toml": 'project_id = "school"\n',
    "supabase/migrations/20250301090000_school.sql":
      "create table public.lessons (id int primary key);",
  });
  await using server = await startBareDatabase();
  const supabase = `${app.root}/supabase`;
  const plan = await planAdd(supabase, { functionsPrefix: "" }, null, new Date());
  await addAsPlanned(supabase, plan, null);
  const folder = pathToFileURL(`${supabase}/migrations/`);
  await applyMigrations(server.url, folder);
  const history = await ask(server.url, HISTORY);
  const migration = history.at(-1);

  /** As the doctor sees it in the user's folder, or in a clone of Sesame. */
  const project = (isInApp: boolean) => ({
    dbUrl: server.url,
    migrations: new URL("../../supabase/migrations/", import.meta.url),
    addedMigrations: isInApp
      ? [new URL(`${migration?.version}_${migration?.name}.sql`, folder)]
      : null,
  } as Project);

  await t.step("finds nothing, in the user's folder and in a clone of Sesame", async () => {
    assert.match(migration?.name, /^sesame_/);
    assert.deepEqual(await check.look(project(true)), []);
    assert.deepEqual(await check.look(project(false)), []);
  });

  await t.step("records that one migration if its row is lost, and no chapter", async () => {
    await ask(
      server.url,
      `delete from supabase_migrations.schema_migrations where version = '${migration?.version}'`,
    );
    const findings = await check.look(project(true));
    assert.deepEqual(
      findings.map(({ code, about }) => [code, about]),
      [["migration_unrecorded", `${migration?.version}_${migration?.name}`]],
    );
    await check.fix?.(project(true), findings);
    assert.deepEqual(await ask(server.url, HISTORY), history);
  });

  await t.step("from a clone, one finding without a plan says that the row is lost", async () => {
    await ask(
      server.url,
      `delete from supabase_migrations.schema_migrations where version = '${migration?.version}'`,
    );
    const findings = await check.look(project(false));
    assert.deepEqual(
      findings.map(({ code, plan }) => [code, plan]),
      [["migration_unrecorded", undefined]],
    );
  });
});

import assert from "node:assert/strict";
import { applySeed } from "../../local/migrations.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { fill } from "../bench/filling.ts";
import { ask, readHistory } from "../../cli/catalogue/catalogue.ts";
import { takeSnapshot } from "../../cli/catalogue/snapshot.ts";
import { check as migrations } from "../../cli/doctor/checks/migrations.ts";
import type { Project } from "../../cli/doctor/project.ts";
import { type AppProject, makeApp } from "./app_project.ts";
import { OLD_ROWS, OLD_SHAPE } from "../../cli/backfill/old_database.ts";

const SUPABASE = new URL("../../supabase/", import.meta.url);

/** A database that took over old tables and has had sales since. */
async function openLiveDatabase(app: AppProject) {
  const server = await startBareDatabase();
  await ask(server.url, OLD_SHAPE + OLD_ROWS);
  await app.addSesame("now");
  const { code, stderr } = await app.push(server.url);
  assert.equal(code, 0, stderr);
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await fill(server.url, 20);
  // An operator undid moving in. Nothing may move the old site in again without being asked.
  await ask(server.url, "select sesame.move_out()");
  return server;
}

function forget(dbUrl: string, versions: string[]) {
  const list = versions.map((version) => `'${version}'`).join(", ");
  return ask(
    dbUrl,
    `delete from supabase_migrations.schema_migrations where version in (${list})`,
  );
}

/** Runs the part of doctor --fix about migrations. */
async function fixHistory(dbUrl: string): Promise<string[]> {
  const project = {
    dbUrl,
    migrations: new URL("migrations/", SUPABASE),
    addedMigrations: null,
  } as Project;
  const findings = await migrations.look(project);
  await migrations.fix?.(project, findings.filter(({ plan }) => plan !== undefined));
  return findings.map(({ code, about }) => `${code} ${about}`);
}

Deno.test("with any row of the history missing, neither a push nor the doctor does harm", async (t) => {
  await using app = await makeApp();
  await using live = await openLiveDatabase(app);
  const history = await readHistory(live.url);
  const before = await takeSnapshot(live.url);

  for (const name of history) {
    await t.step(name, async () => {
      const version = name.slice(0, 14);
      await forget(live.url, [version]);
      const { code, stderr } = await app.push(live.url);
      assert.deepEqual(await takeSnapshot(live.url), before, stderr);
      // Either the chapter found its objects, or it may run any number of times.
      if (code !== 0) assert.match(stderr, /already exists/);
      await forget(live.url, [version]);
      const [finding] = await fixHistory(live.url);
      assert.match(finding ?? "", /^migration_(unrecorded|missing)/);
      assert.deepEqual(await takeSnapshot(live.url), before);
      assert.deepEqual(await readHistory(live.url), history);
    });
  }

  await t.step("all rows lost at once do no harm either", async () => {
    const versions = history.map((name) => name.slice(0, 14));
    await forget(live.url, versions);
    // The rows may have been those of another repository, so the doctor records none.
    const findings = await fixHistory(live.url);
    assert.deepEqual(findings.map((line) => line.split(" ")[0]), ["migration_unrecorded"]);
    assert.equal((await readHistory(live.url)).length, 0);

    const { code, stderr } = await app.push(live.url);
    assert.equal(code, 1);
    assert.match(stderr, /schema "sesame" already exists/);
    assert.deepEqual(await takeSnapshot(live.url), before);
    // The push has recorded the first chapter. So the history is that of the chapters.
    await fixHistory(live.url);
    assert.deepEqual(await takeSnapshot(live.url), before);
    assert.deepEqual(await readHistory(live.url), history);
  });
});

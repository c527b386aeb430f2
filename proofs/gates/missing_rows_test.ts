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

/** A database that took over old tables, in which business has been done since. */
async function openLiveDatabase(app: AppProject) {
  const server = await startBareDatabase();
  await ask(server.url, OLD_SHAPE + OLD_ROWS);
  await app.addSesame("now");
  const { code, stderr } = await app.push(server.url);
  assert.equal(code, 0, stderr);
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await fill(server.url, 20);
  // As an operator undoes moving in: nothing may bring it again unasked.
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

/** What doctor --fix does about migrations. */
async function fixHistory(dbUrl: string): Promise<string[]> {
  const project = { dbUrl, migrations: new URL("migrations/", SUPABASE) } as Project;
  const findings = await migrations.look(project);
  await migrations.fix?.(project, findings);
  return findings.map(({ code, about }) => `${code} ${about}`);
}

Deno.test("whichever row the history lost, neither a push nor the doctor harms anything", async (t) => {
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
    const { code, stderr } = await app.push(live.url);
    assert.equal(code, 1);
    assert.match(stderr, /schema "sesame" already exists/);
    assert.deepEqual(await takeSnapshot(live.url), before);
    await fixHistory(live.url);
    assert.deepEqual(await takeSnapshot(live.url), before);
    assert.deepEqual(await readHistory(live.url), history);
  });
});

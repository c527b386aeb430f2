import assert from "node:assert/strict";
import { startBareDatabase } from "../../local/bare_database.ts";
import { ask } from "../catalogue/catalogue.ts";
import { addAsPlanned } from "../add/add.ts";
import { planAdd } from "../add/plan.ts";
import { task } from "../../diagnosis/task_command.ts";
import { type Manifest, readManifest } from "../project/manifest.ts";
import { APP, makeUserProject } from "../project/testing.ts";
import { VERSION } from "../version.ts";
import { examineDatabase, examineFiles } from "./examine.ts";
import { asJson, inboxInWords, isWhole, unfoldedInWords } from "./in_words.ts";

const INSTALLATION = "20270101000000";
const UPGRADE = "20270201000000";

/** The part of Sesame that `status` reads. */
const SESAME = `
  create schema sesame;
  comment on schema sesame is 'Sesame: private.';
  create table sesame.release (version text primary key, applied_at timestamptz default clock_timestamp());
  create schema supabase_migrations;
  create table supabase_migrations.schema_migrations (version text);`;

Deno.test("status compares the database with the files, and names the next command", async (t) => {
  await using project = await makeUserProject(APP);
  await addAsPlanned(
    project.folder,
    await planAdd(project.folder, { functionsPrefix: "" }, null, new Date()),
    null,
  );
  const added = await readManifest(project.folder) as Manifest;
  const manifest = {
    ...added,
    migration: `${INSTALLATION}_sesame_0.0.9.sql`,
    upgrades: [`${UPGRADE}_sesame_0.0.9_to_${VERSION}.sql`],
  };
  const files = await examineFiles(project.folder, added);
  await using server = await startBareDatabase();

  const look = async () => {
    const source = (name: string) => name === "SUPABASE_DB_URL" ? server.url : undefined;
    const status = { manifest, files, database: await examineDatabase(source, manifest) };
    const { differences, database } = asJson(status);
    assert.equal(isWhole(status), differences.length === 0);
    assert.ok(differences.length < 2);
    const [{ line = null, command = null } = {}] = differences;
    return { line, command, version: database?.version };
  };
  const set = async (versions: string[], rows: string[]) => {
    await ask(server.url, "delete from sesame.release");
    await ask(server.url, "delete from supabase_migrations.schema_migrations");
    for (const one of versions) {
      await ask(server.url, `insert into sesame.release (version) values ('${one}')`);
    }
    for (const row of rows) {
      await ask(server.url, `insert into supabase_migrations.schema_migrations values ('${row}')`);
    }
  };
  const REPAIR = "npx supabase@3.1.0 migration repair --status";
  const PUSH = "npx supabase@3.1.0 db push";

  await t.step("a database without Sesame", async () => {
    const { line, command, version } = await look();
    assert.match(line!, /does not have Sesame yet/);
    assert.deepEqual([command, version], [PUSH, null]);
  });

  const CASES: [title: string, versions: string[], rows: string[], line: RegExp | null, string?][] =
    [
      ["as it should be", ["0.0.9", VERSION], [INSTALLATION, UPGRADE], null],
      ["the upgrade is not pushed", ["0.0.9"], [INSTALLATION], /has 0\.0\.9, .* older/, PUSH],
      [
        "the upgrade is recorded, and was never applied",
        ["0.0.9"],
        [INSTALLATION, UPGRADE],
        /has 0\.0\.9, .* older/,
        `${REPAIR} reverted ${UPGRADE}\n${PUSH}`,
      ],
      [
        "the upgrade is not pushed, and a row is lost",
        ["0.0.9"],
        [],
        /has 0\.0\.9, .* older/,
        `${REPAIR} applied ${INSTALLATION}\n${PUSH}`,
      ],
      [
        "the row of the upgrade is lost",
        ["0.0.9", VERSION],
        [INSTALLATION],
        /lacks a row/,
        `${REPAIR} applied ${UPGRADE}`,
      ],
      [
        "a newer database",
        ["99.0.0"],
        [INSTALLATION],
        /has 99\.0\.0, which is newer than the files/,
      ],
    ];
  await ask(server.url, SESAME);
  for (const [title, versions, rows, line, command] of CASES) {
    await t.step(title, async () => {
      await set(versions, rows);
      const found = await look();
      if (line === null) assert.equal(found.line, null);
      else assert.match(found.line ?? "", line);
      assert.equal(found.command, command ?? null);
      assert.equal(found.version, versions.at(-1));
    });
  }

  await t.step("a schema that is gone", async () => {
    await set([], [INSTALLATION]);
    await ask(server.url, "drop schema sesame cascade");
    const { line, command } = await look();
    assert.match(line!, /schema sesame is gone/);
    assert.equal(command, `${REPAIR} reverted ${INSTALLATION}`);
  });
});

Deno.test("status says what the inbox takes on disk, and what each event takes once that is known", () => {
  const size = { bytes: 768e6, body_bytes: 640e6, row_bytes: 38e6, index_bytes: 90e6 };
  const line = "The inbox takes 768 MB: 640 MB bodies, 38 MB rows, 90 MB indexes.";
  assert.equal(inboxInWords({ events: null, ...size }), line);
  assert.equal(inboxInWords({ events: 120_000, ...size }), `${line} That is 6,400 bytes an event.`);
});

Deno.test("status says how many objects are still being derived, and how long the oldest has waited", () => {
  assert.deepEqual(unfoldedInWords({ left: 0, failed: 0, seconds: 0 }), []);
  const [line] = unfoldedInWords({ left: 1_200, failed: 34, seconds: 400 });
  assert.equal(
    line,
    `1,234 objects are still being derived, the oldest for 6 minutes. Fold them: ${
      task("reconcile")
    }`,
  );
  assert.match(
    unfoldedInWords({ left: 0, failed: 1, seconds: 60 }).join(),
    /^1 object is.* 1 minute\./,
  );
});

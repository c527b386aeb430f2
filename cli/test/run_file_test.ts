import assert from "node:assert/strict";
import { startBareDatabase } from "../../local/bare_database.ts";
import { createPgtap } from "../../local/pgtap.ts";
import { type FileReport, runFile } from "./run_file.ts";

Deno.test("one pgTAP file, run without psql", async (t) => {
  await using server = await startBareDatabase();
  await createPgtap(server.adminUrl);

  await t.step("passes when all its assertions hold", async () => {
    const report = await run(
      server.url,
      "begin; select plan(2); select ok(true, 'a'); select is(1, 1, 'b');" +
        "select * from finish(); rollback;",
    );
    assert.deepEqual(counts(report), { passed: 2, failed: 0, problems: [] });
  });

  await t.step("includes the helpers it names with \\ir", async () => {
    const report = await run(
      server.url,
      "begin; select plan(1);\n\\ir helper.psql\nselect is(pg_temp.two(), 2); rollback;",
    );
    assert.deepEqual(counts(report), { passed: 1, failed: 0, problems: [] });
  });

  await t.step("fails when an assertion fails, and keeps pgTAP's message", async () => {
    const report = await run(
      server.url,
      "begin; select plan(2); select ok(true); select is(1, 2, 'one is two'); rollback;",
    );
    assert.deepEqual(counts(report), { passed: 1, failed: 1, problems: [] });
    assert.match(report.output, /not ok 2 - one is two\n# Failed test 2.*\n.*have: 1\n.*want: 2/);
  });

  await t.step(
    "fails on an SQL error, reports its place, and keeps the earlier results",
    async () => {
      const report = await run(
        server.url,
        "begin;\nselect plan(2);\nselect ok(true);\nselect missing();",
      );
      assert.deepEqual([report.passed, report.failed], [1, 1]);
      assert.match(report.problems.join(), /:4: 42883 function missing\(\) does not exist/);
    },
  );

  await t.step("fails without a plan", async () => {
    const report = await run(server.url, "begin; select * from no_plan(); select ok(true);");
    assert.deepEqual(report.problems, ["no plan: the file may have ended early"]);
  });

  await t.step("fails if a command needs psql", async () => {
    const report = await run(server.url, "\\set ON_ERROR_STOP 1\n");
    assert.deepEqual([report.passed, report.failed], [0, 1]);
  });

  await t.step("leaves nothing behind for the next file, not even its role", async () => {
    await run(server.url, "begin; create table left_over (id int); set role anon;");
    const report = await run(
      server.url,
      "begin; select plan(2); select hasnt_table('left_over');" +
        "select is(current_user, 'postgres', 'itself again'); rollback;",
    );
    assert.deepEqual(counts(report), { passed: 2, failed: 0, problems: [] });
  });
});

const HELPER = "create function pg_temp.two() returns int language sql as 'select 2';\n";

/** Runs a file with this text, and `helper.psql` beside it. */
async function run(dbUrl: string, sql: string): Promise<FileReport> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/helper.psql`, HELPER);
    await Deno.writeTextFile(`${folder}/case_test.sql`, sql);
    return await runFile(`${folder}/case_test.sql`, dbUrl);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function counts({ passed, failed, problems }: FileReport) {
  return { passed, failed, problems };
}

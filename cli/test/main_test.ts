import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { makeUserProject, type TestProject } from "../project/testing.ts";
import { bind, readBook } from "../project/release.ts";
import { VERSION } from "../version.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const OURS = `supabase/migrations/20260101000000_sesame_${VERSION}.sql`;
const CONFIG = { "supabase/config.toml": 'project_id = "school"\n' };

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Types `test` somewhere below the project. */
async function runTest(project: TestProject, ...args: string[]): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, "test", ...args],
    cwd: `${project.root}/supabase`,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

async function book(): Promise<string> {
  return bind(await readBook(), "20260101000000");
}

Deno.test("test in a project with Sesame", async (t) => {
  await using project = await makeUserProject({
    ...CONFIG,
    "supabase/migrations/20250101000000_school.sql":
      "create extension pgtap with schema extensions;\ncreate table public.lessons (id int);\n",
    [OURS]: await book(),
  });

  await t.step("says which names there are not", async () => {
    const { code, err } = await runTest(project, "--only", "giraffe", "--only", "zebra");
    assert.deepEqual([code, err], [2, "No test has giraffe or zebra in its name.\n"]);
  });

  await t.step("runs Sesame's tests, and ends with their number", async () => {
    const { code, out, err } = await runTest(project, "--only", "purchases");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^ok {5,}(\d+) purchases\.sql\n\1 passed, 0 failed\n$/);
  });

  await t.step("answers as JSON", async () => {
    const { code, out } = await runTest(project, "--only", "purchases", "--json");
    const { passed, failed, files } = JSON.parse(out);
    assert.deepEqual([code, failed], [0, 0]);
    assert.deepEqual(files, [{ file: "purchases.sql", passed, failed: 0, failures: [] }]);
  });

  await t.step("fails if a migration of the project breaks an object of Sesame's", async () => {
    const breaks = "supabase/migrations/20270101000000_breaks.sql";
    await project.write({ [breaks]: "comment on table public.modules is null;\n" });
    const { code, out } = await runTest(project, "--only", "house_rules");
    assert.equal(code, 1);
    assert.match(out, /^FAILED +\d+ house_rules\.sql\n {2}not ok \d+ - every table and view is/);
    assert.match(out, /\("?modules"?\)/);
    assert.match(out, /\n\d+ passed, 1 failed\n$/);
    await Deno.remove(`${project.root}/${breaks}`);
  });

  await t.step("names the file and the line of a migration that is refused", async () => {
    await project.write({
      "supabase/migrations/20270101000000_later.sql": "select 1;\nselect * from nowhere;\n",
    });
    const { code, out, err } = await runTest(project);
    assert.deepEqual([code, out], [2, ""]);
    assert.equal(err, 'migrations/20270101000000_later.sql:2: relation "nowhere" does not exist\n');
  });
});

Deno.test("test in a project without Sesame says how to add it", async (t) => {
  for (
    const [title, migrations] of Object.entries({
      "without migrations": {},
      "with migrations": { "supabase/migrations/20250101000000_school.sql": "select 1;\n" },
    })
  ) {
    await t.step(title, async () => {
      await using project = await makeUserProject({ ...CONFIG, ...migrations });
      const { code, out, err } = await runTest(project);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /^Sesame is not in \S.*supabase\/migrations\. This adds it: [^\n]* add\n$/);
    });
  }
});

Deno.test("the tests of one version refuse the schema of another", async () => {
  await using project = await makeUserProject({
    ...CONFIG,
    [OURS]: await book(),
    "supabase/migrations/20260102000000_older.sql":
      "update sesame.release set version = '0.0.9';\n",
  });
  const { code, out, err } = await runTest(project);
  assert.deepEqual([code, out], [2, ""]);
  assert.ok(
    err.startsWith(`Your migrations install Sesame 0.0.9, and these are the tests of ${VERSION}. `),
  );
  assert.match(err, /Run npx [^\n]+ upgrade, or npx sesame-supabase@0\.0\.9 test\.\n$/);
});

import assert from "node:assert/strict";
import { startBareDatabase } from "../../local/bare_database.ts";
import { createPgtap } from "../../local/pgtap.ts";
import { listTests, reportInWords, runSuite } from "./run_suite.ts";
import { sum } from "./tally.ts";

Deno.test("the files are those that pg_prove runs, in its order, helpers left out", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/access/helpers`, { recursive: true });
    const names = ["z.sql", "access-rules.sql", "README.md", "access/b.sql", "access/a.pg"];
    for (const name of [...names, "access/helpers/people.psql"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    assert.deepEqual(
      listTests(folder),
      ["access-rules.sql", "access/a.pg", "access/b.sql", "z.sql"].map((name) =>
        `${folder}/${name}`
      ),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every file runs once, whichever of two databases is free, and each failure counts", async () => {
  await using first = await startBareDatabase();
  await using second = await startBareDatabase();
  const folder = await Deno.makeTempDir();
  try {
    for (const server of [first, second]) await createPgtap(server.adminUrl);
    for (const name of ["a", "b", "c", "d"]) {
      const fails = name === "d" ? "select ok(false);" : "select ok(true);";
      const text =
        `begin; do $$ begin perform pg_sleep(0.1); end $$; select plan(2); select ok(true); ${fails} rollback;`;
      await Deno.writeTextFile(`${folder}/${name}.sql`, text);
    }
    const seen: string[] = [];
    const reports = await runSuite(
      listTests(folder),
      [first.url, second.url],
      ({ file }) => seen.push(file),
    );
    assert.deepEqual(sum(reports), { passed: 7, failed: 1 });
    assert.deepEqual(seen.toSorted(), listTests(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a report has one line if all holds, otherwise also each failure in pgTAP's words", () => {
  const good = { file: "/x/a.sql", passed: 2, failed: 0, problems: [], output: "ok 1\n# a note\n" };
  assert.deepEqual(reportInWords(good, "a.sql"), ["ok        2 a.sql"]);
  const bad = {
    ...good,
    failed: 2,
    problems: ["no plan"],
    output: "ok 1\nnot ok 2 - b\n# have: 1\n",
  };
  assert.deepEqual(reportInWords(bad), [
    "FAILED    2 /x/a.sql",
    "  not ok 2 - b",
    "  # have: 1",
    "  no plan",
  ]);
});

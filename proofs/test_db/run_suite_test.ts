import assert from "node:assert/strict";
import { listTests } from "./run_suite.ts";

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

import assert from "node:assert/strict";
import { readScript } from "./read_script.ts";

/** A folder with these files, for the time of one test. */
async function inFolder(
  files: Record<string, string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/helpers`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("\\ir puts a file in its place, found from the file that names it", async () => {
  const files = {
    "open_test.sql": "begin;\n\\ir helpers/auth.psql\nselect 1;",
    "helpers/auth.psql": "-- auth\n\\ir people.psql\n",
    "helpers/people.psql": "-- ada",
  };
  await inFolder(files, async (folder) => {
    const parts = await readScript(`${folder}/open_test.sql`);
    assert.deepEqual(parts, [
      { file: `${folder}/open_test.sql`, text: "begin;" },
      { file: `${folder}/helpers/auth.psql`, text: "-- auth" },
      { file: `${folder}/helpers/people.psql`, text: "-- ada" },
      { file: `${folder}/helpers/auth.psql`, text: "\n\n" },
      { file: `${folder}/open_test.sql`, text: "\n\nselect 1;" },
    ]);
  });
});

Deno.test("every other command of psql is refused, by file and line", async () => {
  await inFolder({ "echo_test.sql": "begin;\n\\echo hello" }, async (folder) => {
    await assert.rejects(readScript(`${folder}/echo_test.sql`), {
      name: "ScriptError",
      message: `${folder}/echo_test.sql:2: \\echo needs psql; only \\ir works without`,
    });
  });
});

Deno.test("a file that includes itself is refused", async () => {
  const files = { "a.sql": "\\ir helpers/b.psql", "helpers/b.psql": "\\ir ../a.sql" };
  await inFolder(files, async (folder) => {
    await assert.rejects(readScript(`${folder}/a.sql`), /includes itself/);
  });
});

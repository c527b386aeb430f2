import assert from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "./bare_database.ts";
import { createPgtap, installPgtap } from "./pgtap.ts";

Deno.test("pgTAP 1.3.5 lives in schema extensions, however often it is created", async () => {
  await using server = await startBareDatabase();
  await createPgtap(server.adminUrl);
  await createPgtap(server.adminUrl);

  const sql = postgres(server.url, { max: 1 });
  const pgtap = await sql`
    select extversion, extnamespace::regnamespace::text from pg_extension where extname = 'pgtap'
  `;
  await sql.end();
  assert.deepEqual([...pgtap], [{ extversion: "1.3.5", extnamespace: "extensions" }]);
});

Deno.test("two installations side by side leave two whole files and no draft", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Promise.all([installPgtap(folder), installPgtap(folder)]);

    const files = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assert.deepEqual(files, ["pgtap--1.3.5.sql", "pgtap.control"]);
    assert.match(await Deno.readTextFile(`${folder}/pgtap--1.3.5.sql`), /FUNCTION finish/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

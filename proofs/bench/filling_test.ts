import { deepStrictEqual, strictEqual } from "node:assert/strict";
import postgres from "postgres";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations, applySeed } from "../../local/migrations.ts";
import { fill, memberId } from "./filling.ts";

const SUPABASE = new URL("../../supabase/", import.meta.url);

Deno.test("fill() leaves what the fold would leave", async () => {
  await using server = await startBareDatabase();
  await applyMigrations(server.url, new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await fill(server.url, 20);

  const sql = postgres(server.url, { max: 1 });
  try {
    const differences = await sql`
      (table sesame.grants except table sesame.derived_grants)
      union all
      (table sesame.derived_grants except table sesame.grants)`;
    deepStrictEqual([...differences], []);
    const [counted] = await sql`
      select count(*)::int as rows, count(*) filter (where user_id = ${
      memberId(7)
    })::int as sevenths
      from public.module_access`;
    strictEqual(counted?.rows, 20);
    strictEqual(counted?.sevenths, 1);
  } finally {
    await sql.end();
  }
});

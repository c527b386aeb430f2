import assert from "node:assert/strict";
import { applyMigrations } from "../../local/migrations.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { ask } from "../catalogue/catalogue.ts";
import { supabase } from "./supabase_cli.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

Deno.test("Supabase's own advisors", async (t) => {
  await using server = await startBareDatabase();
  await applyMigrations(server.url, MIGRATIONS);

  await t.step("find nothing to warn of", async () => {
    const { code, stdout, stderr } = await advisors(server.url);
    assert.equal(code, 0, stdout + stderr);
  });

  await t.step("do look: a public table without RLS is refused", async () => {
    await ask(server.url, "create table public.diary (id bigint primary key)");
    await ask(server.url, "grant select on public.diary to anon");
    const { code, stdout, stderr } = await advisors(server.url);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /rls_disabled_in_public/);
  });
});

function advisors(dbUrl: string) {
  return supabase(["db", "advisors", `--remote=${dbUrl}`, "--level", "warn", "--fail-on", "warn"]);
}

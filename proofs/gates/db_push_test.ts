import assert from "node:assert/strict";
import { applyMigrations, applySeed } from "../../local/migrations.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { ask, readCatalogue, readHistory } from "../../cli/catalogue/catalogue.ts";
import { supabase } from "./supabase_cli.ts";

const SEEDED = "select slug, title, stripe_price_id from public.modules " +
  "left join public.module_prices on module_id = modules.id order by slug, stripe_price_id";
const SUPABASE = new URL("../../supabase/", import.meta.url);

Deno.test("supabase db push and the local stack make the same database", async (t) => {
  await using pushed = await startBareDatabase();
  await using local = await startBareDatabase();
  await applyMigrations(local.url, new URL("migrations/", SUPABASE));
  await applySeed(local.url, new URL("seed.sql", SUPABASE));

  await t.step("a push applies every migration and the seed", async () => {
    const { code, stderr } = await push(pushed.url);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readHistory(pushed.url), await migrationFiles());
  });

  await t.step("its database is the same as the local stack's", async () => {
    assert.deepEqual(await readCatalogue(pushed.url), await readCatalogue(local.url));
    assert.deepEqual(await ask(pushed.url, SEEDED), await ask(local.url, SEEDED));
  });

  await t.step("a second push finds nothing to do", async () => {
    const before = await readCatalogue(pushed.url);
    const { code, stdout, stderr } = await push(pushed.url);
    assert.equal(code, 0, stderr);
    assert.match(stdout + stderr, /up to date/i);
    assert.deepEqual(await readCatalogue(pushed.url), before);
  });

  await t.step("the CLI accepts the history of the local stack", async () => {
    const { code, stdout, stderr } = await push(local.url);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /Applying migration/);
  });
});

function push(dbUrl: string) {
  return supabase(["db", "push", `--remote=${dbUrl}`, "--include-seed"]);
}

async function migrationFiles(): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(new URL("migrations/", SUPABASE)));
  return files.map(({ name }) => name.replace(/\.sql$/, "")).sort();
}

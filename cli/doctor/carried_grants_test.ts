import assert from "node:assert/strict";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations } from "../../local/migrations.ts";
import { ask, readCatalogue } from "../catalogue/catalogue.ts";
import { OLD_SHAPE } from "../backfill/old_database.ts";
import { carriedGrants } from "./carried_grants.ts";
import { driftBetween } from "./drift_between.ts";
import { findingsOfDrift } from "./drift_findings.ts";
import { expectedCatalogue } from "./expected_catalogue.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

Deno.test("carried columns are no drift, and other readers of them are", async () => {
  await using server = await startBareDatabase();
  await ask(
    server.url,
    OLD_SHAPE + "alter table public.access_tokens add jwt_token text, add seats integer;" +
      "alter table public.access_tokens enable row level security",
  );
  await applyMigrations(`${server.url}?sesame.move_in=now`, MIGRATIONS);
  const expected = await expectedCatalogue(MIGRATIONS);
  const drift = async () =>
    driftBetween(
      [...expected, ...await carriedGrants(server.url, "public")],
      await readCatalogue(server.url),
    );
  assert.deepEqual(await drift(), []);

  await ask(server.url, "grant select (jwt_token) on public.access_tokens to authenticated");
  assert.deepEqual(findingsOfDrift(await drift()).map(({ about, sql }) => [about, sql]), [[
    "authenticated may select access_tokens.jwt_token",
    ["revoke select (jwt_token) on public.access_tokens from authenticated;"],
  ]]);
  await ask(server.url, "alter table public.access_tokens drop jwt_token, drop seats");
  assert.deepEqual(await drift(), []);
});

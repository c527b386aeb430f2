import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import postgres from "postgres";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { applySeed } from "../../local/migrations.ts";
import { fill } from "./filling.ts";
import { storedRenewals } from "./stored_renewals.ts";
import { takeEvents } from "./stories.ts";
import { openTarget } from "./targets.ts";

const SUPABASE = new URL("../../supabase/", import.meta.url);

Deno.test("storedRenewals() renews every subscription once before any is renewed again", () => {
  const ids = takeEvents(storedRenewals(40_000), 2 * 20_000)
    .filter(({ type }) => type === "customer.subscription.updated")
    .map(({ data }) => data.object.id);
  strictEqual(new Set(ids).size, 20_000);
});

// The driver closes its socket on its own time, after the call has settled.
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

Deno.test("a stored member's renewal moves the end of the access", unsanitized, async () => {
  await using server = await startMigratedDatabase(new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  await fill(server.url, 20);
  const sql = postgres(server.url, { max: 1 });
  const readEnds = () =>
    sql`select user_id, expires_at from public.module_access where expires_at is not null order by user_id`;
  try {
    const before = await readEnds();
    const rpc = openTarget({ kind: "rpc", dbUrl: server.url }, 1);
    for (const event of takeEvents(storedRenewals(20), 20)) {
      strictEqual(await rpc.prepare(event)(0), null);
    }
    const after = await readEnds();
    deepStrictEqual(after.map((row) => row.user_id), before.map((row) => row.user_id));
    strictEqual(after.length, 8); // two of the ten hold a token without an end
    ok(after.every(({ expires_at }, place) => expires_at > before[place]?.expires_at));
  } finally {
    await sql.end();
  }
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import postgres from "postgres";
import { startMigratedDatabase } from "../../local/migrated_database.ts";
import { applySeed } from "../../local/migrations.ts";
import { fill, memberId } from "./filling.ts";
import { storyEvents, takeEvents } from "./stories.ts";
import { openTarget } from "./targets.ts";

const SUPABASE = new URL("../../supabase/", import.meta.url);

async function startDatabase() {
  const server = await startMigratedDatabase(new URL("migrations/", SUPABASE));
  await applySeed(server.url, new URL("seed.sql", SUPABASE));
  return server;
}

Deno.test("fill() stores the same rows as the fold", async () => {
  await using server = await startDatabase();
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

/** Whose rows a renewal or a new customer writes. */
const WRITTEN = [
  ...["subscriptions", "invoices", "invoice_lines", "checkout_sessions", "payment_intents"],
  ...["charges", "grants", "access_log"],
].map((name) => `sesame.${name}`).concat("public.module_access");

// The driver closes its socket on its own time, after the call has settled.
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

Deno.test("fill() stores rows as large as those of the fold", unsanitized, async () => {
  await using filled = await startDatabase();
  await fill(filled.url, 20);
  await using folded = await startDatabase();
  const rpc = openTarget({ kind: "rpc", dbUrl: folded.url }, 1);
  // 32 customers with all of their events.
  for (const event of takeEvents(storyEvents("mix"), 16 * 3 + 16 * 5)) {
    strictEqual(await rpc.prepare(event)(0), null);
  }
  const [sizes, known] = [await readSizes(filled.url), await readSizes(folded.url)];
  for (const name of WRITTEN) {
    const share = (sizes.get(name) ?? 0) / (known.get(name) ?? 0);
    ok(share > 0.85 && share < 1.2, `${name}: ${sizes.get(name)} bytes, not ${known.get(name)}`);
  }
});

/** The mean bytes of a row, by table. */
async function readSizes(url: string): Promise<Map<string, number>> {
  const sql = postgres(url, { max: 1 });
  try {
    const sizes = new Map<string, number>();
    for (const name of WRITTEN) {
      const [row] = await sql.unsafe(
        `select avg(pg_column_size(stored.*))::float as bytes from ${name} as stored`,
      );
      sizes.set(name, row?.bytes);
    }
    return sizes;
  } finally {
    await sql.end();
  }
}

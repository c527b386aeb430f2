import assert from "node:assert/strict";
import postgres from "postgres";
import { causeOf, CODES, codesIn, DATABASE_CODES } from "../../diagnosis/codes.ts";
import { startMigratedDatabase } from "../../local/migrated_database.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** Codes that no routine, no view and no reason of the database says. What fills in commands does not count. */
const UNSAID = `
  select code
  from unnest(enum_range(null::sesame.code)::text[]) as code
  where code <> all (enum_range(null::sesame.reason)::text[])
    and not exists (
      select from pg_proc
      where pronamespace in ('sesame'::regnamespace, 'public'::regnamespace)
        and proname not in ('known_of', 'known_sale') and position(quote_literal(code) in prosrc) > 0
    )
    and not exists (
      select from pg_views where schemaname = 'sesame' and position(quote_literal(code) in definition) > 0
    )
  order by code`;

Deno.test("the database names exactly the codes of DATABASE_CODES, and its alerts their severities", async () => {
  await using server = await startMigratedDatabase(MIGRATIONS);
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    const named = await sql`select unnest(enum_range(null::sesame.code))::text as code`;
    assert.deepEqual(named.map(({ code }) => code).sort(), codesIn(DATABASE_CODES).sort());

    // The function stripe-webhook names these two when it stores an event.
    const missing = (await sql.unsafe(UNSAID)).map(({ code }) => code);
    assert.deepEqual(missing, ["foreign_account", "wrong_mode"]);

    const kinds = await sql`select kind::text, severity::text from sesame.alert_kinds`;
    const alerts = codesIn(CODES).flatMap((code) => {
      const { alert } = causeOf(code);
      return alert === undefined ? [] : [[code, alert]];
    });
    assert.deepEqual(kinds.map(({ kind, severity }) => [kind, severity]).sort(), alerts.sort());
  } finally {
    await sql.end();
  }
});

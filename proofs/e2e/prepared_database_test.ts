import assert from "node:assert/strict";
import { ask, readCatalogue, readHistory } from "../../cli/catalogue/catalogue.ts";
import { createAuthSchema } from "../../local/api.ts";
import { startBareDatabase } from "../../local/bare_database.ts";
import { applyMigrations, applySeed } from "../../local/migrations.ts";
import { startStack } from "../../local/stack.ts";

const SUPABASE = new URL("../../supabase/", import.meta.url);

/**
 * What the catalogue does not tell: roles, settings, rows. Of `sesame` the rows themselves, so that a
 * migration which writes a time or a secret of its own fails here: each stack would have the same one. Only
 * when a release was applied may be the time at which the copy was made.
 */
const REST = `
  select
    (select jsonb_agg(to_jsonb(r) - '{oid,rolpassword}'::text[] order by rolname) from pg_roles as r) as roles,
    (select jsonb_agg(array[roleid::regrole::text, member::regrole::text, admin_option::text, set_option::text]
      order by roleid::regrole::text, member::regrole::text) from pg_auth_members) as members,
    (select jsonb_agg(array[setdatabase::text, setrole::regrole::text, setconfig::text]
      order by setrole::regrole::text) from pg_db_role_setting) as settings,
    (select jsonb_agg(statements order by version) from supabase_migrations.schema_migrations) as statements,
    (select jsonb_object_agg(c.oid::regclass::text, query_to_xml(
      format('select %s from %s', case
        when c.oid = 'sesame.release'::regclass then 'version'
        when nspname = 'sesame' then '*'
        else 'count(*)'
      end, c.oid::regclass),
      true, false, '')::text)
     from pg_class as c join pg_namespace as n on n.oid = relnamespace
     where relkind in ('r', 'p') and nspname in ('auth', 'public', 'realtime', 'sesame')) as rows`;

async function describe(dbUrl: string, adminUrl: string): Promise<unknown[]> {
  const [rest] = await ask(adminUrl, REST);
  return [await readCatalogue(dbUrl), await readHistory(dbUrl), { ...rest }];
}

Deno.test("a stack's database is the very one that the migrations make on a new server", async () => {
  await using byHand = await startBareDatabase();
  await createAuthSchema(byHand);
  await applyMigrations(byHand.url, new URL("migrations/", SUPABASE));
  await applySeed(byHand.url, new URL("seed.sql", SUPABASE));

  await using stack = await startStack({ durable: false, functions: false });
  assert.deepEqual(
    await describe(stack.dbUrl, stack.adminUrl),
    await describe(byHand.url, byHand.adminUrl),
  );
});

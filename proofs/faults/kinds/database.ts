import postgres from "postgres";
import { VERSION } from "../../../cli/version.ts";
import type { Member } from "../../e2e/stage.ts";
import { type Fault, inSql } from "../fault.ts";

const READS_OWN = "module_access_select_own on public.module_access";

const OLD_TABLE = `
  create schema if not exists legacy;
  comment on schema legacy is 'sesame.move_in = done';
  create table if not exists legacy.access_tokens (id uuid, created_by text, module_id text)`;

/** The member who had a module in the old database. */
let left: Member;

export const DATABASE_FAULTS: readonly Fault[] = [
  inSql(
    "the table of access is missing",
    "table_missing",
    "drop table public.module_access cascade",
  ),
  inSql("a private table is missing", "table_missing", "drop table sesame.uses cascade"),
  inSql("the policy is dropped", "policy_missing", `drop policy ${READS_OWN}`),
  inSql("the policy is open to all", "policy_differs", `alter policy ${READS_OWN} using (true)`),
  inSql(
    "a policy that no migration wrote",
    "policy_unexpected",
    "create policy open on public.module_access for select to anon using (true)",
  ),
  inSql(
    "row level security is off",
    "rls_off",
    "alter table public.module_access disable row level security",
  ),
  inSql(
    "a grant is missing",
    "grant_differs",
    "revoke select on public.module_access from authenticated",
  ),
  inSql(
    "a grant too many",
    "grant_differs",
    "grant insert on public.module_access to authenticated",
  ),
  inSql(
    "a grant on columns is missing",
    "grant_differs",
    "revoke insert (payment_id) on public.access_tokens from service_role",
  ),
  inSql(
    "members may not ask for their access",
    "grant_differs",
    "revoke execute on function public.has_module_access(text) from authenticated",
  ),
  inSql(
    "the RPC is missing",
    "routine_missing",
    "drop function public.process_stripe_events(jsonb, boolean)",
  ),
  inSql(
    "a function of the database differs",
    "routine_differs",
    `create or replace function sesame.address_key(address text) returns bigint
     language plpgsql immutable set search_path = '' as $$ begin return 1; end $$`,
  ),
  inSql(
    "a trigger is disabled",
    "trigger_disabled",
    "alter table public.access_tokens disable trigger access_tokens_carry_inserted",
  ),
  inSql(
    "a trigger is missing",
    "trigger_missing",
    "drop trigger users_welcome_user on auth.users",
  ),
  inSql("an index is missing", "index_differs", "drop index sesame.grants_waits_for_idx"),
  inSql(
    "a constraint is missing",
    "constraint_differs",
    "alter table sesame.settings drop constraint settings_is_one_row",
  ),
  inSql("the view that members read is missing", "view_differs", "drop view public.my_modules"),
  inSql(
    "a column differs",
    "column_differs",
    "alter table public.modules alter column title drop not null",
    "alter table public.modules alter column title set not null",
  ),
  inSql(
    "a migration is not applied",
    "migration_missing",
    `drop function sesame.schedule_upkeep();
     delete from supabase_migrations.schema_migrations where version = '20261121006610'`,
  ),
  inSql(
    "a migration is half applied",
    "routine_missing",
    "drop function sesame.purge(interval, integer)",
  ),
  inSql(
    "the history lost the row of the first chapter",
    "migration_unrecorded",
    "delete from supabase_migrations.schema_migrations where version = '20261121000050'",
  ),
  inSql(
    "the history lost the row of a migration",
    "migration_unrecorded",
    "delete from supabase_migrations.schema_migrations where version = '20261121005400'",
  ),
  inSql(
    "the history lost a row, and one of the migration's objects is missing",
    "migration_incomplete",
    `drop function sesame.restore_access_ids();
     delete from supabase_migrations.schema_migrations where version = '20261121007070'`,
  ),
  inSql(
    "a newer migration of ours, beside one of the app's own",
    "migration_unknown",
    `insert into supabase_migrations.schema_migrations (version, name, statements) values
       ('20991231235958', 'likes', '{create table public.likes (id int)}'),
       ('20991231235959', 'later', '{create table sesame.later (id int)}')`,
    "delete from supabase_migrations.schema_migrations where version like '2099%'",
  ),
  inSql(
    "the database has an older version, with other objects",
    "version_older",
    "update sesame.release set version = '0.0.1'; alter function sesame.purge rename to purge_old",
    `update sesame.release set version = '${VERSION}'; alter function sesame.purge_old rename to purge`,
  ),
  inSql(
    "the database has a newer version, with other objects",
    "version_newer",
    `insert into sesame.release (version) values ('99.0.0');
     alter function sesame.purge rename to purge_all`,
    `delete from sesame.release where version = '99.0.0';
     alter function sesame.purge_all rename to purge`,
  ),
  inSql(
    "cron runs none of our jobs",
    "cron_unscheduled",
    // What the doctor reads of pg_cron, which the embedded server does not have.
    "create schema cron; create table cron.job (jobname text, active boolean)",
    "drop schema cron cascade",
  ),
  {
    title: "rows of an old database are not copied",
    code: "backfill_incomplete",
    async breakIt({ sql, sale }) {
      ({ buyer: left } = await sale());
      await sql.unsafe(OLD_TABLE);
      await sql`
        insert into legacy.access_tokens values (gen_random_uuid(), ${left.id}, 'stable-diffusion')`;
    },
    buyer: () => left,
  },
  inSql(
    "a module still verifies with the secret of the old site",
    "legacy_tokens_issued",
    `update public.modules set metadata = '{"token_alg": "HS256"}' where slug = 'llama'`,
    "update public.modules set metadata = metadata - 'token_alg'",
  ),
  inSql(
    "a row of an old database cannot be copied",
    "old_row_stays",
    `${OLD_TABLE}; insert into legacy.access_tokens values (gen_random_uuid(), null, 'whisper')`,
    "drop schema legacy cascade",
  ),
  inSql(
    "the old tables are back, and Sesame stands aside",
    "stands_aside",
    `${OLD_TABLE}; select sesame.step_aside()`,
    "select sesame.step_in(); drop schema legacy cascade",
  ),
  allConnections(),
];

/** Holds connections until the repair. */
function allConnections(): Fault {
  const held: postgres.Sql[] = [];
  return {
    title: "nearly all connections are taken",
    code: "connections_exhausted",
    async breakIt({ stack }) {
      const sql = postgres(stack.dbUrl, { max: 90, idle_timeout: 0, onnotice: () => {} });
      held.push(sql);
      await Promise.all(Array.from({ length: 90 }, () => sql`select pg_sleep(0.3)`));
    },
    repair: () => Promise.all(held.splice(0).map((sql) => sql.end({ timeout: 1 }))),
  };
}

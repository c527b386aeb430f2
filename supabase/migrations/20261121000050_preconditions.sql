-- Checks everything that the later chapters need. One error lists every missing or conflicting object. Until that list
-- is empty, nothing in the project changes.
-- Long because the whole list is made before anything else happens, in temporary objects of one file.
--
-- Old tables of bought modules are taken over only on request: write `set local sesame.move_in = 'now';` (or 'later')
-- as the first line of this file, or set it for the session or the database. See docs/moving_in.md.

-- psql prints the failing statement below the list. So the work is done before it, in temporary objects.
create temporary table clashes (
  id integer generated always as identity,
  line text not null
);

-- An installation of Sesame already has all the names below, so this check skips it.
create temporary view installed as
select
  coalesce(obj_description(schema.oid, 'pg_namespace'), '') like 'Sesame:%'
  or exists (
    select from pg_catalog.pg_class as relation
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid
    where relation.relnamespace = schema.oid and relation.relname = 'settings' and attname = 'past_due_grace'
  ) as is_ours
from pg_catalog.pg_namespace as schema
where schema.nspname = 'sesame';

create temporary view old_routines as
select
  oid, proowner as owner, true as can_move,
  format('routine public.%I(%s)', proname, pg_get_function_identity_arguments(oid)) as title
from pg_catalog.pg_proc
where pronamespace = to_regnamespace('public')
  and proname in (
    'claim_free_module', 'claim_purchase', 'create_claim_link', 'erase_user', 'explain_module_access',
    'fold_received_events', 'grant_module_access', 'has_module_access', 'move_purchase',
    'process_stripe_events', 'remap_price', 'revoke_claim_link', 'revoke_module_access',
    'sesame_address_claims', 'sesame_begin_rebuild', 'sesame_checkout_offer', 'sesame_checkout_status',
    'sesame_claim_alerts', 'sesame_claim_free_module_for', 'sesame_claim_webhook_deliveries',
    'sesame_confirm_alerts', 'sesame_create_access_token', 'sesame_create_webhook_endpoint',
    'sesame_dismiss_alert', 'sesame_due_webhook_endpoints', 'sesame_enable_webhook_endpoint',
    'sesame_examine', 'sesame_explain_reference', 'sesame_failed_event', 'sesame_failed_events',
    'sesame_fold_part', 'sesame_issue_module_token', 'sesame_keep_rebuild', 'sesame_missing_events',
    'sesame_open_alerts', 'sesame_pending_reads', 'sesame_reconcile_events', 'sesame_reconciled_access',
    'sesame_record_figures', 'sesame_record_webhook_attempts', 'sesame_refold', 'sesame_refresh_alerts',
    'sesame_remove_webhook_endpoint', 'sesame_replay_webhooks', 'sesame_rotate_webhook_secret',
    'sesame_set_address_claims', 'sesame_stripe_customer', 'sesame_verify_module_token',
    'sesame_warm_up', 'sesame_webhook_endpoints', 'sesame_webhook_health', 'sesame_webhook_log'
  )
  and not coalesce((select is_ours from pg_temp.installed), false);

create temporary view old_relations as
select
  oid, relowner as owner, relkind in ('r', 'p', 'v', 'm', 'f') as can_move,
  format('%s public.%I', case
    when relkind in ('r', 'p') then 'table'
    when relkind = 'v' then 'view'
    when relkind = 'm' then 'materialized view'
    when relkind = 'f' then 'foreign table'
    when relkind = 'S' then 'sequence'
    when relkind = 'c' then 'type'
    else 'index'
  end, relname) as title
from pg_catalog.pg_class
where relnamespace = to_regnamespace('public')
  and relname in (
    'access_tokens', 'access_tokens_created_by_module_id_idx', 'access_tokens_module_id_idx',
    'access_tokens_payment_id_idx', 'access_tokens_pkey', 'access_tokens_user_ref_idx', 'access_tokens_waiting_idx',
    'listed_prices', 'listed_prices_live_idx', 'listed_prices_pkey', 'module_access',
    'module_access_id_seq', 'module_access_module_id_idx', 'module_access_pkey',
    'module_access_user_id_module_id_key', 'module_prices', 'module_prices_module_id_idx', 'module_prices_pkey',
    'modules', 'modules_id_seq', 'modules_pkey', 'modules_slug_key', 'my_modules', 'price_list', 'price_terms',
    'price_terms_pkey'
  )
  and not coalesce((select is_ours from pg_temp.installed), false);

-- An index moves with its table, and so does a sequence that belongs to a column.
create temporary view moves_along as
select relation.oid
from pg_temp.old_relations as relation
left join pg_catalog.pg_index as index on index.indexrelid = relation.oid
left join pg_catalog.pg_depend as owned
  on owned.classid = 'pg_catalog.pg_class'::regclass and owned.objid = relation.oid and owned.deptype in ('a', 'i')
where not relation.can_move
  and coalesce(index.indrelid, owned.refobjid) in (select oid from pg_temp.old_relations where can_move);

create temporary view move_in as
select
  nullif(current_setting('sesame.move_in', true), '') as answer,
  coalesce(current_setting('sesame.move_in', true), '') in ('now', 'later') as is_wanted;

-- The server and the platform.
insert into pg_temp.clashes (line)
select format('PostgreSQL %s is too old. Upgrade to PostgreSQL 15 or newer.', current_setting('server_version'))
where current_setting('server_version_num')::integer < 150000
union all
select format('schema %s is missing. Sesame needs the schemas of a Supabase project.', name)
from unnest(array['auth', 'public']) as schema (name)
where to_regnamespace(name) is null
union all
select format('role %s is missing. Sesame needs the roles of a Supabase project.', name)
from unnest(array['anon', 'authenticated', 'service_role']) as role (name)
where to_regrole(name) is null
union all
select 'function auth.uid() is missing. Update Supabase Auth.'
where to_regnamespace('auth') is not null
  and not exists (
    select from pg_catalog.pg_proc where pronamespace = to_regnamespace('auth') and proname = 'uid' and pronargs = 0
  )
union all
select format('column %s of table auth.users is missing. Update Supabase Auth.', name)
from unnest(array['id', 'email', 'email_confirmed_at', 'is_sso_user', 'last_sign_in_at']) as wanted (name)
where to_regnamespace('auth') is not null
  and not exists (
    select from pg_catalog.pg_class as relation
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = relation.oid and not attisdropped
    where relnamespace = to_regnamespace('auth') and relname = 'users' and attname = name
  );

-- The rights of the role that pushes. A missing object is reported above; a right on it is null.
insert into pg_temp.clashes (line)
select line
from pg_catalog.pg_roles as me
left join pg_catalog.pg_namespace as auth on auth.nspname = 'auth'
left join pg_catalog.pg_class as users on users.relnamespace = auth.oid and users.relname = 'users'
cross join lateral (values
  (
    has_database_privilege(current_database(), 'create'),
    format('role %I may not create schemas. As the owner of the database: grant create on database %I to %I',
      me.rolname, current_database(), me.rolname)
  ), (
    has_schema_privilege(to_regnamespace('public'), 'create'),
    format('role %I may not create in schema public. As its owner: grant create on schema public to %I',
      me.rolname, me.rolname)
  ), (
    has_schema_privilege(auth.oid, 'usage'),
    format('role %I may not use schema auth. As its owner: grant usage on schema auth to %I', me.rolname, me.rolname)
  ), (
    has_table_privilege(users.oid, 'select') and has_table_privilege(users.oid, 'trigger'),
    format('role %I may not read auth.users or put a trigger on it. As its owner (%s): '
      'grant select, trigger on auth.users to %I', me.rolname, users.relowner::regrole, me.rolname)
  ), (
    not users.relrowsecurity or me.rolsuper or me.rolbypassrls
      or pg_has_role(users.relowner, 'usage') and not users.relforcerowsecurity,
    format('role %I sees no row of auth.users because of its row level security. As a superuser: '
      'alter role %I bypassrls', me.rolname, me.rolname)
  ), (
    me.rolsuper or me.rolcreaterole or to_regrole('sesame_webhook') is not null,
    format('role %I may not create roles. As a role that may: create role sesame_webhook nologin; '
      'alter role sesame_webhook set statement_timeout = ''3600ms''', me.rolname)
  )
) as rights (is_held, line)
where me.rolname = current_user and not is_held;

insert into pg_temp.clashes (line)
select format('role %s may not use schema public. As its owner: grant usage on schema public to %s', name, name)
from unnest(array['anon', 'authenticated', 'service_role']) as role (name)
where not has_schema_privilege(to_regrole(name), to_regnamespace('public'), 'usage');

-- Names that are taken. Renaming the other object is enough, and loses nothing.
insert into pg_temp.clashes (line)
select 'schema sesame exists and is not ours. Rename it, and change what uses it: '
  'alter schema sesame rename to <other name>;'
from pg_temp.installed
where not is_ours
union all
-- Only the owner of a table can rename its triggers. On a hosted project the role that pushes is not the owner.
select format(
  'trigger %1$s on auth.users exists and is not ours. Rename it, or create it under another name first and then '
  'remove this one: alter trigger %1$s on auth.users rename to <other name>;', tgname
)
from pg_catalog.pg_trigger
join pg_catalog.pg_class as users on users.oid = tgrelid
where users.relnamespace = to_regnamespace('auth') and users.relname = 'users'
  and tgname in ('users_note_deleted', 'users_note_soft_deleted', 'users_welcome_back', 'users_welcome_user')
  and not coalesce((select is_ours from pg_temp.installed), false);

insert into pg_temp.clashes (line)
select 'names that Sesame needs are taken. Rename each of these, and change what uses it:'
  || string_agg(format(e'\n    alter %s rename to <other name>;', title), '' order by title)
from (
  select title, can_move or oid in (table pg_temp.moves_along) as can_move from pg_temp.old_relations
  union all
  select format('type public.%I', typname), false
  from pg_catalog.pg_type
  where typnamespace = to_regnamespace('public') and typtype <> 'c' and typelem = 0
    and typname in ('access_tokens', 'listed_prices', 'module_access', 'module_prices', 'modules', 'my_modules',
      'price_list', 'price_terms')
  union all
  select title, can_move from pg_temp.old_routines
) as taken
cross join pg_temp.move_in
where not (is_wanted and can_move)
having count(*) > 0;

-- The command `add` installs all of this as one migration of the project's own. These files must not follow it.
do $$
declare
  v_added text;
begin
  if exists (select from pg_temp.installed where is_ours)
    and to_regclass('supabase_migrations.schema_migrations') is not null then
    execute $q$
      select max(version || '_' || name)
      from supabase_migrations.schema_migrations
      where name ~ '^sesame_[0-9]+[.]'
    $q$ into v_added;
    insert into pg_temp.clashes (line)
    select format('Sesame is here already, by the migration %s of the app''s own repository. Work there, with the '
      'commands status and remove, and do not push these files', v_added)
    where v_added is not null;
  end if;
end
$$;

-- Taking over old tables.
insert into pg_temp.clashes (line)
select format('sesame.move_in is ''%s''. Set it to ''now'' or ''later'', or leave it out.', answer)
from pg_temp.move_in
where answer is not null and not is_wanted
union all
select 'If modules, module_access and access_tokens are your own record of who has bought what, do not rename '
  'them: Sesame can take them over. docs/moving_in.md says how to ask for it (add --move-in, or sesame.move_in).'
from pg_temp.move_in
where answer is null
  and exists (
    select from pg_temp.old_relations
    where title in ('table public.modules', 'table public.module_access', 'table public.access_tokens')
  )
union all
select format('%s belongs to role %s, so role %I may not move it. As that role or as a superuser: alter %s owner to %I',
  title, owner::regrole, current_user, title, current_user)
from (table pg_temp.old_relations union all table pg_temp.old_routines) as old
cross join pg_temp.move_in
where is_wanted and can_move and not pg_has_role(owner, 'usage')
union all
select 'schema legacy exists, and old tables would move into a schema of that name. Rename it, and change what '
  'uses it: alter schema legacy rename to <other name>;'
from pg_temp.move_in
where is_wanted and to_regnamespace('legacy') is not null
  and exists (table pg_temp.old_relations union all table pg_temp.old_routines);

do $$
begin
  if exists (table pg_temp.clashes) then
    raise sqlstate 'SE010' using
      message = 'Sesame cannot be installed here yet; nothing was changed',
      detail = (select string_agg('- ' || line, e'\n' order by id) from pg_temp.clashes),
      hint = 'Do what each line says, then push again. See docs/moving_in.md.';
  end if;
end
$$;

-- Moves the old objects unchanged, where the setting asks for it. The comment keeps the answer for the chapter that
-- copies the rows.
do $$
declare
  v_old record;
begin
  if not (select is_wanted from pg_temp.move_in) then
    return;
  end if;
  for v_old in
    select oid, 'table' as kind from pg_temp.old_relations where can_move
    union all
    select oid, 'routine' from pg_temp.old_routines
  loop
    if to_regnamespace('legacy') is null then
      create schema legacy;
      execute format('comment on schema legacy is %L', 'Old tables that Sesame took over. sesame.move_in = '
        || current_setting('sesame.move_in'));
    end if;
    -- The name is read only now: a routine may have an argument of the row type of a table that has already moved.
    execute format('alter %s %s set schema legacy', v_old.kind, case v_old.kind
      when 'table' then v_old.oid::regclass::text
      else v_old.oid::regprocedure::text
    end);
  end loop;
end
$$;

drop view pg_temp.move_in, pg_temp.moves_along, pg_temp.old_relations, pg_temp.old_routines, pg_temp.installed;
drop table pg_temp.clashes;

-- Sesame 0.2.0. Sesame wrote this file: do not edit it.

-- chapter: 20261121000050_preconditions.sql

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
    'sesame_claim_alerts', 'sesame_claim_free_module_for', 'sesame_confirm_alerts',
    'sesame_create_access_token', 'sesame_dismiss_alert', 'sesame_examine', 'sesame_explain_reference',
    'sesame_failed_event', 'sesame_failed_events', 'sesame_fold_part', 'sesame_issue_module_token',
    'sesame_keep_rebuild', 'sesame_missing_events', 'sesame_open_alerts', 'sesame_pending_reads',
    'sesame_reconcile_events', 'sesame_reconciled_access', 'sesame_record_figures', 'sesame_refold',
    'sesame_refresh_alerts', 'sesame_set_address_claims', 'sesame_stripe_customer',
    'sesame_verify_module_token', 'sesame_warm_up', 'sesame_webhook_health'
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
    'module_access',
    'module_access_id_seq', 'module_access_module_id_idx', 'module_access_pkey',
    'module_access_user_id_module_id_key', 'module_prices', 'module_prices_module_id_idx', 'module_prices_pkey',
    'modules', 'modules_id_seq', 'modules_pkey', 'modules_slug_key', 'my_modules'
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
    and typname in ('access_tokens', 'module_access', 'module_prices', 'modules', 'my_modules')
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

-- chapter: 20261121000100_schemas.sql

-- Two schemas: `public` holds what frontends and functions call, `sesame` is private.

create schema sesame;

-- The first word tells the chapter of preconditions that this schema is ours.
comment on schema sesame is
  'Sesame: private. What Stripe sent (inbox, facts), the grants derived from it, and the settings. '
  'Not exposed over HTTP; only the functions of schema public reach into it.';

-- A new object gets the project's default privileges, and Sesame does not change those. So each of our objects
-- first revokes them, and then grants only what is needed.
create function sesame.revoke_default_grants(on_object text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_right record;
begin
  for v_right in
    select kind, name, case grantee when 0 then 'public' else grantee::regrole::text end as grantee
    from (
      select 'schema' as kind, nspname::text as name, nspname::text as part_of, nspowner as owner, nspacl as acl
      from pg_catalog.pg_namespace
      union all
      -- The sequence of an identity column is closed with its table.
      select case relkind when 'S' then 'sequence' else 'table' end, relation.oid::regclass::text,
        coalesce(part.refobjid, relation.oid)::regclass::text, relowner, relacl
      from pg_catalog.pg_class as relation
      left join pg_catalog.pg_depend as part on part.objid = relation.oid and relation.relkind = 'S'
        and part.deptype = 'i' and part.classid = 'pg_catalog.pg_class'::regclass
      where relnamespace in ('public'::regnamespace, 'sesame'::regnamespace)
      union all
      select 'routine', oid::regprocedure::text, format('%s.%I', pronamespace::regnamespace, proname),
        proowner, coalesce(proacl, acldefault('f', proowner))
      from pg_catalog.pg_proc
      where pronamespace in ('public'::regnamespace, 'sesame'::regnamespace)
    ) as object
    cross join lateral aclexplode(acl) as access
    where part_of = on_object and access.grantee <> owner
    group by kind, name, grantee
  loop
    execute format('revoke all on %s %s from %s', v_right.kind, v_right.name, v_right.grantee);
  end loop;
end
$$;

comment on function sesame.revoke_default_grants is
  'Leaves the owner as the only one with rights on a schema, on a table and its sequence, on a view or on a '
  'function, given by its name.';

select sesame.revoke_default_grants('sesame');

-- chapter: 20261121000110_release.sql

-- The version of Sesame in this database. An upgrade adds a row, so the rows are the history.

create table sesame.release (
  version text primary key,
  -- Two upgrades of one transaction are in their order too.
  applied_at timestamptz not null default clock_timestamp()
);

insert into sesame.release (version) values ('0.2.0');

alter table sesame.release enable row level security;

comment on table sesame.release is
  'The versions of Sesame that this database has had. The newest row is its version. Private: no policy, written by '
  'the installation and by upgrades only.';

-- chapter: 20261121000200_settings.sql

-- The owner's policy: one row, one column for each choice.

create table sesame.settings (
  id boolean primary key default true,
  full_refund_closes boolean not null default true,
  refund_closes_from_percent integer not null default 100,
  dispute_closes boolean not null default true,
  partial_dispute_closes boolean not null default true,
  inquiry_closes boolean not null default false,
  past_due_grace interval not null default '7 days',
  pause_collection_closes boolean not null default false,
  renewal_grace interval not null default '3 days',
  refunded_period_closes boolean not null default true,
  send_invoice_opens_unpaid boolean not null default true,
  passes_stack boolean not null default true,
  client_reference_id_names_buyer boolean not null default false,
  verified_email_claims boolean not null default false,
  returning_account_inherits boolean not null default true,
  keep_bodies interval not null default '90 days',
  constraint settings_is_one_row check (id),
  constraint settings_refund_closes_from_percent_is_a_percentage
    check (refund_closes_from_percent between 1 and 100),
  constraint settings_past_due_grace_is_not_negative check (past_due_grace >= interval '0'),
  constraint settings_renewal_grace_is_not_negative check (renewal_grace >= interval '0'),
  constraint settings_keep_bodies_is_not_negative check (keep_bodies >= interval '0')
);

insert into sesame.settings default values;

alter table sesame.settings enable row level security;

comment on table sesame.settings is
  'The policy, in one row. Private: no policy, so only its owner reads or changes it. A change applies to all past '
  'sales, in the same transaction.';
comment on column sesame.settings.full_refund_closes is
  'Whether a refund closes what it paid for: a full refund, or one of refund_closes_from_percent and more.';
comment on column sesame.settings.refund_closes_from_percent is
  'The part of the received money, in percent, from which a refund closes: refunded * 100 >= received * this. 100: only '
  'a full refund.';
comment on column sesame.settings.dispute_closes is
  'Whether a dispute closes the disputed purchase, while it is open, lost, prevented, or in an unknown state.';
comment on column sesame.settings.partial_dispute_closes is
  'Whether a dispute over a part closes as well. Off: while it stands, the disputed sum counts as given back.';
comment on column sesame.settings.inquiry_closes is
  'Whether a bank''s inquiry (a dispute in a warning_ state) closes as well.';
comment on column sesame.settings.past_due_grace is
  'How long a subscription stays open after a renewal failed.';
comment on column sesame.settings.pause_collection_closes is
  'Whether a subscription closes while the collection of its invoices is paused. The status paused always closes it.';
comment on column sesame.settings.renewal_grace is
  'How long a subscription stays open after its period, while Stripe may still deliver the renewal.';
comment on column sesame.settings.refunded_period_closes is
  'Whether a refund or dispute of the invoice of the current period closes a subscription for that period.';
comment on column sesame.settings.send_invoice_opens_unpaid is
  'Whether a subscription whose invoices are sent to the customer is open before they are paid. Off: open once a '
  'paid line reaches into the period.';
comment on column sesame.settings.passes_stack is
  'Whether the times of several passes (one-time purchases with an access_duration) of one module and level are '
  'added up. Off: each counts from its own payment.';
comment on column sesame.settings.client_reference_id_names_buyer is
  'Whether client_reference_id names the buyer. On Payment Links it comes from a URL that the buyer can edit: switch '
  'it on only where you alone make those URLs.';
comment on column sesame.settings.verified_email_claims is
  'Whether a purchase without a user belongs to the account that has verified the buyer''s address. Off until setup, or '
  'an operator, has checked that Auth sends a mail before it confirms an address. Without that mail anybody could '
  'confirm any address.';
comment on column sesame.settings.returning_account_inherits is
  'Whether an account that is deleted and made again with the same verified address gets back its former access. '
  'Counts only while verified_email_claims is on. Switch it off where addresses are given to other people.';
comment on column sesame.settings.keep_bodies is
  'How long the bodies of applied and ignored events are kept. 0: they are not stored. Facts stay in any case, and every '
  'other event keeps its body until it is settled, because a replay reads it. No access depends on it.';

-- chapter: 20261121000300_modules.sql

-- The catalogue: the modules for sale.

create table public.modules (
  id bigint generated always as identity primary key,
  slug text not null,
  title text not null,
  description text,
  is_free boolean not null default false,
  is_active boolean not null default true,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint modules_slug_key unique (slug),
  -- `metadata.module_id` of a Stripe object may hold a slug or an id, so no slug may look like an id.
  constraint modules_slug_is_a_slug check (slug ~ '^[a-z][a-z0-9-]*$'),
  constraint modules_metadata_is_an_object check (jsonb_typeof(metadata) = 'object'),
  -- Any other word would be read as ES256, and the module's server would refuse every token.
  constraint modules_token_alg_is_known check (metadata ->> 'token_alg' in ('ES256', 'HS256'))
);

alter table public.modules enable row level security;

create policy modules_select_all on public.modules
  for select to anon, authenticated
  using (true);

select sesame.revoke_default_grants('public.modules');
-- Column by column: a column of an old table keeps the readers that it had there (carried_columns).
grant select (id, slug, title, description, is_free, is_active, metadata, created_at, updated_at)
  on public.modules to anon, authenticated;
grant select, insert, update on public.modules to service_role;

comment on table public.modules is 'The catalogue: modules that are sold or free. Readable by all.';
comment on column public.modules.slug is
  'The name used in URLs and in metadata.module_id of Stripe objects. Never changes: sold metadata names it.';
comment on column public.modules.metadata is
  'Belongs to the site, except one key: token_alg "HS256" for a module whose server verifies with the shared secret.';
comment on column public.modules.is_free is 'Free modules are claimed, not bought.';
comment on column public.modules.is_active is 'Whether the module is still offered. False does not close access that was sold.';

create function sesame.tg_protect_slug() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  raise sqlstate 'SE002' using
    message = 'a slug never changes',
    detail = format('module %s is sold as "%s"', old.id, old.slug),
    hint = 'Change the title, or add a new module.';
end
$$;

create trigger modules_protect_slug
  before update of slug on public.modules
  for each row
  when (old.slug is distinct from new.slug)
  execute function sesame.tg_protect_slug();

create function sesame.tg_touch_updated_at() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger modules_touch_updated_at
  before update on public.modules
  for each row
  when (old.* *<> new.*)  -- compares row images: a column of the site may have a type without equality
  execute function sesame.tg_touch_updated_at();

-- chapter: 20261121000400_module_prices.sql

-- The modules that each Stripe price opens, and the terms.

create table public.module_prices (
  stripe_price_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  access_level text not null default 'standard',
  max_usage integer,
  access_duration interval,
  created_at timestamptz not null default now(),
  primary key (stripe_price_id, module_id),
  constraint module_prices_price_is_not_blank check (stripe_price_id ~ '^[^[:space:]]+$'),
  constraint module_prices_max_usage_is_positive check (max_usage > 0),
  constraint module_prices_duration_is_positive check (access_duration > interval '0')
);

create index module_prices_module_id_idx on public.module_prices (module_id);

alter table public.module_prices enable row level security;

create policy module_prices_select_all on public.module_prices
  for select to anon, authenticated
  using (true);

select sesame.revoke_default_grants('public.module_prices');
grant select on public.module_prices to anon, authenticated;
grant select, insert on public.module_prices to service_role;

comment on table public.module_prices is
  'Stripe price to module, many to many (bundles). Readable by all. A row that was used in a sale is never rewritten: '
  'new terms need a new Stripe price.';
comment on column public.module_prices.access_duration is
  'How long a one-time purchase lasts from its payment; null: for ever. Subscriptions follow their period.';
comment on column public.module_prices.max_usage is 'How many uses a module token of this price allows; null: no limit.';

-- chapter: 20261121000450_extra_prices.sql

-- Prices that open nothing on purpose: a setup fee, shipping.

create table sesame.extra_prices (
  stripe_price_id text primary key,
  actor text not null,
  why text not null,
  created_at timestamptz not null default now(),
  constraint extra_prices_price_is_not_blank check (stripe_price_id ~ '^[^[:space:]]+$'),
  constraint extra_prices_actor_is_named check (actor <> ''),
  constraint extra_prices_why_is_said check (why <> '')
);

alter table sesame.extra_prices enable row level security;

comment on table sesame.extra_prices is
  'Prices that open no module on purpose, such as a setup fee. Such a sale is not reported as unmapped, and '
  'metadata.module_id opens nothing for it. Private: no policy, written by remap_price(price, null, …).';
comment on column sesame.extra_prices.actor is 'The operator who marked the price.';

-- chapter: 20261121000500_stripe_events.sql

-- The inbox: every verified event, once, with the body Stripe signed.

create type sesame.event_outcome as enum ('received', 'applied', 'ignored', 'quarantined', 'failed');

create table sesame.stripe_events (
  id text primary key,
  type text not null,
  created timestamptz not null,
  api_version text,
  livemode boolean not null,
  account text not null,
  object_id text,
  outcome sesame.event_outcome not null,
  detail text,
  attempts integer not null default 1,
  received_at timestamptz not null default now(),
  payload text not null,  -- not jsonb, which refuses \u0000 and lone surrogates
  constraint stripe_events_attempts_is_positive check (attempts > 0),
  constraint stripe_events_failure_says_why check (outcome <> 'failed' or detail is not null)
);

-- Compressing a body would cost more than the rest of a delivery. (In create table, this option needs Postgres 16.)
alter table sesame.stripe_events alter column payload set storage external;

-- Only operators ask for the events of any object. A delivery seldom writes to this index: pages are summarized after
-- they are full. Small ranges, because the first one is summarized from the beginning. A B-tree would write a page of
-- its own for nearly each event.
create index stripe_events_object_id_idx on sesame.stripe_events
  using brin (object_id text_bloom_ops) with (autosummarize = on, pages_per_range = 16);
-- What was read from Stripe is asked for by the fold.
create index stripe_events_fetched_idx on sesame.stripe_events (object_id) where type like '%.fetched';
create index stripe_events_unsettled_idx on sesame.stripe_events (received_at)
  where outcome not in ('applied', 'ignored');
-- What retention empties, and nothing else: so a purge reads only that.
create index stripe_events_bodies_idx on sesame.stripe_events (received_at)
  where payload <> '' and outcome in ('applied', 'ignored');

alter table sesame.stripe_events enable row level security;

comment on table sesame.stripe_events is
  'Every verified Stripe event, once by id. Private: no policy, so only process_stripe_events writes it.';
comment on column sesame.stripe_events.created is
  'The time of the event at Stripe, in whole seconds. It is the stamp of the event''s facts.';
comment on column sesame.stripe_events.account is 'The connected account. Empty: the project''s own account.';
comment on column sesame.stripe_events.outcome is
  'received: it is stored, and the next fold applies it. applied: its facts are stored. ignored: it does not concern '
  'access. quarantined: it has the wrong mode or a foreign account. failed: it could not be applied; a redelivery or a '
  'replay tries again.';
comment on column sesame.stripe_events.detail is 'The reason of the outcome: a SQLSTATE or a code, never data.';
comment on column sesame.stripe_events.payload is
  'The body as signed. Large values lie outside the row, uncompressed. Empty: the body is gone, because the event was '
  'settled and keep_bodies is over, or because its user was erased.';

-- chapter: 20261121000600_tidy_email.sql

-- One spelling for each address, so that two addresses can be compared.
--
-- Two spellings are the same address only where they reach the same mailbox for certain: letters of ASCII in either
-- case, spaces around it, a letter and its accent in one character or in two, and a domain in Unicode or in punycode.
-- Nothing else: Unicode case folding would turn the Kelvin sign into a k, and that is another mailbox.

create function sesame.punycode(label text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  -- RFC 3492, section 6.3, with its own names.
  v_points integer[] := array(select ascii(letter) from string_to_table(label, null) with ordinality as t (letter, n) order by n);
  v_basic text := regexp_replace(label, '[^\x01-\x7f]', '', 'g');
  v_output text := case when v_basic <> '' then v_basic || '-' else '' end;
  v_handled integer := length(v_basic);
  v_n integer := 128;
  v_delta bigint := 0;
  v_bias integer := 72;
  v_point integer;
  v_next integer;
  v_q bigint;
  v_k integer;
  v_t integer;
  v_digit integer;
begin
  while v_handled < length(label) loop
    v_next := (select min(point) from unnest(v_points) as point where point >= v_n);
    v_delta := v_delta + (v_next - v_n)::bigint * (v_handled + 1);
    v_n := v_next;
    foreach v_point in array v_points loop
      if v_point < v_n then
        v_delta := v_delta + 1;
      elsif v_point = v_n then
        v_q := v_delta;
        v_k := 36;
        loop
          v_t := least(greatest(v_k - v_bias, 1), 26);
          v_digit := case when v_q < v_t then v_q else v_t + (v_q - v_t) % (36 - v_t) end;
          v_output := v_output || substr('abcdefghijklmnopqrstuvwxyz0123456789', v_digit + 1, 1);
          exit when v_q < v_t;
          v_q := (v_q - v_t) / (36 - v_t);
          v_k := v_k + 36;
        end loop;
        v_bias := sesame.punycode_bias(v_delta, v_handled + 1, v_handled = length(v_basic));
        v_delta := 0;
        v_handled := v_handled + 1;
      end if;
    end loop;
    v_delta := v_delta + 1;
    v_n := v_n + 1;
  end loop;
  return 'xn--' || v_output;
end
$$;

comment on function sesame.punycode is 'A label of a domain as DNS writes it: münchen is xn--mnchen-3ya. Not for labels of ASCII.';

create function sesame.punycode_bias(delta bigint, points integer, is_first boolean) returns integer
language plpgsql immutable strict set search_path = '' as $$
declare
  v_delta bigint := delta / case when is_first then 700 else 2 end;
  v_bias integer := 0;
begin
  v_delta := v_delta + v_delta / points;
  while v_delta > 455 loop
    v_delta := v_delta / 35;
    v_bias := v_bias + 36;
  end loop;
  return v_bias + 36 * v_delta / (v_delta + 38);
end
$$;

create function sesame.is_ascii(written text) returns boolean
language plpgsql immutable strict set search_path = '' as $$
begin
  return octet_length(written) = length(written);
end
$$;

create function sesame.composed(written text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  -- Some characters normalize to another one (the Kelvin sign to K). Composing would replace them.
  return case
    when exists (select from string_to_table(written, null) as letter where normalize(letter) <> letter) then written
    else normalize(written)
  end;
end
$$;

comment on function sesame.composed is
  'The text with each letter and its accents as one character (NFC), unless that would replace a character.';

create function sesame.ascii_domain(domain text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return (
    select string_agg(case when sesame.is_ascii(label) then label else sesame.punycode(label) end, '.' order by place)
    from string_to_table(domain, '.') with ordinality as labels (label, place)
  );
end
$$;

-- With the owner's rights: a server that inserts a token for an address calls this function through an index.
create function sesame.tidy_email(written text) returns text
language plpgsql immutable strict security definer set search_path = '' as $$
declare
  v_address text := btrim(written, e' \t\r\n');
begin
  if octet_length(v_address) = length(v_address) or length(v_address) > 320 then
    v_address := lower(v_address collate "C");
  else
    -- Composed before and after lower(), which changes ASCII only. So É stays É in either spelling, and a J with an
    -- accent becomes a j with that accent.
    v_address := sesame.composed(lower(sesame.composed(v_address) collate "C"));
    v_address := regexp_replace(v_address, '@[^@]*$', '')
      || coalesce('@' || sesame.ascii_domain(substring(v_address from '@([^@]*)$')), '');
  end if;
  return case when length(v_address) between 1 and 320 then v_address end;
end
$$;

comment on function sesame.tidy_email is
  'An address as it is compared: without the spaces around it, letters of ASCII in lower case, accents composed, '
  'the domain in punycode; null: the text is no address, or too long for one.';

-- chapter: 20261121000650_read_text.sql

-- Reads a text as a value of another type: null where it is not one. Hosted projects run Postgres 15 too, which
-- has no pg_input_is_valid. A call takes about two microseconds; a regular expression takes no less.

create function sesame.as_uuid(written text) returns uuid
language plpgsql immutable strict set search_path = '' as $$
begin
  return written::uuid;
exception when data_exception then
  return null;
end
$$;

create function sesame.as_flag(written text) returns boolean
language plpgsql immutable strict set search_path = '' as $$
begin
  return written::boolean;
exception when data_exception then
  return null;
end
$$;

create function sesame.as_time(written text) returns timestamptz
language plpgsql immutable strict set search_path = '' set timezone = 'UTC' as $$
begin
  return written::timestamptz;
exception when data_exception then
  return null;
end
$$;
comment on function sesame.as_time is 'A time without a zone is taken as UTC.';

create function sesame.as_json(written text) returns jsonb
language plpgsql immutable strict set search_path = '' as $$
begin
  return written::jsonb;
exception when data_exception then
  return null;
end
$$;

create function sesame.as_email(written text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return case when written ~ '^\s*[^@\s]+@[^@\s]+\s*$' then sesame.tidy_email(written) end;
end
$$;

comment on function sesame.as_email is 'The address in the spelling that is compared (tidy_email), or null where the text does not look like one.';

create function sesame.as_count(written text) returns integer
language plpgsql immutable strict set search_path = '' as $$
begin
  -- A numeric may say 100.00.
  return case when written ~ '^[0-9]{1,9}(\.[0-9]*)?$' then split_part(written, '.', 1)::integer end;
end
$$;

-- chapter: 20261121000660_old_ids.sql

-- Ids of an old database: the new module of each old module, and the new token of each old token. The chapters of group
-- 70 fill them when old tables are taken over.

create table sesame.moved_modules (
  old_id text primary key,
  module_id bigint not null references public.modules (id) on delete cascade
);

create index moved_modules_module_id_idx on sesame.moved_modules (module_id);

alter table sesame.moved_modules enable row level security;

comment on table sesame.moved_modules is
  'The new module of each row of legacy.modules. Private: no policy, written by move_modules_in only.';

create function sesame.old_token_id(id text) returns uuid
language plpgsql immutable set search_path = '' as $$
begin
  -- A uuid is kept. Any other id becomes the same uuid for the same row each time, so no row is copied twice.
  return coalesce(sesame.as_uuid(id), md5('access_tokens:' || id)::uuid);
end
$$;

-- chapter: 20261121000700_newest.sql

-- The newest snapshot of objects where a newer snapshot replaces the older one as a whole.
--
-- `created` has whole seconds and Stripe's ids are not ordered, so two snapshots may tie. Then both `<`
-- (drops the newer) and `<=` (lets a stale redelivery win) would be wrong. All that tie are kept, as a
-- set, and the choice is a function of that set alone:
--   1. a final snapshot beats all others;
--   2. the larger stamp wins;
--   3. a snapshot is dropped when another one supersedes it: when its state is the one that the other says
--      it changed from. Snapshots that supersede each other in a circle all stay;
--   4. of what is left: a fetch before an event, then the later type, the later status, the larger id;
--   5. the choice is unsettled where only status or id decides, or where a fetch and an event of one
--      second differ. It is the same for every order, but the object is read again from Stripe.

create function sesame.newest_of(snapshots jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_one jsonb := snapshots -> 0;
  v_other jsonb := snapshots -> 1;
  v_order integer;
begin
  if jsonb_array_length(snapshots) = 1 then
    return snapshots;
  end if;
  -- Nearly always there are two: the stored snapshot and a newer one.
  if jsonb_array_length(snapshots) = 2 and v_one -> 'is_final' = v_other -> 'is_final' then
    v_order := sign((v_one ->> 'stamp')::bigint - (v_other ->> 'stamp')::bigint);
    if v_order <> 0 then
      return jsonb_build_array(case when v_order > 0 then v_one else v_other end);
    end if;
  end if;
  return (
    select jsonb_agg(snapshot order by snapshot ->> 'event_id')
    from (
      select snapshot
      from (
        select distinct on (snapshot ->> 'event_id') snapshot,
          rank() over (order by
            (snapshot ->> 'is_final')::boolean desc, (snapshot ->> 'stamp')::bigint desc) as place
        from jsonb_array_elements(snapshots) as snapshot
        order by snapshot ->> 'event_id'
      ) as told_once
      where place = 1
      order by snapshot ->> 'event_id'
      limit 16  -- Stripe has never been seen to send more than four
    ) as tied
  );
end
$$;

comment on function sesame.newest_of is
  'The snapshots [{event_id, stamp, is_final, …}] that share the first place: usually one.';

create function sesame.supersedes(later jsonb, earlier jsonb) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return later -> 'changed_from' <> '{}' and not exists (
    select from jsonb_each(later -> 'changed_from') as was (field, value)
    where was.value is distinct from earlier -> was.field
  );
end
$$;

comment on function sesame.supersedes is
  'Whether the later snapshot says that it changed from the state of the earlier one.';

create function sesame.decide_tie(snapshots jsonb, statuses text[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_ranked jsonb[];
begin
  if jsonb_array_length(snapshots) = 1 then
    return snapshots -> 0 || '{"is_settled": true}';
  end if;

  with recursive tied as (
    select snapshot, snapshot ->> 'event_id' as id from jsonb_array_elements(snapshots) as snapshot
  ),
  beats (winner, loser) as (
    select later.id, earlier.id
    from tied as later
    join tied as earlier on earlier.id <> later.id and sesame.supersedes(later.snapshot, earlier.snapshot)
    union
    select beats.winner, earlier.id
    from beats
    join tied as later on later.id = beats.loser
    join tied as earlier on earlier.id <> later.id and sesame.supersedes(later.snapshot, earlier.snapshot)
  )
  select array_agg(snapshot order by
    (snapshot ->> 'is_fetch')::boolean desc, (snapshot ->> 'type_rank')::smallint desc,
    array_position(statuses, snapshot ->> 'status') desc, id collate "C" desc)
  into v_ranked
  from tied
  where not exists (
    select from beats
    where beats.loser = tied.id
      and not exists (select from beats as back where (back.winner, back.loser) = (beats.loser, beats.winner))
  );

  return v_ranked[1] || jsonb_build_object('is_settled', (
    select bool_and(
      sesame.state_of(rival) = sesame.state_of(v_ranked[1])
      or (v_ranked[1] ->> 'is_fetch') = (rival ->> 'is_fetch')
        and (v_ranked[1] ->> 'type_rank') <> (rival ->> 'type_rank')
    )
    from unnest(v_ranked) as rival
  ));
end
$$;

comment on function sesame.decide_tie is
  'Picks one of the snapshots that tie, and says whether that choice is settled. statuses: in the order of their rank.';

create function sesame.state_of(snapshot jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return snapshot - '{event_id,stamp,type_rank,is_fetch,is_final,changed_from,is_settled}'::text[];
end
$$;

comment on function sesame.state_of is 'The state of a snapshot, without its event and time.';

-- chapter: 20261121001000_checkout_sessions.sql

-- Facts of Checkout Sessions: the buyer, the prices, and whether the session is paid.
--
-- All facts merge the same way: the stored row and the new facts are aggregated into one row for
-- each object. An aggregate depends neither on order nor on repetition, so neither does the row.
-- The order of an enum's values is their rank.

create type sesame.checkout_mode as enum ('unknown', 'setup', 'payment', 'subscription');

create type sesame.checkout_status as enum ('open', 'expired', 'complete');

create type sesame.checkout_payment_status as enum ('unpaid', 'no_payment_required', 'paid');

create table sesame.checkout_sessions (
  livemode boolean not null,
  account text not null,
  id text not null,
  mode sesame.checkout_mode not null,
  status sesame.checkout_status not null,
  payment_status sesame.checkout_payment_status not null,
  async_failed boolean not null,
  amount_total bigint,
  amount_subtotal bigint,
  has_optional_items boolean not null,
  created_at timestamptz,
  paid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  client_reference_id text,
  price_ids text[],
  price_ids_at timestamptz,
  price_ids_are_final boolean,
  price_ids_are_fetched boolean,
  price_ids_subtotal bigint,
  payment_intent_id text,
  subscription_id text,
  invoice_id text,
  customer_id text,
  email text,
  primary key (id, account, livemode)
);

create index checkout_sessions_payment_intent_id_idx on sesame.checkout_sessions (payment_intent_id)
  where payment_intent_id is not null;
create index checkout_sessions_subscription_id_idx on sesame.checkout_sessions (subscription_id)
  where subscription_id is not null;
create index checkout_sessions_invoice_id_idx on sesame.checkout_sessions (invoice_id)
  where invoice_id is not null;
create index checkout_sessions_customer_id_idx on sesame.checkout_sessions (customer_id)
  where customer_id is not null;
create index checkout_sessions_module_ref_idx on sesame.checkout_sessions (module_ref)
  where module_ref is not null;
create index checkout_sessions_price_ids_idx on sesame.checkout_sessions using gin (price_ids)
  where price_ids is not null;

alter table sesame.checkout_sessions enable row level security;

comment on table sesame.checkout_sessions is
  'The facts of each Checkout Session. Private: no policy, written by process_stripe_events only.';
comment on column sesame.checkout_sessions.amount_subtotal is
  'The amount of the completed session before discounts, tax and shipping.';
comment on column sesame.checkout_sessions.user_ref is
  'metadata.user_id as first written: a later edit in the Dashboard moves no purchase.';
comment on column sesame.checkout_sessions.user_ref_at is 'The earliest snapshot that has user_ref.';
comment on column sesame.checkout_sessions.unnamed_at is 'The earliest snapshot without a user_ref.';
comment on column sesame.checkout_sessions.module_ref is 'metadata.module_id (id or slug) as first written.';
comment on column sesame.checkout_sessions.paid_at is
  'The time of the earliest event with payment_status paid or no_payment_required.';
comment on column sesame.checkout_sessions.email is
  'The address of the buyer of a complete session, tidied; never verified.';
comment on column sesame.checkout_sessions.price_ids is
  'The prices sold, once the line items are known. The newest of several lists counts; lists that tie are united.';
comment on column sesame.checkout_sessions.price_ids_are_final is
  'Whether the list is that of the completed session, to which the buyer can add nothing more.';
comment on column sesame.checkout_sessions.price_ids_subtotal is
  'The amount_subtotal of the snapshot that price_ids came from.';

create function sesame.merge_checkout_sessions(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, is_fetch boolean, id text,
      mode sesame.checkout_mode, status sesame.checkout_status,
      payment_status sesame.checkout_payment_status, async_failed boolean,
      amount_total bigint, amount_subtotal bigint, has_optional_items boolean,
      created bigint, user_ref text, module_ref text,
      client_reference_id text, price_ids text[],
      payment_intent_id text, subscription_id text, invoice_id text, customer_id text, email text
    )
  ),
  known as (
    select
      livemode, account, id, mode, status, payment_status, async_failed, amount_total,
      case when status = 'complete' then amount_subtotal end as amount_subtotal,
      coalesce(has_optional_items, false) as has_optional_items,
      to_timestamp(created) as created_at,
      case when payment_status > 'unpaid' then said_at end as paid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      client_reference_id, price_ids,
      case when price_ids is not null then said_at end as price_ids_at,
      status = 'complete' as price_ids_are_final, is_fetch as price_ids_are_fetched,
      amount_subtotal as price_ids_subtotal,
      payment_intent_id, subscription_id, invoice_id, customer_id,
      case when status = 'complete' then sesame.tidy_email(email) end as email
    from said
    union all
    select held.*
    from sesame.checkout_sessions as held
    where held.id = any (array(select id from said))
  ),
  ranked as (
    select *, rank() over (
      partition by id, account, livemode
      order by price_ids_at desc nulls last, price_ids_are_final desc, price_ids_are_fetched desc
    ) = 1 and price_ids is not null as is_newest_list
    from known
  ),
  merged as (
    select
      livemode, account, id,
      max(mode) as mode, max(status) as status, max(payment_status) as payment_status,
      bool_or(async_failed) as async_failed, max(amount_total) as amount_total,
      max(amount_subtotal) as amount_subtotal, bool_or(has_optional_items) as has_optional_items,
      min(created_at) as created_at, min(paid_at) as paid_at,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref, min(user_ref_at) as user_ref_at,
      min(unnamed_at) as unnamed_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      min(client_reference_id) as client_reference_id,
      jsonb_agg(price_ids) filter (where is_newest_list) as price_lists,
      max(price_ids_at) as price_ids_at,
      bool_or(price_ids_are_final) filter (where is_newest_list) as price_ids_are_final,
      bool_or(price_ids_are_fetched) filter (where is_newest_list) as price_ids_are_fetched,
      max(price_ids_subtotal) filter (where is_newest_list) as price_ids_subtotal,
      min(payment_intent_id) as payment_intent_id, min(subscription_id) as subscription_id,
      min(invoice_id) as invoice_id, min(customer_id) as customer_id, min(email) as email
    from ranked
    group by livemode, account, id
  )
  insert into sesame.checkout_sessions as held
  select
    livemode, account, id, mode, status, payment_status, async_failed, amount_total, amount_subtotal,
    has_optional_items, created_at, paid_at, user_ref, user_ref_at, unnamed_at, module_ref, module_ref_at,
    client_reference_id,
    case when price_lists is not null then array(
      select distinct jsonb_array_elements_text(list) from jsonb_array_elements(price_lists) as list order by 1
    ) end,
    price_ids_at, price_ids_are_final, price_ids_are_fetched, price_ids_subtotal,
    payment_intent_id, subscription_id, invoice_id, customer_id, email
  from merged
  on conflict (id, account, livemode) do update set
    (livemode, account, id, mode, status, payment_status, async_failed, amount_total, amount_subtotal,
     has_optional_items, created_at, paid_at, user_ref, user_ref_at, unnamed_at, module_ref, module_ref_at,
     client_reference_id, price_ids, price_ids_at, price_ids_are_final, price_ids_are_fetched,
     price_ids_subtotal, payment_intent_id, subscription_id, invoice_id, customer_id, email)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001100_payment_intents.sql

-- Facts of PaymentIntents: whether money came in, and how much.

create type sesame.payment_intent_status as enum (
  'requires_payment_method', 'requires_confirmation', 'requires_action', 'processing',
  'requires_capture', 'canceled', 'succeeded'
);

create table sesame.payment_intents (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.payment_intent_status not null,
  amount_received bigint not null,
  created_at timestamptz,
  paid_at timestamptz,
  processing_at timestamptz,
  unpaid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  invoice_id text,
  customer_id text,
  primary key (id, account, livemode)
);

create index payment_intents_invoice_id_idx on sesame.payment_intents (invoice_id)
  where invoice_id is not null;
create index payment_intents_customer_id_idx on sesame.payment_intents (customer_id)
  where customer_id is not null;
create index payment_intents_module_ref_idx on sesame.payment_intents (module_ref)
  where module_ref is not null;

alter table sesame.payment_intents enable row level security;

comment on table sesame.payment_intents is
  'The facts of each PaymentIntent. Private: no policy, written by process_stripe_events only.';
comment on column sesame.payment_intents.amount_received is 'In the smallest unit of the currency.';
comment on column sesame.payment_intents.paid_at is 'The earliest event that says succeeded.';
comment on column sesame.payment_intents.processing_at is
  'The newest event that says processing. The payment is processing now if this is not before unpaid_at and the '
  'status is not beyond processing.';
comment on column sesame.payment_intents.unpaid_at is
  'The newest event that says that a payment is still needed, which is so again after a payment failed.';
comment on column sesame.payment_intents.unnamed_at is 'The earliest snapshot without a user_ref.';

create function sesame.merge_payment_intents(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text,
      status sesame.payment_intent_status, amount_received bigint, created bigint,
      user_ref text, module_ref text, invoice_id text, customer_id text
    )
  ),
  known as (
    select
      livemode, account, id, status, amount_received, to_timestamp(created) as created_at,
      case when status = 'succeeded' then said_at end as paid_at,
      case when status = 'processing' then said_at end as processing_at,
      case when status < 'processing' then said_at end as unpaid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      invoice_id, customer_id
    from said
    union all
    select held.*
    from sesame.payment_intents as held
    where held.id = any (array(select id from said))
  )
  insert into sesame.payment_intents as held
  select
    livemode, account, id,
    max(status), max(amount_received), min(created_at), min(paid_at), max(processing_at), max(unpaid_at),
    (array_agg(user_ref order by user_ref_at, user_ref))[1], min(user_ref_at), min(unnamed_at),
    (array_agg(module_ref order by module_ref_at, module_ref))[1], min(module_ref_at),
    min(invoice_id), min(customer_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount_received, created_at, paid_at, processing_at, unpaid_at, user_ref,
     user_ref_at, unnamed_at, module_ref, module_ref_at, invoice_id, customer_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001200_charges.sql

-- Facts of Charges: the payment that a refund belongs to, and the refunded amount as the charge has it. A charge
-- without a payment intent is a payment itself.

create table sesame.charges (
  livemode boolean not null,
  account text not null,
  id text not null,
  amount_captured bigint not null,
  amount_refunded bigint not null,
  created_at timestamptz,
  paid_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  payment_intent_id text,
  invoice_id text,
  customer_id text,
  primary key (id, account, livemode)
);

create index charges_payment_intent_id_idx on sesame.charges (payment_intent_id)
  where payment_intent_id is not null;
create index charges_invoice_id_idx on sesame.charges (invoice_id) where invoice_id is not null;
create index charges_customer_id_idx on sesame.charges (customer_id) where customer_id is not null;
create index charges_module_ref_idx on sesame.charges (module_ref)
  where module_ref is not null and payment_intent_id is null;

alter table sesame.charges enable row level security;

comment on table sesame.charges is
  'The facts of each Charge. Private: no policy, written by process_stripe_events only.';
comment on column sesame.charges.amount_refunded is
  'The largest amount that any event had. It may shrink when a refund fails, so known refunds explain it first.';
comment on column sesame.charges.paid_at is 'The earliest event with a captured amount.';
comment on column sesame.charges.user_ref is 'metadata.user_id as first written.';
comment on column sesame.charges.unnamed_at is 'The earliest snapshot without a user_ref.';

create function sesame.merge_charges(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text, amount_captured bigint, amount_refunded bigint,
      created bigint, user_ref text, module_ref text,
      payment_intent_id text, invoice_id text, customer_id text
    )
  ),
  known as (
    select
      livemode, account, id, amount_captured, amount_refunded, to_timestamp(created) as created_at,
      case when amount_captured > 0 then said_at end as paid_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      payment_intent_id, invoice_id, customer_id
    from said
    union all
    select held.* from sesame.charges as held where held.id = any (array(select id from said))
  )
  insert into sesame.charges as held
  select
    livemode, account, id, max(amount_captured), max(amount_refunded), min(created_at), min(paid_at),
    (array_agg(user_ref order by user_ref_at, user_ref))[1], min(user_ref_at), min(unnamed_at),
    (array_agg(module_ref order by module_ref_at, module_ref))[1], min(module_ref_at),
    min(payment_intent_id), min(invoice_id), min(customer_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, amount_captured, amount_refunded, created_at, paid_at, user_ref, user_ref_at,
     unnamed_at, module_ref, module_ref_at, payment_intent_id, invoice_id, customer_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001300_refunds.sql

-- Facts of Refunds: money on its way back to the customer, unless the refund failed.

-- A refund changes late only from succeeded to failed; a retry is a new refund. So the rank decides.
create type sesame.refund_status as enum (
  'requires_action', 'pending', 'succeeded', 'canceled', 'failed'
);

create table sesame.refunds (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.refund_status not null,
  amount bigint not null,
  charge_id text,
  payment_intent_id text,
  primary key (id, account, livemode)
);

create index refunds_charge_id_idx on sesame.refunds (charge_id) where charge_id is not null;
create index refunds_payment_intent_id_idx on sesame.refunds (payment_intent_id)
  where payment_intent_id is not null;

alter table sesame.refunds enable row level security;

comment on table sesame.refunds is
  'The facts of each Refund. Private: no policy, written by process_stripe_events only.';

create function sesame.merge_refunds(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, id text, status sesame.refund_status, amount bigint,
      charge_id text, payment_intent_id text
    )
  ),
  known as (
    select * from said
    union all
    select held.* from sesame.refunds as held where held.id = any (array(select id from said))
  )
  insert into sesame.refunds as held
  select
    livemode, account, id, max(status), max(amount), min(charge_id), min(payment_intent_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount, charge_id, payment_intent_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001400_prices.sql

-- Facts of Prices: whether a price recurs. A price that recurs is never sold once.

create table sesame.prices (
  livemode boolean not null,
  account text not null,
  id text not null,
  is_recurring boolean not null,
  primary key (id, account, livemode)
);

alter table sesame.prices enable row level security;

comment on table sesame.prices is
  'Prices and plans of which it is known whether they recur: from a line, a list, an item of a subscription, or the '
  'price itself. Private: no policy, written by process_stripe_events only.';
comment on column sesame.prices.is_recurring is 'True once any event said so.';

create function sesame.merge_prices(facts jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_changed jsonb;
begin
  with changed as (
    insert into sesame.prices as held
    select livemode, account, id, bool_or(is_recurring)
    from jsonb_to_recordset(facts) as fact (livemode boolean, account text, id text, is_recurring boolean)
    group by livemode, account, id
    on conflict (id, account, livemode) do update set is_recurring = true
      where excluded.is_recurring and not held.is_recurring
    returning id
  )
  select jsonb_build_object('price', jsonb_agg(distinct id)) into v_changed from changed having count(*) > 0;
  return coalesce(v_changed, '{}');
end
$$;

comment on function sesame.merge_prices is 'Answers the prices {price: [id, …]} that changed.';

-- chapter: 20261121001500_invoices.sql

-- Facts of Invoices: a one-off sale, or one bill of a subscription. Their lines are in invoice_lines.

create type sesame.invoice_status as enum ('draft', 'open', 'uncollectible', 'void', 'paid');

create table sesame.invoices (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.invoice_status not null,
  amount_paid bigint not null,
  amount_credited bigint not null,
  total bigint,
  created_at timestamptz,
  paid_at timestamptz,
  due_at timestamptz,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  subscription_user_ref text,
  subscription_user_ref_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  lines_at timestamptz not null,
  lines_status sesame.invoice_status not null,
  lines_complete boolean not null,
  lines_are_fetched boolean not null,
  lines_digest text not null,
  subscription_id text,
  payment_intent_id text,
  charge_id text,
  customer_id text,
  email text,
  primary key (id, account, livemode)
);

create index invoices_subscription_id_idx on sesame.invoices (subscription_id) where subscription_id is not null;
create index invoices_payment_intent_id_idx on sesame.invoices (payment_intent_id)
  where payment_intent_id is not null;
create index invoices_charge_id_idx on sesame.invoices (charge_id) where charge_id is not null;
create index invoices_customer_id_idx on sesame.invoices (customer_id)
  where customer_id is not null;
create index invoices_module_ref_idx on sesame.invoices (module_ref) where module_ref is not null;

alter table sesame.invoices enable row level security;

comment on table sesame.invoices is
  'The facts of each Invoice. Private: no policy, written by process_stripe_events only.';
comment on column sesame.invoices.amount_credited is 'The amount that credit notes took off before the invoice was paid.';
comment on column sesame.invoices.total is
  'From the snapshot that its lines came from, like due_at. Negative where credits exceed the other lines.';
comment on column sesame.invoices.paid_at is
  'When it was paid: the time on the invoice, else that of the earliest event that says paid.';
comment on column sesame.invoices.due_at is 'The due date of an invoice that is sent to the customer.';
comment on column sesame.invoices.user_ref is 'Its own metadata.user_id as first written.';
comment on column sesame.invoices.unnamed_at is 'The earliest snapshot without a user_ref.';
comment on column sesame.invoices.subscription_user_ref is
  'The user that its subscription named when the invoice was finalized.';
comment on column sesame.invoices.lines_at is
  'The stamp of the snapshot whose lines are kept. lines_status, lines_complete and lines_are_fetched describe that '
  'snapshot.';
comment on column sesame.invoices.lines_complete is 'False: Stripe has more lines, and none of them counts yet.';
comment on column sesame.invoices.lines_digest is 'A digest of its lines, so that equal lines are not written again.';
comment on column sesame.invoices.email is
  'The customer''s address on a paid invoice, where it is frozen; tidied, never verified.';

-- chapter: 20261121001510_invoice_lines.sql

-- Facts of invoice lines: price, amount, period, and item of the subscription. A line has no id here, because
-- Stripe's ids differ between API versions, and so does the order.

create type sesame.invoice_line_kind as enum ('subscription', 'invoice_item');

create table sesame.invoice_lines (
  livemode boolean not null,
  account text not null,
  invoice_id text not null,
  position integer not null,
  kind sesame.invoice_line_kind not null,
  subscription_id text,
  subscription_item_id text,
  price_id text,
  period_start timestamptz,
  period_end timestamptz,
  amount bigint not null,
  discount_amount bigint not null,
  quantity bigint,
  is_proration boolean not null,
  is_credit boolean not null generated always as (amount < 0 or coalesce(quantity, 0) < 0) stored,
  stands_alone boolean not null generated always as (
    kind = 'invoice_item' and subscription_item_id is null and price_id is not null
    and not is_proration and amount >= 0 and coalesce(quantity, 0) >= 0
  ) stored,
  primary key (invoice_id, position, account, livemode)
);

create index invoice_lines_subscription_id_period_end_idx on sesame.invoice_lines (subscription_id, period_end)
  where subscription_id is not null;
create index invoice_lines_price_id_idx on sesame.invoice_lines (price_id) where price_id is not null;
create index invoice_lines_credits_idx on sesame.invoice_lines (subscription_id, period_end)
  where is_credit and subscription_id is not null;
create index invoice_lines_standing_alone_idx on sesame.invoice_lines (subscription_id)
  where stands_alone and subscription_id is not null;

alter table sesame.invoice_lines enable row level security;

comment on table sesame.invoice_lines is
  'The lines of the newest snapshot of each Invoice. Private: no policy, written by merge_invoices only.';
comment on column sesame.invoice_lines.position is
  'The place of the line in that snapshot, from 1. It does not identify a line.';
comment on column sesame.invoice_lines.subscription_id is
  'The subscription of the line itself, else that of the invoice.';
comment on column sesame.invoice_lines.amount is 'Before discounts, in the smallest unit of the currency.';
comment on column sesame.invoice_lines.is_credit is 'A credit: a negative amount or quantity.';
comment on column sesame.invoice_lines.stands_alone is
  'Billed by itself, for no item of a subscription: a one-time sale, unless its price recurs.';

create view sesame.billed_lines as
select
  line.livemode, line.account, line.invoice_id, line.subscription_id, line.subscription_item_id, line.price_id,
  line.period_start, line.period_end, line.amount - line.discount_amount as cost, line.is_credit,
  line.stands_alone and not coalesce(price.is_recurring, false) as is_sale,
  invoice.status, coalesce(invoice.created_at, '-infinity') as created_at,
  -- Usage is billed when its period is over, and not owed before.
  coalesce(invoice.due_at, case when line.period_end <= invoice.created_at then invoice.created_at end, line.period_start)
    as owed_from
from sesame.invoice_lines as line
-- Look-ups, see docs/decisions/0007_plans_are_fixed.md: a join may read all invoices there are.
cross join lateral (
  select status, created_at, due_at, lines_complete from sesame.invoices
  where (id, account, livemode) = (line.invoice_id, line.account, line.livemode)
  offset 0
) as invoice
left join lateral (
  select is_recurring from sesame.prices
  where line.stands_alone and (id, account, livemode) = (line.price_id, line.account, line.livemode)
  offset 0
) as price on true
where invoice.lines_complete;

comment on view sesame.billed_lines is
  'The lines that count: those of complete lists. A sale is one-time; any other line bills an item of a '
  'subscription. owed_from: the day from which an unpaid one is owed.';

-- chapter: 20261121001520_merge_invoices.sql

-- Invoices and their lines are merged together: the lines are those of the newest snapshot.

create function sesame.merge_invoices(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, is_fetch boolean, id text,
      status sesame.invoice_status, amount_paid bigint, amount_credited bigint, total bigint,
      created bigint, paid_at bigint, due_at bigint,
      user_ref text, subscription_user_ref text, module_ref text, lines jsonb, lines_complete boolean,
      subscription_id text, payment_intent_id text, charge_id text, customer_id text, email text
    )
  ),
  known as (
    select
      livemode, account, id, status, amount_paid, coalesce(amount_credited, 0) as amount_credited, total,
      to_timestamp(created) as created_at,
      case when status = 'paid' then coalesce(to_timestamp(said.paid_at), said_at) end as paid_at,
      to_timestamp(due_at) as due_at,
      user_ref, case when user_ref is not null then said_at end as user_ref_at,
      case when user_ref is null then said_at end as unnamed_at,
      subscription_user_ref,
      case when subscription_user_ref is not null then said_at end as subscription_user_ref_at,
      module_ref, case when module_ref is not null then said_at end as module_ref_at,
      said_at as lines_at, status as lines_status, lines_complete, is_fetch as lines_are_fetched,
      md5(lines::text) as lines_digest,
      subscription_id, payment_intent_id, charge_id, customer_id,
      case when status = 'paid' then sesame.tidy_email(email) end as email,
      lines
    from said
    union all
    select held.*, null
    from sesame.invoices as held
    where held.id = any (array(select id from said))
  ),
  -- The newest of several lists counts. But the lines of a finalized invoice are frozen, so a complete list beats an
  -- incomplete one. The stored list comes before an equal new one, which need not be written.
  ranked as (
    select *, row_number() over (
      partition by id, account, livemode
      order by lines_complete and lines_status <> 'draft' desc, lines_at desc, lines_status desc,
        lines_complete desc, lines_are_fetched desc, lines_digest desc,
        total desc nulls last, due_at desc nulls last, lines is null desc
    ) = 1 as is_newest
    from known
  ),
  merged as materialized (
    select
      livemode, account, id, max(status) as status, max(amount_paid) as amount_paid,
      max(amount_credited) as amount_credited, max(total) filter (where is_newest) as total,
      min(created_at) as created_at, min(paid_at) as paid_at, max(due_at) filter (where is_newest) as due_at,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref,
      min(user_ref_at) as user_ref_at, min(unnamed_at) as unnamed_at,
      (array_agg(subscription_user_ref order by subscription_user_ref_at, subscription_user_ref))[1]
        as subscription_user_ref,
      min(subscription_user_ref_at) as subscription_user_ref_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      max(lines_at) filter (where is_newest) as lines_at,
      max(lines_status) filter (where is_newest) as lines_status,
      bool_or(lines_complete) filter (where is_newest) as lines_complete,
      bool_or(lines_are_fetched) filter (where is_newest) as lines_are_fetched,
      max(lines_digest) filter (where is_newest) as lines_digest,
      min(subscription_id) as subscription_id, min(payment_intent_id) as payment_intent_id,
      min(charge_id) as charge_id, min(customer_id) as customer_id, min(email) as email,
      (array_agg(lines) filter (where is_newest))[1] as new_lines
    from ranked
    group by livemode, account, id
  ),
  written as (
    insert into sesame.invoice_lines as held (
      livemode, account, invoice_id, position, kind, subscription_id, subscription_item_id, price_id,
      period_start, period_end, amount, discount_amount, quantity, is_proration
    )
    select
      merged.livemode, merged.account, merged.id, line.position, coalesce(said.kind, 'invoice_item'),
      said.subscription_id, said.subscription_item_id, said.price_id,
      to_timestamp(said.period_start), to_timestamp(said.period_end),
      coalesce(said.amount, 0), coalesce(said.discount_amount, 0), said.quantity, coalesce(said.is_proration, false)
    from merged
    cross join lateral jsonb_array_elements(merged.new_lines) with ordinality as line (fields, position)
    cross join lateral jsonb_to_record(line.fields) as said (
      kind sesame.invoice_line_kind, subscription_id text, subscription_item_id text, price_id text,
      period_start bigint, period_end bigint, amount bigint, discount_amount bigint, quantity bigint,
      is_proration boolean
    )
    on conflict (invoice_id, position, account, livemode) do update set
      (kind, subscription_id, subscription_item_id, price_id, period_start, period_end, amount, discount_amount,
       quantity, is_proration)
      = (excluded.kind, excluded.subscription_id, excluded.subscription_item_id, excluded.price_id,
         excluded.period_start, excluded.period_end, excluded.amount, excluded.discount_amount,
         excluded.quantity, excluded.is_proration)
      where held is distinct from excluded
  ),
  removed as (
    delete from sesame.invoice_lines as line
    using merged
    where line.invoice_id = any (array(select id from merged where new_lines is not null))
      and (line.invoice_id, line.account, line.livemode) = (merged.id, merged.account, merged.livemode)
      and line.position > jsonb_array_length(merged.new_lines)
  )
  insert into sesame.invoices as held
  select
    livemode, account, id, status, amount_paid, amount_credited, total, created_at, paid_at, due_at,
    user_ref, user_ref_at, unnamed_at, subscription_user_ref, subscription_user_ref_at, module_ref, module_ref_at,
    lines_at, lines_status, lines_complete, lines_are_fetched, lines_digest,
    subscription_id, payment_intent_id, charge_id, customer_id, email
  from merged
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount_paid, amount_credited, total, created_at, paid_at, due_at, user_ref,
     user_ref_at, unnamed_at, subscription_user_ref, subscription_user_ref_at, module_ref, module_ref_at,
     lines_at, lines_status, lines_complete, lines_are_fetched, lines_digest, subscription_id,
     payment_intent_id, charge_id, customer_id, email)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001600_subscriptions.sql

-- Facts of Subscriptions: the newest snapshot as a whole. A snapshot of an ended subscription is final.

create type sesame.subscription_status as enum (
  'incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled',
  'incomplete_expired', 'unknown'
);

create table sesame.subscriptions (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  status sesame.subscription_status not null,
  is_paused boolean not null,
  cancel_at timestamptz,
  cancel_at_period_end boolean not null,
  ended_at timestamptz,
  trial_end timestamptz,
  latest_invoice_id text,
  collection_method text not null,
  items jsonb not null,
  items_complete boolean not null,
  price_ids text[] not null,
  user_ref text,
  user_ref_at timestamptz,
  unnamed_at timestamptz,
  module_ref text,
  module_ref_at timestamptz,
  created_at timestamptz,
  customer_id text,
  primary key (id, account, livemode),
  constraint subscriptions_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array'),
  constraint subscriptions_items_is_an_array check (jsonb_typeof(items) = 'array')
)
-- Room for the next version of a row beside it. A renewal then writes no index, as no index names what it changes.
with (fillfactor = 80);

create index subscriptions_customer_id_idx on sesame.subscriptions (customer_id)
  where customer_id is not null;
create index subscriptions_module_ref_idx on sesame.subscriptions (module_ref)
  where module_ref is not null;
create index subscriptions_price_ids_idx on sesame.subscriptions using gin (price_ids);

alter table sesame.subscriptions enable row level security;

comment on table sesame.subscriptions is
  'The newest snapshot of each Subscription. Private: no policy, written by process_stripe_events only.';
comment on column sesame.subscriptions.snapshots is
  'The facts that share the newest stamp: one, or those that tie (sesame.newest_of).';
comment on column sesame.subscriptions.is_settled is
  'False: snapshots tie, and only Stripe can settle it. The choice holds until the object is read again.';
comment on column sesame.subscriptions.is_paused is 'Collection is paused; the status stays active.';
comment on column sesame.subscriptions.items is
  'The set of items: [{id, price_id, quantity, current_period_start, current_period_end}], periods in Unix seconds.';
comment on column sesame.subscriptions.collection_method is
  'send_invoice: its invoices are sent to the customer; charge_automatically: they are charged.';
comment on column sesame.subscriptions.unnamed_at is 'The earliest snapshot without a user_ref.';

create function sesame.merge_subscriptions(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *, to_timestamp(stamp) as said_at
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, stamp bigint, id text, created bigint,
      customer_id text, user_ref text, module_ref text
    )
  ),
  bindings as (
    select
      livemode, account, id,
      (array_agg(user_ref order by user_ref_at, user_ref))[1] as user_ref,
      min(user_ref_at) as user_ref_at, min(unnamed_at) as unnamed_at,
      (array_agg(module_ref order by module_ref_at, module_ref))[1] as module_ref,
      min(module_ref_at) as module_ref_at,
      min(created_at) as created_at, min(customer_id) as customer_id
    from (
      select
        livemode, account, id,
        user_ref, case when user_ref is not null then said_at end as user_ref_at,
        case when user_ref is null then said_at end as unnamed_at,
        module_ref, case when module_ref is not null then said_at end as module_ref_at,
        to_timestamp(created) as created_at, customer_id
      from said
      union all
      select
        livemode, account, id, user_ref, user_ref_at, unnamed_at, module_ref, module_ref_at, created_at, customer_id
      from sesame.subscriptions
      where id = any (array(select id from said))
    ) as known
    group by livemode, account, id
  ),
  kept as materialized (
    select livemode, account, id, sesame.newest_of(jsonb_agg(snapshot)) as snapshots
    from (
      select
        (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
        fact || jsonb_build_object('is_final', fact ->> 'status' in ('canceled', 'incomplete_expired')) as snapshot
      from jsonb_array_elements(facts) as fact
      union all
      select livemode, account, id, jsonb_array_elements(snapshots)
      from sesame.subscriptions
      where id = any (array(select id from said))
    ) as known
    group by livemode, account, id
  ),
  newest as materialized (
    select *, sesame.decide_tie(snapshots, enum_range(null::sesame.subscription_status)::text[]) as chosen
    from kept
  )
  insert into sesame.subscriptions as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, chosen.status, chosen.is_paused,
    to_timestamp(chosen.cancel_at), chosen.cancel_at_period_end,
    to_timestamp(chosen.ended_at), to_timestamp(chosen.trial_end),
    chosen.latest_invoice_id, coalesce(chosen.collection_method, 'charge_automatically'),
    chosen.items, chosen.items_complete,
    array(
      select distinct item ->> 'price_id' from jsonb_array_elements(chosen.items) as item order by 1
    ),
    bindings.user_ref, bindings.user_ref_at, bindings.unnamed_at, bindings.module_ref, bindings.module_ref_at,
    bindings.created_at, bindings.customer_id
  from newest
  join bindings using (livemode, account, id)
  cross join lateral jsonb_to_record(newest.chosen) as chosen (
    is_settled boolean, status sesame.subscription_status, is_paused boolean,
    cancel_at bigint, cancel_at_period_end boolean, ended_at bigint, trial_end bigint,
    latest_invoice_id text, collection_method text, items jsonb, items_complete boolean
  )
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, status, is_paused, cancel_at, cancel_at_period_end,
     ended_at, trial_end, latest_invoice_id, collection_method, items, items_complete, price_ids, user_ref,
     user_ref_at, unnamed_at, module_ref, module_ref_at, created_at, customer_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001610_merge_subscription.sql

-- The merge of one fact. Many events are about one subscription and alone in their call, and a set of one costs more. It
-- decides as merge_subscriptions() does: the proofs deliver the same events singly and together.

create function sesame.merge_subscription(
  fact jsonb, out former sesame.subscriptions, out present sesame.subscriptions
)
language plpgsql volatile set search_path = '' as $$
declare
  v_at timestamptz := to_timestamp((fact ->> 'stamp')::bigint);
  v_snapshots jsonb := jsonb_build_array(
    fact || jsonb_build_object('is_final', fact ->> 'status' in ('canceled', 'incomplete_expired')));
  v_chosen jsonb;
begin
  select held.* into former from sesame.subscriptions as held
  where (held.id, held.account, held.livemode)
    = (fact ->> 'id', fact ->> 'account', (fact ->> 'livemode')::boolean);

  present := former;
  present.livemode := (fact ->> 'livemode')::boolean;
  present.account := fact ->> 'account';
  present.id := fact ->> 'id';
  present.snapshots := sesame.newest_of(coalesce(former.snapshots, '[]') || v_snapshots);
  v_chosen := sesame.decide_tie(present.snapshots, enum_range(null::sesame.subscription_status)::text[]);
  present.is_settled := v_chosen -> 'is_settled';
  present.status := v_chosen ->> 'status';
  present.is_paused := v_chosen -> 'is_paused';
  present.cancel_at := to_timestamp((v_chosen ->> 'cancel_at')::bigint);
  present.cancel_at_period_end := v_chosen -> 'cancel_at_period_end';
  present.ended_at := to_timestamp((v_chosen ->> 'ended_at')::bigint);
  present.trial_end := to_timestamp((v_chosen ->> 'trial_end')::bigint);
  present.latest_invoice_id := v_chosen ->> 'latest_invoice_id';
  present.collection_method := coalesce(v_chosen ->> 'collection_method', 'charge_automatically');
  present.items := v_chosen -> 'items';
  present.items_complete := v_chosen -> 'items_complete';
  present.price_ids := array(
    select distinct item ->> 'price_id' from jsonb_array_elements(present.items) as item order by 1
  );
  if fact ->> 'user_ref' is null then
    present.unnamed_at := least(former.unnamed_at, v_at);
  elsif coalesce((v_at, fact ->> 'user_ref') < (former.user_ref_at, former.user_ref), true) then
    present.user_ref := fact ->> 'user_ref';
    present.user_ref_at := v_at;
  end if;
  if fact ->> 'module_ref' is not null
    and coalesce((v_at, fact ->> 'module_ref') < (former.module_ref_at, former.module_ref), true) then
    present.module_ref := fact ->> 'module_ref';
    present.module_ref_at := v_at;
  end if;
  present.created_at := least(former.created_at, to_timestamp((fact ->> 'created')::bigint));
  present.customer_id := least(former.customer_id, fact ->> 'customer_id');

  if former.id is null then
    insert into sesame.subscriptions select present.*;
  elsif present is distinct from former then
    update sesame.subscriptions set
      (snapshots, is_settled, status, is_paused, cancel_at, cancel_at_period_end, ended_at, trial_end,
       latest_invoice_id, collection_method, items, items_complete, price_ids, user_ref, user_ref_at, unnamed_at,
       module_ref, module_ref_at, created_at, customer_id)
      = (present.snapshots, present.is_settled, present.status, present.is_paused, present.cancel_at,
         present.cancel_at_period_end, present.ended_at, present.trial_end, present.latest_invoice_id,
         present.collection_method, present.items, present.items_complete, present.price_ids, present.user_ref,
         present.user_ref_at, present.unnamed_at, present.module_ref, present.module_ref_at, present.created_at,
         present.customer_id)
    where (id, account, livemode) = (former.id, former.account, former.livemode);
  end if;
end
$$;

comment on function sesame.merge_subscription is 'Answers the row before and after: equal if the fact says nothing new.';

-- chapter: 20261121001700_disputes.sql

-- Facts of Disputes: the newest snapshot. No status is final: a lost dispute may be appealed and won.

create type sesame.dispute_status as enum (
  'warning_needs_response', 'warning_under_review', 'warning_closed',
  'needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review',
  'prevented', 'won', 'lost', 'unknown'
);

create table sesame.disputes (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  status sesame.dispute_status not null,
  amount bigint not null,
  charge_id text,
  payment_intent_id text,
  primary key (id, account, livemode),
  constraint disputes_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);

create index disputes_charge_id_idx on sesame.disputes (charge_id) where charge_id is not null;
create index disputes_payment_intent_id_idx on sesame.disputes (payment_intent_id)
  where payment_intent_id is not null;

alter table sesame.disputes enable row level security;

comment on table sesame.disputes is
  'The newest snapshot of each Dispute. Private: no policy, written by process_stripe_events only.';
comment on column sesame.disputes.snapshots is
  'The facts that share the newest stamp: one, or those that tie (sesame.newest_of).';
comment on column sesame.disputes.is_settled is
  'False: snapshots tie, and only Stripe can settle it. The choice holds until the object is read again.';

create function sesame.merge_disputes(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with known as (
    select
      (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
      fact || '{"is_final": false}' as snapshot,
      fact ->> 'charge_id' as charge_id, fact ->> 'payment_intent_id' as payment_intent_id
    from jsonb_array_elements(facts) as fact
    union all
    select livemode, account, id, jsonb_array_elements(snapshots), charge_id, payment_intent_id
    from sesame.disputes
    where id = any (array(select fact ->> 'id' from jsonb_array_elements(facts) as fact))
  ),
  kept as materialized (
    select
      livemode, account, id, sesame.newest_of(jsonb_agg(snapshot)) as snapshots,
      min(charge_id) as charge_id, min(payment_intent_id) as payment_intent_id
    from known
    group by livemode, account, id
  ),
  newest as materialized (
    select *, sesame.decide_tie(snapshots, enum_range(null::sesame.dispute_status)::text[]) as chosen
    from kept
  )
  insert into sesame.disputes as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, chosen.status, chosen.amount,
    newest.charge_id, newest.payment_intent_id
  from newest
  cross join lateral jsonb_to_record(newest.chosen) as chosen (
    is_settled boolean, status sesame.dispute_status, amount bigint
  )
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, status, amount, charge_id, payment_intent_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001800_invoice_payments.sql

-- Facts of InvoicePayments: since API version 2025-03-31 the only source for which payment pays which invoice.

create type sesame.invoice_payment_status as enum ('open', 'canceled', 'paid');

create table sesame.invoice_payments (
  livemode boolean not null,
  account text not null,
  id text not null,
  status sesame.invoice_payment_status not null,
  amount_paid bigint not null,
  invoice_id text,
  payment_intent_id text,
  charge_id text,
  primary key (id, account, livemode)
);

create index invoice_payments_invoice_id_idx on sesame.invoice_payments (invoice_id)
  where invoice_id is not null;
create index invoice_payments_payment_intent_id_idx on sesame.invoice_payments (payment_intent_id)
  where payment_intent_id is not null;
create index invoice_payments_charge_id_idx on sesame.invoice_payments (charge_id)
  where charge_id is not null;

alter table sesame.invoice_payments enable row level security;

comment on table sesame.invoice_payments is
  'The facts of each InvoicePayment. Private: no policy, written by process_stripe_events only.';

create function sesame.merge_invoice_payments(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with said as (
    select *
    from jsonb_to_recordset(facts) as fact (
      livemode boolean, account text, id text, status sesame.invoice_payment_status,
      amount_paid bigint, invoice_id text, payment_intent_id text, charge_id text
    )
  ),
  known as (
    select * from said
    union all
    select held.* from sesame.invoice_payments as held where held.id = any (array(select id from said))
  )
  insert into sesame.invoice_payments as held
  select
    livemode, account, id, max(status), max(amount_paid),
    min(invoice_id), min(payment_intent_id), min(charge_id)
  from known
  group by livemode, account, id
  on conflict (id, account, livemode) do update set
    (livemode, account, id, status, amount_paid, invoice_id, payment_intent_id, charge_id)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001900_customers.sql

-- Facts of Customers: they name the buyer where the purchase itself does not.

create table sesame.customers (
  livemode boolean not null,
  account text not null,
  id text not null,
  snapshots jsonb not null,
  is_settled boolean not null,
  is_deleted boolean not null,
  user_ref text,
  user_ref_at timestamptz,
  email text,
  primary key (id, account, livemode),
  constraint customers_snapshots_is_an_array check (jsonb_typeof(snapshots) = 'array')
);

alter table sesame.customers enable row level security;

comment on table sesame.customers is
  'The newest snapshot of each Customer. Private: no policy, written by process_stripe_events only.';
comment on column sesame.customers.user_ref is 'metadata.user_id as it is now.';
comment on column sesame.customers.user_ref_at is 'Since when it has named a user.';
comment on column sesame.customers.email is 'Tidied; never verified.';
comment on column sesame.customers.is_deleted is 'Deleted at Stripe. The customer keeps their purchases.';

create function sesame.merge_customers(facts jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with known as (
    select
      (fact ->> 'livemode')::boolean as livemode, fact ->> 'account' as account, fact ->> 'id' as id,
      -- A deleted customer comes without metadata, so the earlier values stay.
      case when not (fact ->> 'is_deleted')::boolean then fact || '{"is_final": false}' end as snapshot,
      (fact ->> 'is_deleted')::boolean as is_deleted,
      case when fact ->> 'user_ref' is not null then to_timestamp((fact ->> 'stamp')::bigint) end as user_ref_at
    from jsonb_array_elements(facts) as fact
    union all
    select livemode, account, id, snapshot, is_deleted, user_ref_at
    from sesame.customers
    left join lateral jsonb_array_elements(snapshots) as snapshot on true
    where id = any (array(select fact ->> 'id' from jsonb_array_elements(facts) as fact))
  ),
  kept as materialized (
    select
      livemode, account, id, bool_or(is_deleted) as is_deleted, min(user_ref_at) as user_ref_at,
      coalesce(sesame.newest_of(jsonb_agg(snapshot) filter (where snapshot is not null)), '[]') as snapshots
    from known
    group by livemode, account, id
  ),
  newest as materialized (
    select *,
      case when snapshots = '[]' then '{"is_settled": true}'
        else sesame.decide_tie(snapshots, '{}') end as chosen
    from kept
  )
  insert into sesame.customers as held
  select
    livemode, account, id, newest.snapshots, chosen.is_settled, newest.is_deleted,
    chosen.user_ref, newest.user_ref_at, sesame.tidy_email(chosen.email)
  from newest
  cross join lateral jsonb_to_record(newest.chosen) as chosen (is_settled boolean, user_ref text, email text)
  on conflict (id, account, livemode) do update set
    (livemode, account, id, snapshots, is_settled, is_deleted, user_ref, user_ref_at, email)
    = row (excluded.*)
    where held is distinct from excluded;
end
$$;

-- chapter: 20261121001910_codes.sql

-- Every code that explain, examine and alerts can name. diagnosis/codes.ts says what each means and how it is fixed; a
-- test compares the two. Where a code is written as a literal of this type, an unknown one is an error of Postgres. The
-- codes are in alphabetical order, so that sorting by code is sorting by name.

create type sesame.code as enum (
  'access_drifted', 'access_missing', 'access_stale', 'access_unpaid', 'address_claims_off', 'address_differs',
  'belongs_to_another', 'buyer_unknown', 'buyers_differ', 'canceled', 'claim_missed', 'claim_refunded', 'denied',
  'dispute_unanswered', 'disputed', 'email_unverified', 'event_failed', 'event_waiting', 'exhausted', 'expired',
  'fetch_pending',
  'fold_pending', 'foreign_account', 'fraud_warning', 'grant_missing', 'grants_stale', 'line_items_unknown', 'module_unknown',
  'no_account', 'no_purchase_known', 'no_such_module', 'not_bought', 'not_delivered', 'nothing_bought',
  'nothing_delivered', 'opens_nothing', 'paid_after_end', 'past_due_expired', 'paused', 'payment_failed',
  'pending_payment', 'policy_missing', 'price_recurs', 'price_unmapped', 'refunded', 'revoked', 'rls_off',
  'subscription_missing', 'token_waits', 'unknown_reference', 'unknown_status', 'unpaid', 'user_unknown',
  'user_unreadable', 'webhook_refused', 'webhook_refused_body', 'webhook_refused_clock',
  'webhook_refused_endpoint', 'webhook_refused_secret', 'webhook_silent', 'wrong_mode'
);

comment on type sesame.code is
  'The codes of the runbook (docs/troubleshooting.md) that the database names. Every word of sesame.reason that closes '
  'access is one of them.';

-- chapter: 20261121001950_kinds.sql

-- Kinds of facts, and sets of objects by kind: {kind: [id, …]}.
--
-- Such a set may hold the sales of a whole price. So it is built by json_object_agg: jsonb_object_agg takes the square
-- of the time for a long array (6 s for 20,000 ids, Postgres 17).

create function sesame.kind_of(id text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case split_part(id, '_', 1)
    when 'cs' then 'checkout_session'
    when 'pi' then 'payment_intent'
    when 'ch' then 'charge'
    when 'py' then 'charge'
    when 're' then 'refund'
    when 'pyr' then 'refund'
    when 'dp' then 'dispute'
    when 'du' then 'dispute'
    when 'in' then 'invoice'
    when 'inpay' then 'invoice_payment'
    when 'sub' then 'subscription'
    when 'cus' then 'customer'
  end;
end
$$;

comment on function sesame.kind_of is
  'The kind of fact that a Stripe id names, by its prefix; null: no kind that Sesame keeps.';

create function sesame.by_kind(ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(json_object_agg(named.kind, named.ids)::jsonb, '{}')
    from (
      select sesame.kind_of(id) as kind, jsonb_agg(id) as ids
      from unnest(ids) as id where sesame.kind_of(id) is not null
      group by 1
    ) as named
  );
end
$$;

comment on function sesame.by_kind is 'Stripe ids as objects {kind: [id, …]}.';

create function sesame.ids_of(objects jsonb, kind text) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(select jsonb_array_elements_text(objects -> kind));
end
$$;

create function sesame.ids_in(objects jsonb) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(
    select distinct id
    from jsonb_each(objects) as found (kind, ids)
    cross join lateral jsonb_array_elements_text(found.ids) as id
  );
end
$$;

comment on function sesame.ids_in is 'The ids of objects {kind: [id, …]}.';

create function sesame.union_objects(objects jsonb, others jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_kind text;
  v_ids jsonb;
begin
  -- Nearly always one of the two is empty.
  if others is null or others = '{}' then
    return objects;
  elsif objects = '{}' then
    return others;
  end if;
  for v_kind, v_ids in select * from jsonb_each(others) loop
    objects := objects || jsonb_build_object(v_kind, coalesce(objects -> v_kind, '[]') || v_ids);
  end loop;
  return objects;
end
$$;

comment on function sesame.union_objects is 'The union of two sets of objects {kind: [id, …]}; others may be null.';

create function sesame.except_objects(objects jsonb, known jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_kind text;
begin
  if objects = '{}' then
    return objects;
  end if;
  -- A few ids: kind by kind, and nearly always there is one of a kind that is not in known.
  if pg_column_size(objects) < 400 then
    for v_kind in select * from jsonb_object_keys(objects) loop
      if known ? v_kind or jsonb_array_length(objects -> v_kind) > 1 then
        objects := objects || jsonb_build_object(v_kind, array(
          select distinct new.id from jsonb_array_elements_text(objects -> v_kind) as new (id)
          where (known -> v_kind) ? new.id is not true
        ));
        if objects -> v_kind = '[]' then
          objects := objects - v_kind;
        end if;
      end if;
    end loop;
    return objects;
  end if;
  -- As sets: a search in known for each id would take the square of the time.
  return (
    select coalesce(json_object_agg(reached.kind, unknown.ids)::jsonb, '{}')
    from jsonb_each(objects) as reached (kind, ids)
    cross join lateral (
      select jsonb_agg(new.id order by new.id collate "C") as ids
      from (
        select jsonb_array_elements_text(reached.ids) as id
        except
        select jsonb_array_elements_text(known -> reached.kind)
      ) as new
    ) as unknown
    where unknown.ids is not null
  );
end
$$;

comment on function sesame.except_objects is 'The objects {kind: [id, …]} that are not in known.';

create function sesame.portions_of(objects jsonb) returns setof jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if pg_column_size(objects) < 20000 then  -- some 500 ids
    return next objects;
    return;
  end if;
  return query
    select jsonb_build_object(given.kind, jsonb_agg(one.id))
    from jsonb_each(objects) as given (kind, ids)
    cross join lateral jsonb_array_elements(given.ids) with ordinality as one (id, place)
    group by given.kind, (one.place - 1) / 500;
end
$$;

comment on function sesame.portions_of is
  'The objects {kind: [id, …]} in portions of at most some 500. A plan of look-ups compares each row with every id '
  'that it was given. So the time for one portion is bounded, and the time for all grows with their number.';

-- chapter: 20261121001960_lock_fold.sql

-- Single writer, because two transactions that each hold one half of a join (a refund and its session) would not see
-- the other half: see docs/decisions/0002_single_writer.md.

create function sesame.lock_fold() returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- A snapshot older than the lock would not see the changes of the last writer.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise sqlstate 'SE001' using
      message = 'the fold needs read committed',
      detail = format('this transaction is %s', current_setting('transaction_isolation')),
      hint = 'Call it in a transaction of its own, with the default isolation level.';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('sesame.fold', 0));
end
$$;

comment on function sesame.lock_fold is
  'Takes the lock of the single writer until the transaction ends. SE001 at an isolation level where it would not protect.';

-- A fold takes a few milliseconds. Waiting for so long costs less than storing the events for a later fold.
create function sesame.lock_fold_soon() returns boolean
language plpgsql volatile set search_path = '' set lock_timeout = '3ms' as $$
begin
  perform sesame.lock_fold();
  return true;
exception when lock_not_available then
  return false;
end
$$;

comment on function sesame.lock_fold_soon is
  'Takes the lock as lock_fold() does, if it is free within 3 ms. False: another transaction holds it.';

-- A member waits at the screen, so their functions wait for a lock two seconds at most. PostgREST answers 503 to PT503,
-- and 500 to 55P03 (lock_not_available).
create function sesame.refuse_for_now() returns void
language plpgsql volatile set search_path = '' as $$
begin
  raise sqlstate 'PT503' using
    message = 'access is being written by others',
    hint = 'Nothing was changed. Try again in a moment.';
end
$$;

comment on function sesame.refuse_for_now is 'Raises PT503: a member''s call did not get a lock in time.';

-- chapter: 20261121001970_is_transient.sql

-- Errors that a retry may fix.

create function sesame.is_transient(state text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  -- These are the classes connection, rollback, resources, operator intervention and system, and the code lock not
  -- available.
  return left(state, 2) in ('08', '40', '53', '57', '58') or state = '55P03';
end
$$;

comment on function sesame.is_transient is
  'Whether a SQLSTATE is a temporary error that is not the event''s fault. If so, the call fails and Stripe '
  'tries again.';

-- Postgres has one code for both. The timer also counts the time before a prepared statement begins.
create function sesame.is_timeout(state text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_limit interval := current_setting('statement_timeout');
begin
  return state = '57014' and v_limit > '0' and clock_timestamp() - statement_timestamp() > v_limit * 0.7;
end
$$;

comment on function sesame.is_timeout is
  'Whether an error with this SQLSTATE is the statement_timeout, and no cancel by an operator.';

-- chapter: 20261121002000_reasons.sql

-- The reasons why access is open or closed. The order is the rank: where several reasons close, the first one counts.

create type sesame.reason as enum (
  -- open
  'purchase', 'subscription', 'manual', 'token', 'free',
  -- closed
  'denied', 'disputed', 'refunded', 'canceled', 'unpaid', 'paused', 'payment_failed',
  'past_due_expired', 'expired', 'pending_payment', 'unknown_status', 'revoked'
);

comment on type sesame.reason is
  'Codes of module_access.metadata: the first five open, the others close, the gravest first.';

-- chapter: 20261121002010_sold_modules.sql

-- The modules that a sale opens: mapped prices decide, and metadata names the module of an unmapped price.

create function sesame.sold_modules(price_ids text[], module_ref text)
returns table (
  module_id bigint, price_id text, access_level text, max_usage integer, access_duration interval
)
language plpgsql stable rows 1 set search_path = '' as $$
begin
  return query
    select offer.module_id, offer.stripe_price_id, offer.access_level, offer.max_usage, offer.access_duration
    from public.module_prices as offer
    where offer.stripe_price_id = any (price_ids);
  if module_ref is null then
    return;
  end if;

  return query
    select module.id, null::text, 'standard', null::integer, null::interval
    from public.modules as module
    where (
        module.slug = module_ref
        or module.id = case when module_ref ~ '^[0-9]{1,18}$' then module_ref::bigint end
      )
      and (
        coalesce(cardinality(price_ids), 0) = 0
        or exists (select from unnest(price_ids) as price (id) where sesame.is_unmapped(price.id))
      )
      -- A module that one of the prices sells has the terms of that price.
      and not exists (
        select from public.module_prices as offer
        where offer.module_id = module.id and offer.stripe_price_id = any (price_ids)
      );
end
$$;

comment on function sesame.sold_modules is
  'The modules that these prices and this metadata.module_id (id or slug) sell, with their terms; price_id null: by metadata.';

create function sesame.is_unmapped(price_id text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return not exists (select from public.module_prices as offer where offer.stripe_price_id = price_id)
    and not exists (select from sesame.extra_prices as extra where extra.stripe_price_id = price_id);
end
$$;

comment on function sesame.is_unmapped is 'Whether a price opens nothing, and is not marked as opening nothing on purpose.';

-- chapter: 20261121002020_returned_accounts.sql

-- A deleted account whose owner came back: the new account replaces the old one wherever that one is named.
-- See docs/decisions/0011_returned_accounts.md.

create table sesame.returned_accounts (
  former_id uuid primary key,
  user_id uuid not null,
  returned_at timestamptz not null default clock_timestamp(),
  constraint returned_accounts_are_two_accounts check (former_id <> user_id)
);

create index returned_accounts_user_id_idx on sesame.returned_accounts (user_id);

alter table sesame.returned_accounts enable row level security;

comment on table sesame.returned_accounts is
  'Deleted accounts (former_id) and the account that was made again with the same verified address (user_id). Of '
  'several deleted accounts in a row, each leads to the last account. Private: no policy, written by hand_over only.';
comment on column sesame.returned_accounts.returned_at is
  'Grants by hand to the former account later than this stay with it.';

create function sesame.accounts_of(of_user uuid) returns uuid[]
language plpgsql stable set search_path = '' as $$
begin
  return of_user || array(select former_id from sesame.returned_accounts where user_id = of_user);
end
$$;

comment on function sesame.accounts_of is 'A user and the deleted accounts that this user had before.';

create function sesame.refs_of(of_user uuid) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return sesame.accounts_of(of_user)::text[];
end
$$;

comment on function sesame.refs_of is 'The same ids as text, as a site writes them into metadata.';

create function sesame.present_account(named uuid) returns uuid
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((select user_id from sesame.returned_accounts where former_id = named), named);
end
$$;

comment on function sesame.present_account is
  'The present account of a user: the new one where this account was deleted and made again, else this one.';

-- chapter: 20261121002030_members.sql

-- The accounts and their verified addresses, and the lock of an address while an account verifies it.

create view sesame.confirmed_users as
select users.id, users.email::text as email
from auth.users
-- Several accounts of single sign-on may share an address, and their provider has verified it, not Auth.
where users.email_confirmed_at is not null and users.is_sso_user = false;

comment on view sesame.confirmed_users is 'Accounts whose address Auth has confirmed, with that address as Auth keeps it.';

create view sesame.verified_users as
select id, email from sesame.confirmed_users
where (select verified_email_claims from sesame.settings where settings.id);

comment on view sesame.verified_users is
  'The same accounts while verified_email_claims is on; no rows while it is off.';

-- Auth has an index on addresses as they are written. Almost all are written as we compare them; the others (an
-- import with capitals, a domain in Unicode) are found by this table.
create table sesame.respelled_users (
  user_id uuid primary key,
  address_hash bigint not null
);

create index respelled_users_address_hash_idx on sesame.respelled_users (address_hash);

alter table sesame.respelled_users enable row level security;

comment on table sesame.respelled_users is
  'Accounts whose address Auth keeps in another spelling than ours. A row may be out of date: the account itself '
  'decides. Private: no policy, written by note_spelling only.';

create function sesame.address_hash(address text) returns bigint
language plpgsql immutable strict set search_path = '' as $$
begin
  return hashtextextended(address, 0);
end
$$;

create function sesame.note_spelling(of_user uuid, written text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if sesame.tidy_email(written) <> written then
    insert into sesame.respelled_users (user_id, address_hash)
    values (of_user, sesame.address_hash(sesame.tidy_email(written)))
    on conflict (user_id) do update set address_hash = excluded.address_hash;
  end if;
end
$$;

-- Accounts that are older than this table.
insert into sesame.respelled_users (user_id, address_hash)
select users.id, sesame.address_hash(sesame.tidy_email(users.email))
from auth.users
where sesame.tidy_email(users.email) <> users.email;

create function sesame.find_members(addresses text[]) returns table (id uuid, address text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select member.id, member.email from sesame.verified_users as member where member.email = any (addresses)
    union all
    select member.id, sesame.tidy_email(member.email)
    from sesame.respelled_users as respelled
    cross join lateral (
      select verified.id, verified.email from sesame.verified_users as verified where verified.id = respelled.user_id
      offset 0
    ) as member
    where respelled.address_hash = any (array(select sesame.address_hash(wanted) from unnest(addresses) as wanted))
      and member.email <> all (addresses) and sesame.tidy_email(member.email) = any (addresses);
end
$$;

comment on function sesame.find_members is
  'Members who have verified one of these addresses, which are tidy, however Auth spells it.';

create function sesame.address_key(address text) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  -- There are 64 keys, so that a fold of any size holds at most 64 locks.
  return hashtextextended('sesame.address', hashtext(address) & 63);
end
$$;

comment on function sesame.address_key is 'The advisory lock of an address.';

create function sesame.lock_addresses(addresses text[]) returns void
language plpgsql volatile set search_path = '' set lock_timeout = '50ms' as $$
begin
  perform pg_advisory_xact_lock(key)
  from (select distinct sesame.address_key(address) as key from unnest(addresses) as address) as keys;
exception when lock_not_available then
  null;  -- no webhook waits longer for one account: it claims at its next sign-in
end
$$;

comment on function sesame.lock_addresses is
  'Waits a moment for accounts that are verifying one of these addresses right now.';

-- chapter: 20261121002040_claims.sql

-- Claims: the owner of a purchase without a buyer named by the site, and whether a claim or a name counts. See
-- docs/decisions/0008_claims_are_facts.md.

create type sesame.claim_way as enum ('email', 'link', 'operator');

create table sesame.claims (
  id bigint generated always as identity primary key,
  livemode boolean not null,
  account text not null,
  object_kind text not null,
  object_id text not null,
  user_id uuid not null,
  way sesame.claim_way not null,
  address_hash bigint,
  actor text not null,
  why text not null,
  claimed_at timestamptz not null default clock_timestamp(),
  constraint claims_actor_is_named check (actor <> ''),
  constraint claims_why_is_said check (why <> '')
);

create index claims_object_id_idx on sesame.claims (object_id);
create index claims_user_id_idx on sesame.claims (user_id);
create unique index claims_first_binds_idx on sesame.claims (object_id, account, livemode, coalesce(address_hash, 0))
  where way <> 'operator';

alter table sesame.claims enable row level security;

comment on table sesame.claims is
  'Purchases bound to a user by something other than metadata of the site. Facts: never changed, never '
  'deleted. Private: no policy, written by claim_grants, claim_purchase and move_purchase.';
comment on column sesame.claims.object_id is
  'The claimed object: cs_, pi_, in_ or sub_, the one that stood for the sale at that time.';
comment on column sesame.claims.way is
  'email: the user has verified the buyer''s address. link: the user had a claim link. operator: an operator moved the '
  'purchase.';
comment on column sesame.claims.address_hash is
  'Of way email: the hash of the address that the purchase waited for. An earlier name that is another address is '
  'stronger.';
comment on column sesame.claims.claimed_at is 'Names that the site wrote later than this do not change the owner.';

create function sesame.known_names(
  of_customer text, until timestamptz, of_account text, of_livemode boolean
) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return (
    -- Five look-ups by the customer, whatever other indexes exist.
    select array_agg(distinct name)
    from (
      select
        coalesce(
          returned.user_id::text, sesame.as_uuid(object.user_ref)::text, sesame.as_email(object.user_ref)
        ) as name,
        -- The object had the name from the beginning, unless an earlier snapshot had none.
        case when object.unnamed_at < object.user_ref_at then object.user_ref_at
          else coalesce(object.created_at, object.user_ref_at)
        end as named_from
      from (
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.checkout_sessions where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.subscriptions where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.payment_intents where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.invoices where customer_id = of_customer offset 0)
        union all
        (select account, livemode, user_ref, user_ref_at, unnamed_at, created_at
        from sesame.charges where customer_id = of_customer offset 0)
      ) as object
      left join lateral (
        select user_id from sesame.returned_accounts where former_id = sesame.as_uuid(object.user_ref) offset 0
      ) as returned on true
      where (object.account, object.livemode) = (of_account, of_livemode)
    ) as named
    where named_from <= until and name is not null
  );
end
$$;

comment on function sesame.known_names is
  'The users, each a uuid or an address, that the purchases of this customer until then name; null: none. Stripe''s '
  'own times count, not the arrival of the events: a rebuild must find the same buyer.';

create function sesame.find_buyer(
  names text[], named_at timestamptz[], object_ids text[], email text, customer_id text, bought_at timestamptz,
  of_account text, of_livemode boolean,
  out user_id uuid, out waits_for text, out by_address boolean, out code sesame.code
)
language plpgsql stable set search_path = '' as $$
declare
  v_name text;
  v_named_at timestamptz;
  v_known text[];
  v_nearest uuid;
  v_address bigint;
  v_others bigint[] := '{}';
  v_claim record;
begin
  -- The nearest name decides. Without one, the only name in the customer's earlier purchases decides.
  for n in 1 .. cardinality(names) loop
    exit when v_name is not null;
    v_name := names[n];
    v_named_at := named_at[n];
  end loop;
  if v_name is null then
    v_known := sesame.known_names(customer_id, bought_at, of_account, of_livemode);
    if cardinality(v_known) = 1 then
      v_name := v_known[1];
    else
      v_others := array(select sesame.address_hash(sesame.as_email(known)) from unnest(v_known) as known);
    end if;
    v_named_at := bought_at;
  end if;
  v_nearest := sesame.as_uuid(v_name);
  v_address := sesame.address_hash(case when v_name is null then email else sesame.as_email(v_name) end);

  -- One statement for the claim and for the nearest name, because it runs for every sale.
  select claim.user_id, claim.way, claim.claimed_at, nearest.user_id as nearest_now into v_claim
  from (select) as once
  left join lateral (
    select account.user_id from sesame.returned_accounts as account where account.former_id = v_nearest offset 0
  ) as nearest on true
  left join lateral (
    select coalesce(returned.user_id, claimed.user_id) as user_id, claimed.way, claimed.claimed_at
    from sesame.claims as claimed
    left join lateral (
      select account.user_id from sesame.returned_accounts as account
      where account.former_id = claimed.user_id
        and (claimed.way <> 'operator' or claimed.claimed_at < account.returned_at)
      offset 0
    ) as returned on true
    where claimed.object_id = any (object_ids) and (claimed.account, claimed.livemode) = (of_account, of_livemode)
      and case
        -- A claim by an address was made with what was known then. It counts while that address still names the
        -- buyer, whichever of several came first.
        when claimed.way <> 'email' or claimed.address_hash = v_address then true
        when v_name is null then claimed.address_hash <> all (v_others)
          -- The subscription may name another address as the buyer: a claim by that address gives the subscription
          -- only.
          and (claimed.object_kind <> 'subscription' or claimed.object_id = object_ids[1])
        else v_nearest is not null or v_name = 'erased' or v_named_at > claimed.claimed_at
      end
    order by claimed.way = 'operator' desc, case claimed.way when 'operator' then -claimed.id else claimed.id end
    limit 1
  ) as claim on true;

  user_id := v_claim.user_id;
  by_address := v_claim.way is not distinct from 'email';
  if v_claim.way is not distinct from 'operator' then
    return;
  end if;

  -- A name written after the claim changes nothing: then the nearest earlier name counts.
  if v_named_at > v_claim.claimed_at then
    v_name := null;
    for n in 1 .. cardinality(names) loop
      exit when v_name is not null;
      v_name := case when named_at[n] <= v_claim.claimed_at then names[n] end;
    end loop;
  end if;
  if v_name is not null then
    if sesame.as_uuid(v_name) is not null then
      user_id := case when v_name::uuid = v_nearest then coalesce(v_claim.nearest_now, v_nearest)
        else sesame.present_account(v_name::uuid) end;
      by_address := false;
      return;
    end if;
    -- A name may be an address. Any other text names no user, and then no address names the buyer either.
    email := sesame.as_email(v_name);
    code := case when email is null then 'user_unreadable'::sesame.code end;
  end if;
  if user_id is null then
    waits_for := email;
  end if;
end
$$;

comment on function sesame.find_buyer is
  'The last decision of an operator; else the nearest name that was written before any claim; else the one name that '
  'the customer''s earlier purchases have; else the first claim; else no user, and the address that may still claim '
  'it. by_address: only the buyer''s address names the user. code: user_unreadable, where the name is neither a uuid '
  'nor an address. A deleted account that was made again counts as the new account.';

-- chapter: 20261121002100_returned_money.sql

-- Refunded or disputed money closes the purchase or the period that it paid for.

create function sesame.payment_returns(payment_ids text[], of_account text, of_livemode boolean)
returns table (payment_id text, received bigint, returned bigint, disputed bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      payment.id, coalesce(nullif(intent.amount_received, 0), nullif(charge.captured, 0)),
      -- Of the refunded amount on the charges only the part that no known refund explains: a failed refund is known, so
      -- an old amount on a charge does not count it again.
      refund.standing + greatest(0, charge.refunded - refund.known),
      dispute.amount
    from unnest(payment_ids) as payment (id)
    left join lateral (
      select amount_received from sesame.payment_intents
      where (id, account, livemode) = (payment.id, of_account, of_livemode)
      offset 0
    ) as intent on true
    -- By payment or by charge, as two look-ups: one with "or" would read a whole index.
    cross join lateral (
      select
        sum(amount_captured)::bigint as captured, coalesce(sum(amount_refunded), 0)::bigint as refunded,
        coalesce(array_agg(id), '{}') || payment.id as ids
      from (
        (select * from sesame.charges where payment_intent_id = payment.id offset 0)
        union
        (select * from sesame.charges where id = payment.id offset 0)
      ) as known
      where (known.account, known.livemode) = (of_account, of_livemode)
    ) as charge
    cross join lateral (
      select
        coalesce(sum(amount), 0)::bigint as known,
        coalesce(sum(amount) filter (where status < 'canceled'), 0)::bigint as standing
      from (
        (select * from sesame.refunds where payment_intent_id = payment.id offset 0)
        union
        (select * from sesame.refunds where charge_id = any (charge.ids) offset 0)
      ) as known
      where (known.account, known.livemode) = (of_account, of_livemode)
    ) as refund
    cross join lateral (
      select sum(known.amount)::bigint as amount
      from (
        (select * from sesame.disputes where payment_intent_id = payment.id offset 0)
        union
        (select * from sesame.disputes where charge_id = any (charge.ids) offset 0)
      ) as known
      join sesame.settings on settings.id
      where (known.account, known.livemode) = (of_account, of_livemode)
        and case
          when known.status = 'won' then false
          when known.status in ('warning_needs_response', 'warning_under_review') then settings.inquiry_closes
          when known.status = 'warning_closed' then false
          else settings.dispute_closes
        end
    ) as dispute;
end
$$;

comment on function sesame.payment_returns is
  'For each payment (pi_, or ch_ where it has none): the received amount, null if unknown; the refunded amount; and '
  'the sum of the disputes that close, null if there is none.';

create function sesame.block_of_money(received bigint, returned bigint, in_question bigint, is_disputed boolean)
returns sesame.reason
language plpgsql stable set search_path = '' as $$
declare
  v_settings sesame.settings;
begin
  -- Most payments have no refund and no dispute.
  if returned = 0 and not is_disputed then
    return null;
  end if;
  select * into v_settings from sesame.settings where settings.id;
  return case
    when is_disputed and v_settings.partial_dispute_closes then 'disputed'
    when v_settings.full_refund_closes
      and sesame.is_given_back(received, returned, v_settings.refund_closes_from_percent) then 'refunded'
    when is_disputed
      and sesame.is_given_back(received, in_question, v_settings.refund_closes_from_percent) then 'disputed'
  end;
end
$$;

comment on function sesame.block_of_money is
  'disputed, refunded, or null. received null: unknown, so any refund counts as a full refund. in_question: the '
  'refunded plus the disputed amount.';

create function sesame.is_given_back(received bigint, returned bigint, from_percent integer) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  -- As numeric: an unknown `received` may be the largest bigint, which would overflow.
  return returned > 0 and coalesce(received > 0 and returned::numeric * 100 >= received::numeric * from_percent, true);
end
$$;

-- chapter: 20261121002110_paid_invoices.sql

-- The payments of an invoice, and the invoices of a payment. Since 2025-03-31 several payments may pay an invoice, some
-- of them outside Stripe, and one payment may pay several invoices.

create function sesame.payments_of_invoice(of_invoice text, of_account text, of_livemode boolean)
returns table (payment_id text, amount_paid bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    with said as (
      select part.payment_intent_id, part.charge_id, part.status, part.amount_paid
      from sesame.invoice_payments as part
      where part.invoice_id = of_invoice and (part.account, part.livemode) = (of_account, of_livemode)
      union all
      -- Old API versions name the payment on the invoice, or the invoice on payment and charge; a session names both.
      select invoice.payment_intent_id, invoice.charge_id, null, null
      from sesame.invoices as invoice
      where invoice.id = of_invoice and (invoice.account, invoice.livemode) = (of_account, of_livemode)
      union all
      select payment.id, null, null, null
      from sesame.payment_intents as payment
      where payment.invoice_id = of_invoice and (payment.account, payment.livemode) = (of_account, of_livemode)
      union all
      select charge.payment_intent_id, charge.id, null, null
      from sesame.charges as charge
      where charge.invoice_id = of_invoice and (charge.account, charge.livemode) = (of_account, of_livemode)
      union all
      select session.payment_intent_id, null, null, null
      from sesame.checkout_sessions as session
      where session.invoice_id = of_invoice and (session.account, session.livemode) = (of_account, of_livemode)
    ),
    named as (
      -- A charge is the payment only where it has no payment intent.
      select
        coalesce(said.payment_intent_id, charge.payment_intent_id, said.charge_id) as id, said.status,
        said.amount_paid
      from said
      left join lateral (
        select known.payment_intent_id from sesame.charges as known
        where said.payment_intent_id is null
          and (known.id, known.account, known.livemode) = (said.charge_id, of_account, of_livemode)
        offset 0
      ) as charge on true
    )
    select named.id, (sum(named.amount_paid) filter (where named.status = 'paid'))::bigint
    from named
    where named.id is not null
    group by named.id
    -- A canceled payment pays nothing. It no longer belongs to this invoice, even where another object says so.
    having count(*) filter (where named.status = 'canceled') = 0
      or count(*) filter (where named.status <> 'canceled') > 0;
end
$$;

comment on function sesame.payments_of_invoice is
  'The known payments (pi_, or ch_ where it has none) of an invoice, and the amount that each paid of it: null where '
  'only a link is known.';

create function sesame.invoices_of_payment(of_payment text, of_account text, of_livemode boolean)
returns table (invoice_id text, amount_paid bigint)
language plpgsql stable set search_path = '' as $$
declare
  v_charge_ids text[] := of_payment || array(
    select id from sesame.charges
    where payment_intent_id = of_payment and (account, livemode) = (of_account, of_livemode));
begin
  return query
    with said as (
      (select part.invoice_id, part.status, part.amount_paid, part.account, part.livemode
      from sesame.invoice_payments as part where part.payment_intent_id = of_payment offset 0)
      union all
      (select part.invoice_id, part.status, part.amount_paid, part.account, part.livemode
      from sesame.invoice_payments as part
      where part.charge_id = any (v_charge_ids) and part.payment_intent_id is null offset 0)
      union all
      (select invoice.id, null, null, invoice.account, invoice.livemode
      from sesame.invoices as invoice where invoice.payment_intent_id = of_payment offset 0)
      union all
      (select invoice.id, null, null, invoice.account, invoice.livemode
      from sesame.invoices as invoice where invoice.charge_id = any (v_charge_ids) offset 0)
      union all
      (select payment.invoice_id, null, null, payment.account, payment.livemode
      from sesame.payment_intents as payment where payment.id = of_payment offset 0)
      union all
      (select charge.invoice_id, null, null, charge.account, charge.livemode
      from sesame.charges as charge where charge.id = any (v_charge_ids) offset 0)
      union all
      (select session.invoice_id, null, null, session.account, session.livemode
      from sesame.checkout_sessions as session where session.payment_intent_id = of_payment offset 0)
    )
    select said.invoice_id, (sum(said.amount_paid) filter (where said.status = 'paid'))::bigint
    from said
    where said.invoice_id is not null and (said.account, said.livemode) = (of_account, of_livemode)
    group by said.invoice_id
    having count(*) filter (where said.status = 'canceled') = 0
      or count(*) filter (where said.status <> 'canceled') > 0;
end
$$;

comment on function sesame.invoices_of_payment is
  'The reverse: the invoices that a payment (pi_, or ch_ where it has none) pays.';

create function sesame.paid_elsewhere(
  of_payment text, of_invoice text, share bigint, received bigint, of_account text, of_livemode boolean
) returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case
      when bool_or(paid.invoice_id is distinct from of_invoice)
        then greatest(0, greatest(received, sum(paid.amount_paid)) - share)
      else 0
    end
    from sesame.invoices_of_payment(of_payment, of_account, of_livemode) as paid
  );
end
$$;

comment on function sesame.paid_elsewhere is
  'The amount that a payment paid for other invoices than this one: 0 where no other is known.';

-- chapter: 20261121002120_block_of_payments.sql

-- Whether a payment was refunded or disputed. One payment may pay several invoices, so each counts by its share.

create function sesame.block_of_shares(
  payment_ids text[], shares bigint[], of_invoice text, of_account text, of_livemode boolean,
  asked bigint, received bigint default null, at_least bigint default null
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  return (
    with paid as (
      select
        coalesce(part.share, back.received) as known_share, coalesce(part.share, back.received, asked) as share,
        back.payment_id, back.received, back.returned, back.disputed
      from sesame.payment_returns(payment_ids, of_account, of_livemode) as back
      join unnest(payment_ids, shares) as part (payment_id, share) on part.payment_id = back.payment_id
    ),
    -- A refund is first set against what the payment paid elsewhere. Only the rest counts here.
    explained as (
      select
        known_share,
        least(share, greatest(0, returned - elsewhere)) as returned,
        least(share, greatest(0, returned + coalesce(disputed, 0) - elsewhere)) as in_question,
        disputed is not null and (elsewhere = 0 or returned + disputed > elsewhere) as is_disputed
      from paid
      cross join lateral (
        select case when returned > 0 or disputed is not null then coalesce(sesame.paid_elsewhere(
          payment_id, of_invoice, share, paid.received, of_account, of_livemode), 0) end as elsewhere
        offset 0
      ) as beside
    )
    select sesame.block_of_money(
      coalesce(block_of_shares.received, nullif(greatest(sum(known_share)::bigint, at_least), 0), asked),
      coalesce(sum(returned), 0)::bigint, coalesce(sum(in_question), 0)::bigint, coalesce(bool_or(is_disputed), false)
    )
    from explained
  );
end
$$;

comment on function sesame.block_of_shares is
  'The reason why these payments (pi_, ch_) close what they paid for: disputed, refunded, or null. shares: the amount '
  'that each paid of it, null where only a link is known. received: the received amount; null: the sum of the shares, '
  'and at least at_least. asked: the amount due, used where the paid amount is unknown; null: unknown as well, so any '
  'refund counts as a full refund.';

create function sesame.payments_and_sum(
  of_invoice text, of_account text, of_livemode boolean,
  out payment_ids text[], out shares bigint[], out received bigint
)
language plpgsql stable set search_path = '' as $$
begin
  -- Payment records count too: they are the only trace of money outside Stripe.
  select
    coalesce(array_agg(paying.payment_id), '{}'), array_agg(paying.amount_paid),
    greatest(
      (select invoice.amount_paid from sesame.invoices as invoice
       where (invoice.id, invoice.account, invoice.livemode) = (of_invoice, of_account, of_livemode)),
      (select sum(part.amount_paid)::bigint from sesame.invoice_payments as part
       where part.invoice_id = of_invoice and part.status = 'paid'
         and (part.account, part.livemode) = (of_account, of_livemode)),
      0
    )
  into payment_ids, shares, received
  from sesame.payments_of_invoice(of_invoice, of_account, of_livemode) as paying;
end
$$;

comment on function sesame.payments_and_sum is
  'The payments of an invoice, the amount that each paid of it, and the amount received: the sum of its payments, and '
  'at least its own amount_paid.';

create function sesame.block_of_payments(
  payment_ids text[], of_invoice text, of_account text, of_livemode boolean, asked bigint
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
declare
  v_invoice record;
  v_shares bigint[];
begin
  if of_invoice is null then
    return sesame.block_of_shares(payment_ids, null, null, of_account, of_livemode, asked);
  end if;
  v_invoice := sesame.payments_and_sum(of_invoice, of_account, of_livemode);
  for n in 1 .. cardinality(payment_ids) loop
    v_shares[n] := v_invoice.shares[array_position(v_invoice.payment_ids, payment_ids[n])];
  end loop;
  return sesame.block_of_shares(
    payment_ids, v_shares, of_invoice, of_account, of_livemode, asked, at_least => v_invoice.received);
end
$$;

comment on function sesame.block_of_payments is
  'The reason why a session, a payment or a charge is closed: disputed, refunded, or null. of_invoice: the invoice '
  'that the session names. asked: as for block_of_shares.';

-- chapter: 20261121002130_block_of_invoice.sql

-- Whether an invoice was refunded or disputed. An invoice that received nothing may have been paid by its own credits.
-- Then it closes once all older invoices that paid for the credited time are closed.

create function sesame.block_of_invoice(
  of_invoice text, of_account text, of_livemode boolean, of_subscription text default null
) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  return sesame.add_block('{}', of_invoice, of_account, of_livemode, of_subscription) ->> of_invoice;
end
$$;

comment on function sesame.block_of_invoice is
  'The reason why an invoice closes what it paid for: disputed, refunded, or null. of_subscription: the subscription '
  'whose credits may have paid it; null: any.';

create function sesame.add_block(
  blocks jsonb, of_invoice text, of_account text, of_livemode boolean, of_subscription text
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_paid record;
begin
  if blocks ? of_invoice then
    return blocks;
  end if;
  v_paid := sesame.payments_and_sum(of_invoice, of_account, of_livemode);
  -- Nothing was received, so nothing can be refunded. But its own credits may have paid the invoice.
  if v_paid.received = 0 and v_paid.payment_ids = '{}' then
    return sesame.add_blocks_of_credits(blocks, of_invoice, of_account, of_livemode, of_subscription);
  end if;
  return blocks || jsonb_build_object(of_invoice, sesame.block_of_shares(
    v_paid.payment_ids, v_paid.shares, of_invoice, of_account, of_livemode, v_paid.received, v_paid.received));
end
$$;

comment on function sesame.add_block is 'The known blocks {invoice: reason or null}, and that of this invoice.';

create function sesame.credited_invoices(
  of_invoice text, of_account text, of_livemode boolean, of_subscription text
) returns setof text
language plpgsql stable set search_path = '' as $$
declare
  v_paid record := sesame.payments_and_sum(of_invoice, of_account, of_livemode);
begin
  if v_paid.received > 0 or v_paid.payment_ids <> '{}' then
    return;
  end if;
  return query
    with credit as materialized (
      select distinct
        line.subscription_id, line.price_id, line.subscription_item_id, line.period_start, line.period_end,
        line.created_at
      from (select * from sesame.billed_lines where billed_lines.invoice_id = of_invoice offset 0) as line
      where (line.account, line.livemode) = (of_account, of_livemode)
        and line.is_credit and line.status = 'paid'
        and line.subscription_id = coalesce(of_subscription, line.subscription_id)
    ),
    older as materialized (
      select distinct
        line.invoice_id, line.subscription_id, line.price_id, line.subscription_item_id, line.period_start,
        line.period_end
      from (
        select subscription_id as id, min(period_start) as since, min(created_at) as created_at
        from credit group by subscription_id
      ) as credited
      cross join lateral (
        select * from sesame.billed_lines
        where billed_lines.subscription_id = credited.id and billed_lines.period_end > credited.since
        offset 0
      ) as line
      where (line.account, line.livemode) = (of_account, of_livemode)
        and line.status = 'paid' and not line.is_credit
        and (line.created_at, line.invoice_id) < (credited.created_at, of_invoice)
    )
    select distinct older.invoice_id
    from credit
    join older on older.subscription_id = credit.subscription_id and older.price_id = credit.price_id
      and coalesce(older.subscription_item_id = credit.subscription_item_id, true)
      and older.period_start < credit.period_end and older.period_end > credit.period_start;
end
$$;

comment on function sesame.credited_invoices is
  'For an invoice that received nothing: the older invoices that paid for the time that its credits take back.';

create function sesame.add_blocks_of_credits(
  blocks jsonb, of_invoice text, of_account text, of_livemode boolean, of_subscription text
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_older jsonb := '{}';  -- {invoice: [older invoices whose time its credits took back]}
  v_next text[] := array[of_invoice];
  v_id text;
begin
  -- Not recursive: there may be hundreds in a row, and each depends on many earlier ones.
  while v_next <> '{}' loop
    v_older := v_older || (
      select jsonb_object_agg(next.id, array(
        select sesame.credited_invoices(next.id, of_account, of_livemode, of_subscription)
      ))
      from unnest(v_next) as next (id)
    );
    v_next := array(
      select distinct older.id
      from unnest(v_next) as next (id)
      cross join lateral jsonb_array_elements_text(v_older -> next.id) as older (id)
      where not v_older ? older.id and not blocks ? older.id
    );
  end loop;

  for v_id in
    select invoice.id
    from jsonb_object_keys(v_older) as behind (id)
    cross join lateral (
      select known.id, known.created_at from sesame.invoices as known
      where (known.id, known.account, known.livemode) = (behind.id, of_account, of_livemode)
      offset 0
    ) as invoice
    order by invoice.created_at nulls first, invoice.id
  loop
    if v_older -> v_id = '[]' and v_id <> of_invoice then
      blocks := sesame.add_block(blocks, v_id, of_account, of_livemode, of_subscription);
    else
      blocks := blocks || jsonb_build_object(v_id, (
        select case when count(blocks ->> older.id) = count(*) then min((blocks ->> older.id)::sesame.reason) end
        from jsonb_array_elements_text(v_older -> v_id) as older (id)
      ));
    end if;
  end loop;
  return blocks;
end
$$;

comment on function sesame.add_blocks_of_credits is
  'The same for an invoice that its own credits paid. It is closed once every older invoice that paid for the credited '
  'time is closed, for the gravest of their reasons.';

-- chapter: 20261121002200_buyers.sql

-- The buyer of each object that may be a sale, decided in one place.
--
-- `offset 0` keeps a look-up a look-up: without it the planner may turn it into a join that reads a whole
-- index, see docs/decisions/0007_plans_are_fixed.md.

create view sesame.buyer_names as
select
  named.livemode, named.account, named.source, named.source_id,
  named.names || customer.user_ref
    || case when settings.client_reference_id_names_buyer then named.client_reference_id end as names,
  named.named_at || customer.user_ref_at || named.client_reference_at as named_at,
  named.object_ids, coalesce(named.email, customer.email, named.last_email) as email,
  named.customer_id, named.bought_at
from (
  select
    session.livemode, session.account, 'checkout_session' as source, session.id as source_id,
    array[
      session.user_ref, subscription.user_ref, payment.user_ref, invoice.user_ref, invoice.subscription_user_ref
    ] as names,
    array[
      session.user_ref_at, subscription.user_ref_at, payment.user_ref_at, invoice.user_ref_at,
      invoice.subscription_user_ref_at
    ] as named_at,
    array[session.id, session.payment_intent_id, session.invoice_id, session.subscription_id] as object_ids,
    session.client_reference_id, session.created_at as client_reference_at,
    session.email, null as last_email, session.customer_id, session.created_at as bought_at
  from sesame.checkout_sessions as session
  left join lateral (
    select user_ref, user_ref_at from sesame.subscriptions
    where (id, account, livemode) = (session.subscription_id, session.account, session.livemode)
    offset 0
  ) as subscription on true
  left join lateral (
    select user_ref, user_ref_at from sesame.payment_intents
    where (id, account, livemode) = (session.payment_intent_id, session.account, session.livemode)
    offset 0
  ) as payment on true
  left join lateral (
    select user_ref, user_ref_at, subscription_user_ref, subscription_user_ref_at from sesame.invoices
    where (id, account, livemode) = (session.invoice_id, session.account, session.livemode)
    offset 0
  ) as invoice on true
  union all
  select
    payment.livemode, payment.account, 'payment_intent', payment.id,
    array[payment.user_ref], array[payment.user_ref_at], array[payment.id],
    null, null, null, null, payment.customer_id, payment.created_at
  from sesame.payment_intents as payment
  union all
  select
    charge.livemode, charge.account, 'charge', charge.id,
    array[charge.user_ref], array[charge.user_ref_at], array[charge.id],
    null, null, null, null, charge.customer_id, charge.created_at
  from sesame.charges as charge
  union all
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id,
    array[
      session.user_ref, subscription.user_ref, payment.user_ref, invoice.user_ref, invoice.subscription_user_ref
    ],
    array[
      session.user_ref_at, subscription.user_ref_at, payment.user_ref_at, invoice.user_ref_at,
      invoice.subscription_user_ref_at
    ],
    invoice.id || (invoice.subscription_id || payment.ids), session.client_reference_id, session.created_at,
    coalesce(session.email, invoice.email), null, invoice.customer_id, invoice.paid_at
  from sesame.invoices as invoice
  -- The name on the session that sold it comes first. Of several sessions, the first one with a name counts.
  left join lateral (
    select told.user_ref, told.user_ref_at, told.client_reference_id, told.created_at, told.email
    from (
      (select * from sesame.checkout_sessions where invoice_id = invoice.id offset 0)
      union
      (select * from sesame.checkout_sessions where subscription_id = invoice.subscription_id offset 0)
    ) as told
    where (told.account, told.livemode) = (invoice.account, invoice.livemode)
    order by told.user_ref_at, told.id
    limit 1
  ) as session on true
  left join lateral (
    select user_ref, user_ref_at from sesame.subscriptions
    where (id, account, livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
    offset 0
  ) as subscription on true
  cross join lateral (
    select
      array_agg(paying.payment_id) as ids, min(found.user_ref) as user_ref, min(found.user_ref_at) as user_ref_at
    from sesame.payments_of_invoice(invoice.id, invoice.account, invoice.livemode) as paying
    left join lateral (
      select user_ref, user_ref_at from sesame.payment_intents
      where (id, account, livemode) = (paying.payment_id, invoice.account, invoice.livemode)
      offset 0
    ) as found on true
  ) as payment
  union all
  select
    subscription.livemode, subscription.account, 'subscription', subscription.id,
    array[session.user_ref, subscription.user_ref, invoice.user_ref],
    array[session.user_ref_at, subscription.user_ref_at, invoice.user_ref_at],
    array[subscription.id], session.client_reference_id, session.created_at,
    session.email, latest_invoice.email, subscription.customer_id, subscription.created_at
  from sesame.subscriptions as subscription
  left join lateral (
    select told.user_ref, told.user_ref_at, told.client_reference_id, told.created_at, told.email
    from sesame.checkout_sessions as told
    where told.subscription_id = subscription.id
      and (told.account, told.livemode) = (subscription.account, subscription.livemode)
    order by told.user_ref_at, told.id
    limit 1
  ) as session on true
  left join lateral (
    select
      coalesce(told.user_ref, told.subscription_user_ref) as user_ref,
      least(told.user_ref_at, told.subscription_user_ref_at) as user_ref_at
    from sesame.invoices as told
    where told.subscription_id = subscription.id
      and (told.user_ref is not null or told.subscription_user_ref is not null)
      and (told.account, told.livemode) = (subscription.account, subscription.livemode)
    order by 2, told.id
    limit 1
  ) as invoice on true
  left join lateral (
    select latest.email
    from (
      select email, subscription_id from sesame.invoices
      where (id, account, livemode) = (subscription.latest_invoice_id, subscription.account, subscription.livemode)
      offset 0
    ) as latest
    where latest.subscription_id = subscription.id  -- so that sesame.dependents leads from the invoice to here
  ) as latest_invoice on true
) as named
join sesame.settings on settings.id
left join lateral (
  select user_ref, user_ref_at, email from sesame.customers
  where (id, account, livemode) = (named.customer_id, named.account, named.livemode)
  offset 0
) as customer on true;

comment on view sesame.buyer_names is
  'The names of the buyer of each object, the nearest first, with the time at which each was written. object_ids: all '
  'ids under which it may have been claimed. Query it by source and source_id.';

create view sesame.buyers as
select
  named.livemode, named.account, named.source, named.source_id,
  buyer.user_id, buyer.waits_for, buyer.by_address, buyer.code
from sesame.buyer_names as named
cross join lateral sesame.find_buyer(
  named.names, named.named_at, named.object_ids, named.email, named.customer_id, named.bought_at,
  named.account, named.livemode
) as buyer;

comment on view sesame.buyers is
  'The buyer of each object that may be a sale: read by the grants, by explain and by erasure. Query it by source and '
  'source_id.';

-- chapter: 20261121002210_purchases.sql

-- One-time purchases: each sale once, though Stripe shows it as session, payment, charge and invoice.

create view sesame.sale_lines as
select line.livemode, line.account, line.invoice_id, array_agg(distinct line.price_id) as price_ids
from sesame.billed_lines as line
where line.is_sale
group by line.livemode, line.account, line.invoice_id;

comment on view sesame.sale_lines is 'The prices that each invoice sells as one-time purchases.';

create view sesame.purchases as
  -- A Checkout Session in payment mode that is complete, or whose payment succeeded.
  select
    session.livemode, session.account, 'checkout_session' as source, session.id as source_id,
    coalesce(session.module_ref, payment.module_ref, invoice.module_ref) as module_ref,
    coalesce(session.price_ids, invoice.price_ids) as price_ids,
    session.invoice_id,
    -- A session and its invoice may name the same payment.
    array_remove(
      session.payment_intent_id || case when session.invoice_id is not null then array(
        select payment_id from sesame.payments_of_invoice(session.invoice_id, session.account, session.livemode)
        where payment_id is distinct from session.payment_intent_id
      ) end, null
    ) as payment_ids,
    session.amount_total as amount,
    least(session.paid_at, payment.paid_at) as paid_at, session.async_failed as has_failed
  from sesame.checkout_sessions as session
  left join lateral (
    select status, paid_at, module_ref from sesame.payment_intents
    where (id, account, livemode) = (session.payment_intent_id, session.account, session.livemode)
    offset 0
  ) as payment on true
  left join lateral (
    select sold.module_ref, (
      select sale.price_ids from sesame.sale_lines as sale
      where (sale.invoice_id, sale.account, sale.livemode) = (sold.id, sold.account, sold.livemode)
    ) as price_ids
    from sesame.invoices as sold
    where (sold.id, sold.account, sold.livemode) = (session.invoice_id, session.account, session.livemode)
    offset 0
  ) as invoice on true
  where session.mode = 'payment'
    and (session.status = 'complete' or payment.status = 'succeeded')
  union all
  -- A payment that names its module itself, and belongs to no session and no invoice.
  select
    payment.livemode, payment.account, 'payment_intent', payment.id, payment.module_ref, null,
    null, array[payment.id], payment.amount_received, payment.paid_at, false
  from sesame.payment_intents as payment
  where payment.status = 'succeeded'
    -- With "is not null", the planner may read the whole index of such payments instead of one entry.
    and coalesce(payment.module_ref, '') <> ''
    and not exists (
      select from sesame.checkout_sessions as session
      where session.payment_intent_id = payment.id
        and session.account = payment.account and session.livemode = payment.livemode
      offset 0
    )
    and not exists (
      select from sesame.invoices_of_payment(payment.id, payment.account, payment.livemode)
    )
  union all
  -- A charge of a site that makes no payment intents.
  select
    charge.livemode, charge.account, 'charge', charge.id, charge.module_ref, null,
    null, array[charge.id], charge.amount_captured, charge.paid_at, false
  from sesame.charges as charge
  where charge.amount_captured > 0 and coalesce(charge.module_ref, '') <> ''
    and charge.payment_intent_id is null
    and not exists (
      select from sesame.invoices_of_payment(charge.id, charge.account, charge.livemode)
    )
  union all
  -- One-time lines of a paid invoice, whether or not it also bills a subscription. Metadata names what an invoice
  -- without a subscription sells.
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id,
    case when invoice.subscription_id is null then coalesce(payment.module_ref, invoice.module_ref) end,
    coalesce(sale.price_ids, '{}'),
    invoice.id, payment.ids, invoice.amount_paid, invoice.paid_at, false
  from sesame.invoices as invoice
  left join lateral (
    select sold.price_ids from sesame.sale_lines as sold
    where (sold.invoice_id, sold.account, sold.livemode) = (invoice.id, invoice.account, invoice.livemode)
    offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
  ) as sale on true
  cross join lateral (
    select coalesce(array_agg(paying.payment_id order by paying.payment_id), '{}') as ids,
      min(found.module_ref) as module_ref
    from sesame.payments_of_invoice(invoice.id, invoice.account, invoice.livemode) as paying
    left join lateral (
      select module_ref from sesame.payment_intents
      where (id, account, livemode) = (paying.payment_id, invoice.account, invoice.livemode)
      offset 0
    ) as found on true
  ) as payment
  where invoice.status = 'paid'
    and (
      sale.price_ids is not null
      or invoice.subscription_id is null and coalesce(payment.module_ref, invoice.module_ref) is not null
    )
    -- Credit notes over the full total waived the money before it was paid.
    and not (
      invoice.amount_paid = 0 and coalesce(invoice.total > 0 and invoice.amount_credited >= invoice.total, false)
    )
    and not exists (
      select from sesame.checkout_sessions as session
      where session.invoice_id = invoice.id and session.mode = 'payment'
        and session.account = invoice.account and session.livemode = invoice.livemode
      offset 0
    )
  union all
  -- The one-time prices of a Checkout Session in subscription mode, until its invoice says what was sold.
  select
    session.livemode, session.account, 'checkout_session', session.id, null, once.price_ids,
    session.invoice_id,
    array(select payment_id from sesame.payments_of_invoice(session.invoice_id, session.account, session.livemode)),
    session.amount_total, session.paid_at, false
  from sesame.checkout_sessions as session
  cross join lateral (
    select array_agg(price.id) as price_ids
    from unnest(session.price_ids) as listed (id)
    cross join lateral (
      select known.id, known.is_recurring from sesame.prices as known
      where (known.id, known.account, known.livemode) = (listed.id, session.account, session.livemode)
      offset 0
    ) as price
    where not price.is_recurring
  ) as once
  where session.mode = 'subscription' and session.payment_status = 'paid' and once.price_ids is not null
    and not exists (
      select from sesame.invoices as invoice
      where (invoice.id, invoice.account, invoice.livemode)
        = (session.invoice_id, session.account, session.livemode)
      offset 0
    );

comment on view sesame.purchases is
  'Each one-time sale as one row, whichever objects Stripe has for it. payment_ids: its payments (pi_, or ch_ where it '
  'has none). invoice_id: the invoice of the sale. paid_at null: not paid, or not yet.';

-- chapter: 20261121002220_purchase_grants.sql

-- The grants of one-time purchases.

create view sesame.purchase_grants as
select
  purchase.livemode, purchase.account, purchase.source_id, sold.module_id, purchase.source,
  buyer.user_id,
  why.reason,
  case when why.reason = 'purchase' then 'expired' else why.reason end as reason_after,
  case when why.reason = 'purchase' then
    -- In UTC, so that the length of a month does not depend on the time zone of the caller.
    (purchase.paid_at at time zone 'utc' + sold.access_duration) at time zone 'utc'
  end as expires_at,
  sold.price_id, sold.access_level, sold.max_usage,
  buyer.waits_for, buyer.by_address,
  case when why.reason = 'purchase' and sold.access_duration is not null then purchase.paid_at end as pass_from,
  case when why.reason = 'purchase' then sold.access_duration end as pass_duration,
  coalesce((
    select paying.id from unnest(purchase.payment_ids) as paying (id)
    order by left(paying.id, 3) in ('ch_', 'py_'), paying.id
    limit 1
  ), purchase.source_id) as payment_root
from sesame.purchases as purchase
cross join lateral (
  select * from sesame.buyers
  where (source, source_id, account, livemode)
    = (purchase.source, purchase.source_id, purchase.account, purchase.livemode)
  offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
) as buyer
cross join lateral sesame.sold_modules(purchase.price_ids, purchase.module_ref) as sold
cross join lateral (
  select coalesce(
    case when purchase.source = 'invoice'
      then sesame.block_of_invoice(purchase.invoice_id, purchase.account, purchase.livemode)
      else sesame.block_of_payments(
        purchase.payment_ids, purchase.invoice_id, purchase.account, purchase.livemode, purchase.amount)
    end,
    case
      when purchase.paid_at is not null then 'purchase'
      when purchase.has_failed then 'payment_failed'
      else 'pending_payment'
    end::sesame.reason
  ) as reason
  offset 0  -- evaluated once per row, not once for each column that reads it
) as why
-- A price that recurs is never sold once.
where not exists (
  select from sesame.prices as price
  where (price.id, price.account, price.livemode) = (sold.price_id, purchase.account, purchase.livemode)
    and price.is_recurring
  offset 0
);

comment on view sesame.purchase_grants is
  'One row for each module of each one-time sale, open or closed, with the reason. A pass is a purchase with an end. '
  'payment_root is the same for everything that one payment sold.';

-- chapter: 20261121002300_paid_periods.sql

-- The invoices that paid for the current period of an item, and whether they were refunded or disputed.

create view sesame.subscription_items as
select
  subscription.livemode, subscription.account, subscription.id as subscription_id,
  item.id, item.price_id, item.quantity,
  to_timestamp(item.current_period_start) as period_start, to_timestamp(item.current_period_end) as period_end,
  array(
    select one ->> 'id' from jsonb_array_elements(subscription.items) as one where one ->> 'id' is not null
  ) as present_ids
from sesame.subscriptions as subscription
cross join lateral jsonb_to_recordset(subscription.items)
  as item (id text, price_id text, quantity bigint, current_period_start bigint, current_period_end bigint);

comment on view sesame.subscription_items is 'One row for each item of each subscription, with its period. present_ids: the items that the subscription has now.';

create function sesame.period_payment(
  item sesame.subscription_items, of_module bigint,
  out block sesame.reason, out paid_until timestamptz, out is_paid boolean
)
language plpgsql stable set search_path = '' as $$
declare
  v_invoice record;
  v_blocks jsonb := '{}';
  v_block sesame.reason;
begin
  is_paid := false;
  -- The paid invoices with lines for the current period, the newest first.
  for v_invoice in
    with counted as (
      select
        line.invoice_id, line.created_at, line.cost, line.period_end,
        -- Lines at its present price; else its own lines at any price; else lines of items that it replaced.
        case
          when line.price_id = item.price_id
            and (line.subscription_item_id = item.id or line.is_of_no_item) then 1
          when line.subscription_item_id = item.id then 2
          when line.is_of_no_item and exists (
            select from public.module_prices as offer
            where (offer.stripe_price_id, offer.module_id) = (line.price_id, of_module)
          ) then 3
        end as nearness
      from (
        select *, coalesce(subscription_item_id <> all (item.present_ids), true) as is_of_no_item
        from sesame.billed_lines
        where subscription_id = item.subscription_id
          and billed_lines.period_end > item.period_start and billed_lines.period_start < item.period_end
        offset 0
      ) as line
      where line.status = 'paid' and not line.is_credit and not line.is_sale
        and (line.account, line.livemode) = (item.account, item.livemode)
    )
    select
      counted.invoice_id, bool_and(counted.cost = 0) as is_gift,
      max(counted.period_end) filter (where counted.cost > 0) as reaches_to,
      (select settings.refunded_period_closes from sesame.settings where settings.id) as can_go_back
    from counted
    where counted.nearness = (select min(nearest.nearness) from counted as nearest)
    group by counted.invoice_id, counted.created_at
    order by counted.created_at desc, counted.invoice_id desc
  loop
    if v_invoice.can_go_back then
      v_blocks := sesame.add_block(
        v_blocks, v_invoice.invoice_id, item.account, item.livemode, item.subscription_id);
      v_block := v_blocks ->> v_invoice.invoice_id;
    end if;
    -- An invoice without cost was a gift: a refund does not close it, a dispute does.
    if v_invoice.is_gift and v_block = 'refunded' then
      v_block := null;
    end if;

    if v_block is null and block is null then
      is_paid := true;
      return;  -- the newest invoice is not closed
    end if;
    block := coalesce(block, v_block);
    if v_block is null and not v_invoice.is_gift then
      is_paid := true;
      paid_until := greatest(paid_until, v_invoice.reaches_to);
    end if;
  end loop;
end
$$;

comment on function sesame.period_payment is
  'block: the reason why the newest paid invoice for the period of an item is closed (disputed, refunded). paid_until: '
  'the latest end of the other invoices for the period that are not closed. is_paid: a paid line that is not closed '
  'reaches into the period.';

-- chapter: 20261121002310_unpaid_since.sql

-- The first day that is not paid for. The grace of a subscription that is past due counts from that day, once.

create function sesame.item_lines(item sesame.subscription_items, of_module bigint)
returns table (
  invoice_id text, created_at timestamptz, status sesame.invoice_status, price_id text, subscription_item_id text,
  period_start timestamptz, period_end timestamptz, cost bigint, owed_from timestamptz, is_at_module boolean
)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      line.invoice_id, line.created_at, line.status, line.price_id, line.subscription_item_id,
      line.period_start, line.period_end, line.cost, line.owed_from, near.is_at_module
    from (
      select * from sesame.billed_lines where billed_lines.subscription_id = item.subscription_id offset 0
    ) as line
    cross join lateral (
      select
        line.subscription_item_id is not distinct from item.id as is_own,
        coalesce(line.subscription_item_id <> all (item.present_ids), true) as is_of_no_item
    ) as whose
    cross join lateral (
      select (whose.is_own or whose.is_of_no_item) and (line.price_id = item.price_id or exists (
        select from public.module_prices as offer
        where (offer.stripe_price_id, offer.module_id) = (line.price_id, of_module)
      )) as is_at_module
      offset 0
    ) as near
    where (line.account, line.livemode) = (item.account, item.livemode)
      and not line.is_credit and not line.is_sale
      and (near.is_at_module or line.subscription_item_id = item.id);
end
$$;

comment on function sesame.item_lines is
  'All lines ever billed for an item: those with its id, and those at prices of this module (is_at_module) that belong '
  'to no other item. of_module null: metadata named the module, and no other price opens it.';

create function sesame.credits_of(item sesame.subscription_items)
returns table (
  invoice_id text, created_at timestamptz, price_id text, subscription_item_id text,
  period_start timestamptz, period_end timestamptz, charged_item_ids text[]
)
language plpgsql stable set search_path = '' as $$
begin
  return query
    with credit as materialized (
      select distinct
        line.invoice_id, line.created_at, line.price_id, line.subscription_item_id, line.period_start, line.period_end
      from (
        select * from sesame.billed_lines
        where billed_lines.subscription_id = item.subscription_id and billed_lines.is_credit
        offset 0
      ) as line
      where line.status = 'paid' and (line.account, line.livemode) = (item.account, item.livemode)
    ),
    charged as materialized (
      select line.invoice_id, line.price_id, array_agg(distinct line.subscription_item_id) as item_ids
      from (select distinct credit.invoice_id as id from credit) as crediting
      cross join lateral (
        select * from sesame.billed_lines
        where (billed_lines.invoice_id, billed_lines.account, billed_lines.livemode)
          = (crediting.id, item.account, item.livemode)
        offset 0
      ) as line
      where not line.is_credit
      group by line.invoice_id, line.price_id
    )
    select credit.*, charged.item_ids
    from credit
    left join charged on (charged.invoice_id, charged.price_id) = (credit.invoice_id, credit.price_id);
end
$$;

comment on function sesame.credits_of is
  'The credits on the paid invoices of a subscription. charged_item_ids: the items to which the same invoice charges '
  'the same price; null: it does not charge that price.';

create function sesame.paid_until(
  item sesame.subscription_items, of_module bigint,
  out at_module timestamptz, out of_item timestamptz
)
language plpgsql stable set search_path = '' as $$
declare
  v_bill record;
  v_blocks jsonb := '{}';
  v_block sesame.reason;
begin
  for v_bill in
    with credit as materialized (
      select * from sesame.credits_of(item)
    ),
    line as materialized (
      select distinct
        one.invoice_id, one.created_at, one.price_id, one.subscription_item_id, one.period_start, one.period_end,
        one.is_at_module, one.cost = 0 as is_gift
      from sesame.item_lines(item, of_module) as one
      where one.status = 'paid' and one.period_end is not null
    )
    select
      line.invoice_id, line.is_at_module, line.is_gift, max(least(line.period_end, credited.since)) as until,
      (select settings.refunded_period_closes from sesame.settings where settings.id) as can_go_back
    from line
    -- Time that a later invoice credited, and did not charge again, counts only up to the start of the credit.
    cross join lateral (
      select min(credit.period_start) as since
      from credit
      where credit.price_id = line.price_id
        and coalesce(credit.subscription_item_id = line.subscription_item_id, true)
        and credit.period_start < line.period_end and credit.period_end > line.period_start
        and (credit.created_at, credit.invoice_id) > (line.created_at, line.invoice_id)
        -- A charge without an item may belong to any item.
        and coalesce(line.subscription_item_id <> all (credit.charged_item_ids), credit.charged_item_ids is null)
    ) as credited
    group by line.invoice_id, line.is_at_module, line.is_gift
    order by until desc
  loop
    continue when of_item is not null and not v_bill.is_at_module;
    if v_bill.can_go_back then
      v_blocks := sesame.add_block(v_blocks, v_bill.invoice_id, item.account, item.livemode, item.subscription_id);
      v_block := v_blocks ->> v_bill.invoice_id;
    end if;
    if v_block is null or v_block = 'refunded' and v_bill.is_gift then
      of_item := coalesce(of_item, v_bill.until);
      if v_bill.is_at_module then
        at_module := v_bill.until;
        return;
      end if;
    end if;
  end loop;
end
$$;

comment on function sesame.paid_until is
  'The latest end of the paid lines of an item that are not closed: at_module of lines at prices of the module, '
  'of_item of all its lines. Null: no such line is known.';

create function sesame.unpaid_since(item sesame.subscription_items, of_module bigint) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  -- Computed once over the lines at prices of the module, and once over all lines of the item. So neither an unpaid
  -- upgrade nor a change while past due gains time.
  return (
    select min(greatest(scope.paid_until, coalesce(owed.since, item.period_start)))
    from sesame.paid_until(item, of_module) as paid
    cross join lateral (values (true, paid.at_module), (false, paid.of_item)) as scope (at_module_only, paid_until)
    cross join lateral (
      select min(line.owed_from) as since
      from sesame.item_lines(item, of_module) as line
      where line.status in ('draft', 'open', 'uncollectible')
        and (line.is_at_module or not scope.at_module_only)
        and coalesce(line.period_end > scope.paid_until, scope.paid_until is null)
    ) as owed
  );
end
$$;

comment on function sesame.unpaid_since is
  'The first day of an item that is not paid for, as far as its invoices are known; else the start of its period.';

-- chapter: 20261121002320_lacks_invoices.sql

-- Whether all invoices of a subscription are known. Missing ones are read from Stripe.

create function sesame.lacks_invoices(of_subscription text, of_account text, of_livemode boolean) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select
    from (
      select one as item, one.period_start
      from sesame.subscription_items as one
      where (one.subscription_id, one.account, one.livemode) = (of_subscription, of_account, of_livemode)
        -- They were read since then, so there are no others.
        and not exists (
          select from sesame.stripe_events as read
          where read.object_id = of_subscription || '/invoices' and read.type like '%.fetched'
            and read.created >= coalesce(one.period_start, '-infinity')
          offset 0
        )
        -- Nearly always the last paid line reaches the present period. This one look-up comes before all lines are
        -- read.
        and not exists (
          select
          from (
            select * from sesame.billed_lines
            where billed_lines.subscription_id = one.subscription_id and billed_lines.period_end >= one.period_start
            offset 0
          ) as line
          where (line.account, line.livemode) = (one.account, one.livemode)
            and line.status = 'paid' and not line.is_credit and line.price_id = one.price_id
          offset 0
        )
      offset 0
    ) as unread
    cross join lateral (select found.of_item as until from sesame.paid_until(unread.item, null) as found offset 0) as paid
    where coalesce(paid.until < unread.period_start, true)
      and not exists (
        select from sesame.item_lines(unread.item, null) as line
        where line.status in ('draft', 'open', 'uncollectible')
          and line.period_start <= paid.until and line.period_end > paid.until
      )
  );
end
$$;

comment on function sesame.lacks_invoices is
  'Whether the invoices between the paid time and the present period are missing.';

-- chapter: 20261121002330_subscription_grants.sql

-- The grants of subscriptions: the status decides, and the period limits.

create view sesame.sold_subscriptions as
select
  subscription.*,
  coalesce(subscription.module_ref, (
    select session.module_ref from sesame.checkout_sessions as session
    where session.subscription_id = subscription.id
      and (session.account, session.livemode) = (subscription.account, subscription.livemode)
    order by session.user_ref_at, session.id
    limit 1
  )) as sold_module_ref
from sesame.subscriptions as subscription;

comment on view sesame.sold_subscriptions is
  'Each subscription with the module that its metadata, or that of the session that sold it, names.';

create view sesame.subscription_grants as
select
  subscription.livemode, subscription.account, subscription.id as source_id, sold.module_id,
  'subscription' as source,
  buyer.user_id,
  why.reason,
  case
    when why.reason <> 'subscription' then why.reason
    when paid.paid_until <= least(period.ends_at, period.grace_ends_at, 'infinity') then paid.block
    when period.grace_ends_at <= coalesce(period.ends_at, 'infinity') then 'past_due_expired'
    else 'expired'
  end::sesame.reason as reason_after,
  case when why.reason = 'subscription' then least(paid.paid_until, period.ends_at, period.grace_ends_at) end as expires_at,
  sold.price_id, sold.access_level, sold.max_usage,
  buyer.waits_for, buyer.by_address,
  null::timestamptz as pass_from, null::interval as pass_duration, null::text as payment_root
from sesame.sold_subscriptions as subscription
join sesame.settings on settings.id
cross join lateral (
  select * from sesame.buyers
  where source = 'subscription'
    and (source_id, account, livemode) = (subscription.id, subscription.account, subscription.livemode)
  offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
) as buyer
cross join lateral sesame.sold_modules(subscription.price_ids, subscription.sold_module_ref) as sold
cross join lateral (
  select one as item, one.price_id, one.quantity, one.period_end
  from sesame.subscription_items as one
  where (subscription_id, account, livemode) = (subscription.id, subscription.account, subscription.livemode)
  offset 0
) as sold_item
cross join lateral (
  select
    case subscription.status
      when 'canceled' then 'canceled'
      when 'incomplete_expired' then 'canceled'
      when 'unpaid' then 'unpaid'
      when 'paused' then 'paused'
      when 'incomplete' then 'pending_payment'
      when 'unknown' then 'unknown_status'
      else case when subscription.is_paused and settings.pause_collection_closes then 'paused' end
    end::sesame.reason as reason
) as closed
-- Evaluated once per row, and only where the status leaves it open.
left join lateral (
  select found.block, found.paid_until, found.is_paid
  from sesame.period_payment(sold_item.item, sold.module_id) as found
  offset 0
) as paid on closed.reason is null
cross join lateral (
  select coalesce(
    closed.reason,
    case when paid.paid_until is null then paid.block end,
    case
      when subscription.collection_method = 'send_invoice' and subscription.status in ('active', 'past_due')
        and not settings.send_invoice_opens_unpaid
        and not paid.is_paid then 'unpaid'
      else 'subscription'
    end::sesame.reason
  ) as reason
) as why
-- Graces are added in UTC, so that the length of a day does not depend on the time zone of the caller.
cross join lateral (
  select
    case
      when subscription.cancel_at is not null then subscription.cancel_at
      when subscription.cancel_at_period_end then sold_item.period_end
      else (
        case when subscription.status = 'trialing' and subscription.trial_end is not null
          then subscription.trial_end else sold_item.period_end
        end at time zone 'utc' + settings.renewal_grace
      ) at time zone 'utc'
    end as ends_at,
    case when subscription.status = 'past_due' and why.reason = 'subscription' then
      (
        sesame.unpaid_since(sold_item.item, case when sold.price_id is not null then sold.module_id end)
          at time zone 'utc' + settings.past_due_grace
      ) at time zone 'utc'
    end as grace_ends_at
  offset 0
) as period
where sold_item.quantity > 0
  and (sold_item.price_id = sold.price_id or sold.price_id is null and sesame.is_unmapped(sold_item.price_id));

comment on view sesame.subscription_grants is
  'One row for each module of each item of each subscription, open or closed, with the reason.';

-- chapter: 20261121002400_manual_grants.sql

-- Grants that no payment decides: grants by hand, denials, and free modules that members claimed.

create type sesame.manual_kind as enum ('grant', 'denial', 'claim');

create table sesame.manual_grants (
  id uuid primary key default gen_random_uuid(),
  kind sesame.manual_kind not null,
  user_id uuid not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  actor text not null,
  why text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  revoked_why text,
  constraint manual_grants_actor_is_named check (actor <> ''),
  constraint manual_grants_why_is_said check (why <> ''),
  constraint manual_grants_only_grants_expire check (kind = 'grant' or expires_at is null),
  constraint manual_grants_revocation_is_complete
    check ((revoked_at is null) = (revoked_by is null) and (revoked_at is null) = (revoked_why is null))
);

create index manual_grants_user_id_module_id_idx on sesame.manual_grants (user_id, module_id);
create index manual_grants_module_id_idx on sesame.manual_grants (module_id);
create index manual_grants_source_id_idx on sesame.manual_grants ((id::text));
create unique index manual_grants_one_claim_idx on sesame.manual_grants (user_id, module_id)
  where kind = 'claim' and revoked_at is null;

alter table sesame.manual_grants enable row level security;

comment on table sesame.manual_grants is
  'Grants, denials and claims that no payment decides. Never deleted, only revoked. Private: no policy, '
  'written by grant_module_access, revoke_module_access and claim_free_module.';
comment on column sesame.manual_grants.actor is 'The operator''s name, as they wrote it.';

create view sesame.manual_sources as
select
  true as livemode, '' as account, id::text as source_id, module_id,
  'manual_grant' as source,
  user_id, why_now.reason,
  case when why_now.reason < 'denied' then 'expired' else why_now.reason end as reason_after,
  case when why_now.reason < 'denied' then expires_at end as expires_at,
  null::text as price_id, 'standard' as access_level, null::integer as max_usage,
  null::text as waits_for, false as by_address,
  null::timestamptz as pass_from, null::interval as pass_duration, null::text as payment_root
from sesame.manual_grants
cross join lateral (
  select case
    when revoked_at is not null then 'revoked'
    when kind = 'grant' then 'manual'
    when kind = 'claim' then 'free'
    else 'denied'
  end::sesame.reason as reason
) as why_now
-- A denial that was lifted has no effect.
where kind <> 'denial' or revoked_at is null;

comment on view sesame.manual_sources is 'One row for each grant by hand, claim, and denial in force.';

-- chapter: 20261121002500_access_tokens.sql

-- Access tokens: rights that the site itself hands out, beside those of Stripe's events. Each is one more
-- source of access. A trigger in a later chapter carries it into access.

create table public.access_tokens (
  id uuid primary key default gen_random_uuid(),
  created_by uuid,
  user_ref text,
  module_id bigint not null references public.modules (id) on delete restrict,
  access_type text not null default 'token',
  access_level text not null default 'standard',
  expires_at timestamptz,
  max_usage integer,
  usage_count integer not null default 0,
  is_active boolean not null default true,
  payment_id text,
  blocked_by text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint access_tokens_owner_is_named check (created_by is not null or coalesce(user_ref, '') <> ''),
  constraint access_tokens_access_type_opens
    check (access_type in ('purchase', 'subscription', 'manual', 'token', 'free')),
  constraint access_tokens_max_usage_is_positive check (max_usage > 0),
  constraint access_tokens_usage_count_is_within_max_usage check (usage_count between 0 and max_usage),
  constraint access_tokens_payment_id_is_not_blank check (payment_id <> ''),
  constraint access_tokens_blocked_by_its_payment
    check (
      blocked_by is null
      or blocked_by in ('refunded', 'disputed', 'canceled', 'unpaid', 'paused', 'expired') and payment_id is not null
    ),
  constraint access_tokens_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index access_tokens_created_by_module_id_idx on public.access_tokens (created_by, module_id);
create index access_tokens_module_id_idx on public.access_tokens (module_id);
create index access_tokens_payment_id_idx on public.access_tokens (payment_id) where payment_id is not null;
create index access_tokens_waiting_idx on public.access_tokens (sesame.tidy_email(user_ref))
  where created_by is null;
create index access_tokens_user_ref_idx on public.access_tokens (user_ref) where user_ref is not null;

alter table public.access_tokens enable row level security;

create policy access_tokens_select_own on public.access_tokens
  for select to authenticated
  using (created_by = (select auth.uid()));

select sesame.revoke_default_grants('public.access_tokens');
-- Column by column, as on public.modules.
grant select (
  id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count, is_active,
  payment_id, blocked_by, metadata, created_at, updated_at
) on public.access_tokens to authenticated;
grant select on public.access_tokens to service_role;
grant insert (
  id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
  is_active, payment_id, metadata, created_at
), update (
  created_by, user_ref, access_type, access_level, expires_at, max_usage, usage_count,
  is_active, payment_id, metadata
) on public.access_tokens to service_role;

create trigger access_tokens_touch_updated_at
  before update on public.access_tokens
  for each row
  when (old.* *<> new.*)
  execute function sesame.tg_touch_updated_at();

comment on table public.access_tokens is
  'Rights that the site handed out. Every insert and update is carried into module_access in the same '
  'transaction. Members read their own rows and write none; a server writes with the secret key.';
comment on column public.access_tokens.created_by is
  'The user of the token; null: not known yet, see user_ref. No foreign key: the user may sign up later.';
comment on column public.access_tokens.user_ref is
  'The owner as the site named them, where it gave no user id: an e-mail address. created_by is set once a user has '
  'verified this address.';
comment on column public.access_tokens.access_type is
  'The module_access.access_type where this token decides: token, or the kind of access that it stands for.';
comment on column public.access_tokens.expires_at is 'Null: never.';
comment on column public.access_tokens.max_usage is 'How often it may be used; null: no limit.';
comment on column public.access_tokens.usage_count is 'How often it was used: counted by sesame_verify_module_token.';
comment on column public.access_tokens.is_active is 'False once revoked; time and use do not change it.';
comment on column public.access_tokens.payment_id is
  'The payment for it: an id of the site''s own, or a Stripe payment, charge, session, invoice or subscription (pi_, '
  'ch_, py_, cs_, in_, sub_).';
comment on column public.access_tokens.blocked_by is
  'refunded or disputed, while its payment is. For a subscription: the reason why that is closed, or expired where the '
  'subscription itself decides for the user. Written by the fold only.';

-- chapter: 20261121002510_token_sources.sql

-- The sources that access tokens are: each counts as it says, unless its payment was refunded.

create function sesame.block_of_payment(payment_id text) returns sesame.reason
language plpgsql stable set search_path = '' as $$
begin
  -- The id may be that of an invoice, of a session, or of the payment or charge itself; ids of different kinds are
  -- never alike. An id does not show its mode, so both modes are searched.
  return (
    select min(case
      when invoice.id is not null then sesame.block_of_invoice(invoice.id, '', mode.livemode)
      else sesame.block_of_payments(
        paying.ids, null, '', mode.livemode,
        coalesce(session.amount_total, 9223372036854775807)  -- unknown amount: no refund counts as a full refund
      )
    end)
    from (values (true), (false)) as mode (livemode)
    left join lateral (
      (select known.id, known.payment_intent_id, known.invoice_id, known.amount_total
       from sesame.checkout_sessions as known
       where (known.id, known.account, known.livemode) = (block_of_payment.payment_id, '', mode.livemode)
       offset 0)
      union all
      (select known.id, known.payment_intent_id, known.invoice_id, known.amount_total
       from sesame.checkout_sessions as known
       where (known.payment_intent_id, known.account, known.livemode) = (block_of_payment.payment_id, '', mode.livemode)
       offset 0)
      order by amount_total desc nulls last, id
      limit 1
    ) as session on true
    left join lateral (
      select payment_intent_id, invoice_id from sesame.charges
      where (id, account, livemode) = (block_of_payment.payment_id, '', mode.livemode)
      offset 0
    ) as charge on true
    left join lateral (
      select id from sesame.invoices
      where (id, account, livemode)
        = (coalesce(session.invoice_id, charge.invoice_id, block_of_payment.payment_id), '', mode.livemode)
      offset 0
    ) as invoice on true
    cross join lateral (
      select array[coalesce(session.payment_intent_id, charge.payment_intent_id, block_of_payment.payment_id)] as ids
    ) as paying
  );
end
$$;

comment on function sesame.block_of_payment is
  'disputed, refunded, or null: the state of the payment for a token (pi_, ch_, py_, cs_ or in_). Null for an unknown '
  'id.';

create view sesame.token_sources as
select
  true as livemode, '' as account, token.id::text as source_id, token.module_id,
  'access_token' as source,
  token.created_by as user_id, why_now.reason,
  case when why_now.reason < 'denied' then 'expired' else why_now.reason end as reason_after,
  case when why_now.reason < 'denied' then token.expires_at end as expires_at,
  null::text as price_id, token.access_level, token.max_usage, false as by_address
from public.access_tokens as token
cross join lateral (
  select case
    when token.is_active then coalesce(token.blocked_by, token.access_type)
    else 'revoked'
  end::sesame.reason as reason
) as why_now;

comment on view sesame.token_sources is
  'One row for each access token, open or closed, with the reason. A token is its own grant: only its own columns '
  'decide, and whether it is blocked.';

-- chapter: 20261121002520_written_limits.sql

-- Limits that the site's server set by writing to public.module_access. An insert adds a source, an access token. An
-- update or a delete limits the existing sources. Each limit ends when its source says more than it said then, so a
-- later payment opens. See docs/decisions/0015_the_server_writes_access.md.

create table sesame.written_limits (
  source_id text not null,
  module_id bigint not null,
  source text not null,
  account text not null,
  livemode boolean not null,
  user_id uuid not null,
  said timestamptz not null,
  ends_at timestamptz,
  is_closed boolean not null,
  is_removed boolean not null,
  written_at timestamptz not null default now(),
  primary key (source_id, module_id, source, account, livemode),
  constraint written_limits_removed_are_closed check (is_closed or not is_removed),
  constraint written_limits_limit_something check (is_closed or ends_at is not null)
);

create index written_limits_user_id_module_id_idx on sesame.written_limits (user_id, module_id);

alter table sesame.written_limits enable row level security;

comment on table sesame.written_limits is
  'Sources of access that the site''s server limited by an update or a delete in public.module_access. The next update '
  'that opens lifts them. Private: no policy, written by the triggers on module_access only.';
comment on column sesame.written_limits.user_id is
  'The user of the source at that time. If the source moves to another user, it is not limited.';
comment on column sesame.written_limits.said is
  'The end of the source itself at that time; infinity: no end, -infinity: it was closed. Once the source says more, '
  'after a renewal for instance, the limit no longer applies.';
comment on column sesame.written_limits.ends_at is
  'The source opens no longer than this; null: as long as it says itself.';
comment on column sesame.written_limits.is_closed is 'The source opens nothing.';
comment on column sesame.written_limits.is_removed is 'The row was deleted, so the source does not keep a row either.';

-- chapter: 20261121002600_grants.sql

-- Grants: for each source the modules that it opens or closes. Derived from facts alone, and stored for cheap reads.

create view sesame.derived_grants as
select distinct on (livemode, account, source, source_id, module_id) *
from (
  select * from sesame.purchase_grants
  union all
  select * from sesame.subscription_grants
  union all
  select * from sesame.manual_sources
) as offered
-- Two prices of one source may open one module: an open grant beats a closed one, and a longer one beats a shorter one.
order by
  livemode, account, source, source_id, module_id,
  reason < 'denied' desc, expires_at desc nulls first, reason, reason_after, price_id;

comment on view sesame.derived_grants is 'The rows that sesame.grants must have, as a pure function of the facts.';

create table sesame.grants (
  livemode boolean not null,
  account text not null,
  source_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  source text not null,
  user_id uuid,
  reason sesame.reason not null,
  reason_after sesame.reason not null,
  expires_at timestamptz,
  price_id text,
  access_level text not null,
  max_usage integer,
  waits_for text,
  by_address boolean not null,
  pass_from timestamptz,
  pass_duration interval,
  payment_root text,
  primary key (source_id, module_id, source, account, livemode),
  constraint grants_closed_do_not_expire check (reason < 'denied' or expires_at is null),
  constraint grants_owned_wait_for_nobody check (user_id is null or waits_for is null)
)
with (fillfactor = 90);  -- as in sesame.subscriptions

create index grants_user_id_module_id_idx on sesame.grants (user_id, module_id);
create index grants_module_id_idx on sesame.grants (module_id);
create index grants_price_id_idx on sesame.grants (price_id, module_id) where price_id is not null;
create index grants_waits_for_idx on sesame.grants (waits_for) where waits_for is not null;

alter table sesame.grants enable row level security;

comment on table sesame.grants is
  'One row for each source and module, open or closed. Always equal to sesame.derived_grants. Private: '
  'no policy, written by the fold only.';
comment on column sesame.grants.source_id is
  'The source: a Stripe object (cs_, pi_, in_, sub_), or the id of a manual grant.';
comment on column sesame.grants.user_id is
  'The buyer that the site named, or the user that claimed it; null: not known yet. No foreign key: buyers may sign up '
  'after they paid.';
comment on column sesame.grants.waits_for is 'While the buyer is not known: the buyer''s address at Stripe.';
comment on column sesame.grants.by_address is
  'Only the address at Stripe names the buyer, and anybody may type any address. So the grant may open, and never closes.';
comment on column sesame.grants.pass_from is
  'The payment time of a purchase with an end. sesame.sources adds up such purchases by pass_from, pass_duration and '
  'payment_root.';
comment on column sesame.grants.payment_root is
  'The same for everything that one payment sold, so that it counts once.';
comment on column sesame.grants.reason is 'The reason before expires_at.';
comment on column sesame.grants.reason_after is 'The reason from expires_at on; equal to reason where closed.';

-- chapter: 20261121002700_dependents.sql

-- The objects that must be derived again when an object changes: arrows from an object to those whose derivation reads
-- it. The two halves of a purchase find each other along these arrows, whichever arrives first. An extra arrow costs
-- time; a missing one would lose an update.

create view sesame.dependents as
  -- A session lends its buyer to its subscription, and stands in for its payment and its invoice.
  select 'checkout_session' as from_kind, id as from_id, 'payment_intent' as to_kind, payment_intent_id as to_id
  from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'invoice', invoice_id from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'subscription', subscription_id from sesame.checkout_sessions
  union all
  -- A payment pays its session or its invoice.
  select 'payment_intent', payment_intent_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'payment_intent', payment_intent_id, 'invoice', id from sesame.invoices
  union all
  select 'payment_intent', id, 'invoice', invoice_id from sesame.payment_intents
  union all
  -- A charge belongs to its payment, or on old API versions to its invoice.
  select 'charge', id, 'payment_intent', payment_intent_id from sesame.charges
  union all
  select 'charge', id, 'invoice', invoice_id from sesame.charges
  union all
  select 'charge', charge_id, 'invoice', id from sesame.invoices
  union all
  -- A charge also links its payment to the invoice that it pays, whichever of the two names it.
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.charges
  union all
  select 'payment_intent', charge.payment_intent_id, 'invoice', invoice.id
  from sesame.charges as charge
  cross join lateral (
    (select id from sesame.invoices where charge_id = charge.id offset 0)
    union all
    (select invoice_id from sesame.invoice_payments where charge_id = charge.id offset 0)
  ) as invoice
  union all
  -- A refund and a dispute take from their payment.
  select 'refund', id, 'payment_intent', payment_intent_id from sesame.refunds
  union all
  select 'refund', id, 'charge', charge_id from sesame.refunds
  union all
  select 'dispute', id, 'payment_intent', payment_intent_id from sesame.disputes
  union all
  select 'dispute', id, 'charge', charge_id from sesame.disputes
  union all
  -- An invoice pays periods of subscriptions, and stands in for its payment.
  select 'invoice', id, 'payment_intent', payment_intent_id from sesame.invoices
  union all
  select 'invoice', id, 'charge', charge_id from sesame.invoices
  union all
  select 'invoice', id, 'subscription', subscription_id from sesame.invoices
  union all
  select 'invoice', invoice_id, 'subscription', subscription_id from sesame.invoice_lines
  union all
  select 'invoice', invoice_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  -- A subscription lends its buyer to what its invoices and its session sell beside it.
  select 'subscription', subscription_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'subscription', subscription_id, 'checkout_session', id
  from sesame.checkout_sessions where cardinality(price_ids) > 1
  union all
  -- A price that recurs is not sold once.
  select 'price', price_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'price', price.id, 'checkout_session', session.id
  from sesame.prices as price
  join sesame.checkout_sessions as session on session.price_ids @> array[price.id]
  union all
  -- An invoice payment links the two, in both directions.
  select 'invoice_payment', id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'charge', charge_id from sesame.invoice_payments
  union all
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'charge', charge_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'charge', charge_id from sesame.invoice_payments
  union all
  -- A customer lends their user to all they bought.
  select 'customer', customer_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'customer', customer_id, 'payment_intent', id from sesame.payment_intents
  union all
  select 'customer', customer_id, 'charge', id from sesame.charges where module_ref is not null
  union all
  select 'customer', customer_id, 'invoice', id from sesame.invoices
  union all
  select 'customer', customer_id, 'subscription', id from sesame.subscriptions
  union all
  -- An object that names its buyer also names the buyer of the same customer's purchases without a name.
  select 'checkout_session', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.checkout_sessions
  union all
  select 'payment_intent', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.payment_intents
  union all
  select 'charge', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.charges
  union all
  select 'invoice', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.invoices
  union all
  select 'subscription', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.subscriptions
  union all
  select 'known_customer', customer_id, 'checkout_session', id from sesame.checkout_sessions where user_ref is null
  union all
  select 'known_customer', customer_id, 'payment_intent', id
  from sesame.payment_intents where user_ref is null and coalesce(module_ref, '') <> ''  -- as in sesame.purchases
  union all
  select 'known_customer', customer_id, 'charge', id
  from sesame.charges where user_ref is null and module_ref is not null
  union all
  select 'known_customer', customer_id, 'subscription', id from sesame.subscriptions where user_ref is null
  union all
  -- Most invoices bill subscriptions, and sell nothing beside them.
  select 'known_customer', customer_id, 'invoice', id
  from sesame.invoices
  where user_ref is null and (subscription_id is null or exists (
    select from sesame.invoice_lines as line where line.invoice_id = invoices.id and line.stands_alone
    offset 0
  ));

comment on view sesame.dependents is
  'When from changes, derive to again. By ids alone: the same id in another account only costs time.';

-- chapter: 20261121002710_dependents_of.sql

-- One arrow from objects of one kind.

-- A literal kind prunes the view to its few branches when it is planned. One plan of all of them would cost more to
-- start than to run. Without `offset 0`, an index in the order of the ids would be read to its end.
create function sesame.dependents_of(kind text, ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'checkout_session' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'checkout_session' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'payment_intent' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'payment_intent' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'charge' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'charge' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'refund' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'refund' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'dispute' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'dispute' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice_payment' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice_payment' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'subscription' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'subscription' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'customer' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'known_customer' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'known_customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'price' then
      return (
        select json_object_agg(reached.to_kind, reached.ids)::jsonb
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id collate "C") as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'price' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    else
      return null;  -- no other object is derived from this kind
  end case;
end
$$;

comment on function sesame.dependents_of is
  'The objects one arrow away from objects of one kind: {kind: [id, …]}, or null.';

-- chapter: 20261121002720_find_dependents.sql

-- Follows the arrows to the end: all objects that must be derived again with these.

create function sesame.next_dependents(objects jsonb, known jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_portion jsonb;
  v_kind text;
  v_next jsonb := '{}';
begin
  for v_portion in select * from sesame.portions_of(objects) loop
    -- The planner estimates ten values for an array. It would estimate many for a query, and read a whole index.
    for v_kind in select * from jsonb_object_keys(v_portion) loop
      v_next := sesame.union_objects(v_next, sesame.dependents_of(v_kind, sesame.ids_of(v_portion, v_kind)));
    end loop;
  end loop;
  return sesame.except_objects(v_next, known);
end
$$;

comment on function sesame.next_dependents is
  'The objects one arrow away from these objects {kind: [id, …]}, without the known ones.';

create function sesame.find_dependents(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_found jsonb := objects;
  v_next jsonb := sesame.next_dependents(objects, objects);
begin
  while v_next <> '{}' loop
    v_found := sesame.union_objects(v_found, v_next);
    -- A name lends itself to the customer's purchases without a name only where it is written (sesame.known_names).
    v_next := sesame.next_dependents(v_next, v_found) - 'known_customer';
  end loop;
  return sesame.union_objects(v_found, sesame.tokens_paid_by(v_found));
end
$$;

comment on function sesame.find_dependents is 'These objects {kind: [id, …]} and all objects that depend on them.';

-- A token may name any object that pays, and nothing depends on a token. So tokens are looked up once, at the end.
create function sesame.tokens_paid_by(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_strip_nulls(jsonb_build_object('access_token', jsonb_agg(id)))
    from public.access_tokens
    where payment_id = any (array(
      select jsonb_array_elements_text(objects -> kind)
      from unnest('{payment_intent,checkout_session,invoice,charge}'::text[]) as kind
      union all
      select charge.id
      from jsonb_array_elements_text(objects -> 'payment_intent') as intent (id)
      cross join lateral (
        select known.id from sesame.charges as known where known.payment_intent_id = intent.id offset 0
      ) as charge
      union all
      select jsonb_array_elements_text(objects -> 'subscription')
      union all
      select session.id
      from jsonb_array_elements_text(objects -> 'subscription') as subscription (id)
      cross join lateral (
        select known.id from sesame.checkout_sessions as known where known.subscription_id = subscription.id offset 0
      ) as session
    ))
  );
end
$$;

comment on function sesame.tokens_paid_by is
  'The access tokens {access_token: [id, …]} that any of these objects {kind: [id, …]} paid for.';

-- chapter: 20261121003000_module_access.sql

-- The table that frontends read: one row for each user and module.

create table public.module_access (
  id bigint generated by default as identity primary key,
  user_id uuid not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  access_type text not null default 'purchase',
  token_id uuid,
  expires_at timestamptz,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  metadata jsonb not null default '{}',
  constraint module_access_user_id_module_id_key unique (user_id, module_id),
  constraint module_access_closed_does_not_expire check (is_active or expires_at is null),
  constraint module_access_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
)
-- Room for the next version of a row beside it. A renewal then writes no index, as no index names what it changes.
with (fillfactor = 90);

create index module_access_module_id_idx on public.module_access (module_id);

alter table public.module_access enable row level security;

create policy module_access_select_own on public.module_access
  for select to authenticated
  using (user_id = (select auth.uid()));

select sesame.revoke_default_grants('public.module_access');
-- Column by column, as on public.modules.
grant select (id, user_id, module_id, access_type, token_id, expires_at, is_active, created_at, updated_at, metadata)
  on public.module_access to authenticated;
grant select on public.module_access to service_role;
-- Its writes become sources of access: see the chapter written_access.
grant insert, update, delete on public.module_access to service_role;

comment on table public.module_access is
  'The modules of each user. Members read their own rows and write none. A server writes with the secret key. Each of '
  'its writes adds a source of access, or limits the existing ones. Open now: is_active and (expires_at is '
  'null or expires_at > now()); the view my_modules says it in words.';
comment on column public.module_access.access_type is
  'The kind of access that decides: purchase, subscription, manual, token or free.';
comment on column public.module_access.token_id is 'The access token that opened it, where one did.';
comment on column public.module_access.expires_at is 'Null: no end, or closed.';
comment on column public.module_access.is_active is 'False once refunded, canceled or never paid. Time alone does not change it.';
comment on column public.module_access.metadata is
  '{source, source_id, reason, reason_after, access_level, max_usage}: the source that decides, why, and why not any '
  'more once expires_at has passed. All other keys belong to the site and stay as they are.';

create function sesame.fold_keys() returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array['source', 'source_id', 'reason', 'reason_after', 'access_level', 'max_usage'];
end
$$;

comment on function sesame.fold_keys is 'The keys of module_access.metadata that the fold writes.';

create function sesame.keys_of_fold(metadata jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select jsonb_object_agg(key, metadata -> key) from unnest(sesame.fold_keys()) as key where metadata ? key
  );
end
$$;

comment on function sesame.keys_of_fold is 'The part of module_access.metadata that the fold writes.';

-- chapter: 20261121003010_access_now.sql

-- What a row of access means at this instant. Time alone closes access, without a write, so each reader compares with
-- now(). "Open now" is written here twice: the view my_modules calls status_now with the rights of a member, who cannot
-- look up a name in schema sesame. has_module_access has its own copy, which is faster. A test compares all three.

create function sesame.is_open(is_active boolean, expires_at timestamptz) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return is_active and coalesce(expires_at > now(), true);
end
$$;

comment on function sesame.is_open is 'Whether access is open at this instant. expires_at null: no end.';

create function sesame.status_now(is_active boolean, expires_at timestamptz, metadata jsonb) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when is_active and coalesce(expires_at > now(), true) then 'active'
    when is_active then 'expired'
    when metadata ->> 'reason' = 'pending_payment' then 'pending'
    else 'closed'
  end;
end
$$;

comment on function sesame.status_now is
  'The status of a row of public.module_access for people: active, expired, pending or closed.';

create function sesame.reason_now(expires_at timestamptz, metadata jsonb) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case when expires_at <= now() then metadata ->> 'reason_after' else metadata ->> 'reason' end;
end
$$;

comment on function sesame.reason_now is
  'The reason of a row of public.module_access at this instant: a word of sesame.reason.';

-- chapter: 20261121003050_access_log.sql

-- Every change of access, with its cause: append-only.

create table sesame.access_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  user_id uuid not null,
  module_id bigint not null,
  is_active boolean,
  expires_at timestamptz,
  metadata jsonb,
  cause text not null
);

create index access_log_user_id_module_id_idx on sesame.access_log (user_id, module_id);

alter table sesame.access_log enable row level security;

comment on table sesame.access_log is
  'Every change of public.module_access. Append-only. Private: no policy, written by '
  'project_access and by the triggers on module_access.';
comment on column sesame.access_log.is_active is
  'With expires_at and metadata: the values of module_access from then on. Null: the last source is gone, and so is '
  'the row.';
comment on column sesame.access_log.cause is
  'stripe, stripe: reconcile <run>, token, catalogue, settings, member: <what they did>, operator: <actor>: <why>, or '
  'written: <insert, update or delete>, where the site itself wrote module_access. Stripe''s events are in the inbox, '
  'for the object that metadata.source_id names.';

create view sesame.access_changes as
select
  id, at, user_id, module_id, cause, is_active, expires_at, metadata,
  lag(is_active) over change as was_active,
  lag(expires_at) over change as was_expires_at,
  lag(metadata) over change as was
from sesame.access_log
window change as (partition by user_id, module_id order by id);

comment on view sesame.access_changes is 'The access log with the former values; nulls: there was no row.';

create function sesame.tg_refuse_rewriting() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  -- Erasure rewrites only the texts about the erased user. The times when access opened and closed stay.
  if tg_op = 'UPDATE' and current_setting('sesame.erasing', true) = 'yes' then
    return null;
  end if;
  raise sqlstate 'SE005' using
    message = 'the access log is append-only',
    hint = 'Correct access itself; the correction is logged.';
end
$$;

create trigger access_log_refuse_rewriting
  before update or delete or truncate on sesame.access_log
  for each statement execute function sesame.tg_refuse_rewriting();

create function sesame.set_cause(cause text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform set_config('sesame.cause', cause, true);
end
$$;

comment on function sesame.set_cause is 'Sets the cause that the access log writes for changes in this transaction.';

-- chapter: 20261121003100_decided_access.sql

-- The union of a member's sources for one module: open if any of them is open, until the latest end, unless the member
-- is denied it.

-- Each source as it says itself, with the limit that the site's server set.
create view sesame.own_sources as
select own.*, limited.is_limited is true as is_limited, limited.ends_at, limited.is_closed is true as is_closed,
  limited.is_removed is true as is_removed
from (
  select said.*, case when reason < 'denied' then coalesce(expires_at, 'infinity') else '-infinity' end as says
  from (
    select
      source, source_id, module_id, user_id, reason, reason_after, expires_at, access_level, max_usage, account,
      livemode, by_address, pass_from, pass_duration, payment_root
    from sesame.grants
    union all
    select
      source, source_id, module_id, user_id, reason, reason_after, expires_at, access_level, max_usage, account,
      livemode, by_address, null, null, null
    from sesame.token_sources
  ) as said
) as own
left join lateral (
  select true as is_limited, written.ends_at, written.is_closed, written.is_removed
  from sesame.written_limits as written
  where (written.source_id, written.module_id, written.source, written.account, written.livemode)
      = (own.source_id, own.module_id, own.source, own.account, own.livemode)
    and own.says <= written.said and own.user_id = sesame.present_account(written.user_id)
  offset 0  -- a look-up, see docs/decisions/0007_plans_are_fixed.md
) as limited on true;

comment on view sesame.own_sources is
  'All sources that open or close a module for a user, as they say themselves: grants, and access tokens. says: the '
  'end of the source. is_limited and the columns after it: the limit in sesame.written_limits.';

create function sesame.passes_end(of_user uuid, of_module bigint, of_level text, among_limited boolean)
returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (
    select max((pass_from at time zone 'utc' + time_left) at time zone 'utc')
    from (
      -- The intervals are added first: two months are two months, whenever the first begins.
      select pass_from, sum(duration) over (order by pass_from desc, payment_root desc) as time_left
      from (
        select distinct on (payment_root) payment_root, pass_from, pass_duration as duration
        from (
          select * from sesame.own_sources where user_id = of_user and pass_from is not null
          offset 0  -- by the user: millions may have the module
        ) as owned
        where module_id = of_module and access_level = of_level and is_limited = among_limited
        -- A month and 30 days are equal when compared, and differ when added.
        order by payment_root, pass_duration desc, pass_duration::text, pass_from
      ) as paid_once
    ) as pass
  );
end
$$;

comment on function sesame.passes_end is
  'The common end of all passes of a user for one module and level. Each pass gives its payment time plus all time '
  'bought from then on; the latest of these ends counts. A refunded pass does not count, so later passes move up. '
  'Passes that the site''s server limited are added up separately.';

create view sesame.sources as
select
  own.source, own.source_id, own.module_id, own.user_id,
  case when own.is_closed and own.reason < 'denied' then 'revoked' else own.reason end as reason,
  case
    when own.reason >= 'denied' then own.reason_after
    when own.is_closed then 'revoked'
    when own.ends_at is not null then 'expired'
    else own.reason_after
  end as reason_after,
  case
    when own.reason >= 'denied' or own.is_closed then null
    when own.pass_from is not null and own.user_id is not null and (
      select settings.passes_stack from sesame.settings where settings.id
    ) then least(sesame.passes_end(own.user_id, own.module_id, own.access_level, own.is_limited), own.ends_at)
    else least(own.expires_at, own.ends_at)
  end as expires_at,
  own.access_level, own.max_usage, own.account, own.livemode, own.by_address, own.says, own.ends_at, own.is_removed
from sesame.own_sources as own;

comment on view sesame.sources is
  'All sources that open or close a module for a user: grants, and access tokens, with passes added up and within the '
  'limits that the site''s server wrote.';

create view sesame.decided_access as
select distinct on (user_id, module_id)
  user_id, module_id,
  source, source_id, reason, expires_at, access_level, max_usage,
  reason < 'denied' as is_active,
  -- Every source has ended by then, so the gravest of their reason_after values remains.
  min(case when by_address and reason_after in ('past_due_expired', 'disputed') then 'expired' else reason_after end)
    over (partition by user_id, module_id) as reason_after
from sesame.sources
where user_id is not null and not is_removed
  -- Anybody may type any address. Such a purchase may give the member a module, and asks nothing of them: neither to
  -- wait for a payment, nor to fix a subscription, nor to answer for a dispute.
  and not (by_address and reason in ('pending_payment', 'unpaid', 'paused', 'disputed'))
order by
  user_id, module_id,
  reason = 'denied' desc, reason < 'denied' desc, expires_at desc nulls first, reason, source_id, account, livemode;

comment on view sesame.decided_access is 'The content of public.module_access, as a pure function of the sources.';

create view sesame.access_rows as
select
  user_id, module_id,
  case
    when is_active then reason::text
    when source = 'subscription' then 'subscription'
    when source = 'manual_grant' then 'manual'
    when source = 'access_token' then 'token'
    else 'purchase'
  end as access_type,
  case when source = 'access_token' then source_id::uuid end as token_id,
  expires_at, is_active,
  jsonb_build_object(
    'source', source, 'source_id', source_id, 'reason', reason, 'reason_after', reason_after,
    'access_level', access_level, 'max_usage', max_usage
  ) as metadata
from sesame.decided_access;

comment on view sesame.access_rows is
  'The same as rows of public.module_access; metadata has only the keys of the fold.';

-- chapter: 20261121003110_project_access.sql

-- Makes module_access, which frontends read, equal to decided_access, the view that decides.

-- Writes of others to module_access become a source first (written_access). The trigger depth marks the writes of the
-- fold: a trigger of the site's own, called by such a write, is one level deeper.
create function sesame.begin_folding() returns text
language plpgsql volatile set search_path = '' as $$
declare
  v_former text := current_setting('sesame.folding', true);
begin
  perform set_config('sesame.folding', pg_trigger_depth()::text, true);
  return v_former;
end
$$;

comment on function sesame.begin_folding is
  'From here on the caller writes to module_access what the sources decide. Answers the argument for end_folding.';

create function sesame.end_folding(former text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform set_config('sesame.folding', coalesce(former, ''), true);
end
$$;

create function sesame.project_access(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_folding text := sesame.begin_folding();
begin
  with decided as materialized (
    select * from sesame.access_rows
    where user_id = any (user_ids)
  ),
  removed as (
    delete from public.module_access as held
    where held.user_id = any (user_ids)
      and (held.user_id, held.module_id) not in (select user_id, module_id from decided)
    returning held.user_id, held.module_id
  ),
  -- The keys of decided belong to the fold. All other keys in the metadata of a row belong to the site, and stay.
  written as (
    insert into public.module_access as held
      (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
    select user_id, module_id, access_type, token_id, expires_at, is_active, metadata
    from decided
    on conflict (user_id, module_id) do update set
      (access_type, token_id, expires_at, is_active, metadata, updated_at)
      = (excluded.access_type, excluded.token_id, excluded.expires_at, excluded.is_active,
         held.metadata || excluded.metadata, now())
      where (held.access_type, held.token_id, held.expires_at, held.is_active, held.metadata)
        is distinct from
          (excluded.access_type, excluded.token_id, excluded.expires_at, excluded.is_active,
           held.metadata || excluded.metadata)
    returning held.user_id, held.module_id, held.is_active, held.expires_at, held.metadata
  )
  insert into sesame.access_log (user_id, module_id, is_active, expires_at, metadata, cause)
  select
    user_id, module_id, is_active, expires_at, metadata,
    coalesce(nullif(current_setting('sesame.cause', true), ''), 'unknown')
  from (
    -- Without a join to decided: under decision 7 that would be a loop over both, which grows with their product.
    select
      user_id, module_id, is_active, expires_at,
      case when metadata - sesame.fold_keys() = '{}' then metadata else sesame.keys_of_fold(metadata) end as metadata
    from written
    union all
    select user_id, module_id, null, null, null from removed
  ) as changed;
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.project_access is
  'Makes module_access of these users equal to decided_access, and logs the changes. In metadata it writes only the '
  'keys of the fold; the site''s own keys stay, and are not logged.';

-- chapter: 20261121003120_block_tokens.sql

-- Tokens whose payment was refunded or is in dispute are blocked until the money is back. A token that names a
-- subscription is open as long as the subscription.

create function sesame.block_of_subscription(of_subscription text, of_user uuid, of_module bigint) returns sesame.reason
language plpgsql stable strict set search_path = '' as $$
begin
  return (
    select min(case
      -- The subscription itself decides on this module for this user. So the token is closed, or it would open twice.
      when own.is_there then 'expired'
      when subscription.status in ('canceled', 'incomplete_expired') then 'canceled'
      when subscription.status in ('unpaid', 'paused') then subscription.status
      when subscription.latest_invoice_id is not null and settings.refunded_period_closes
        then sesame.block_of_invoice(subscription.latest_invoice_id, '', mode.livemode, of_subscription)::text
    end::sesame.reason)
    from (values (true), (false)) as mode (livemode)
    join sesame.settings on settings.id
    cross join lateral (
      select known.status::text as status, latest.id as latest_invoice_id
      from sesame.subscriptions as known
      left join lateral (
        select invoice.id, invoice.subscription_id from sesame.invoices as invoice
        where (invoice.id, invoice.account, invoice.livemode) = (known.latest_invoice_id, '', mode.livemode)
        offset 0
      ) as latest on latest.subscription_id = known.id  -- as in sesame.buyer_names
      where (known.id, known.account, known.livemode) = (of_subscription, '', mode.livemode)
      offset 0
    ) as subscription
    cross join lateral (
      select exists (
        select from sesame.grants as held
        where (held.source_id, held.module_id, held.source, held.account, held.livemode)
            = (of_subscription, of_module, 'subscription', '', mode.livemode)
          and held.user_id = of_user
      ) as is_there
    ) as own
  );
end
$$;

comment on function sesame.block_of_subscription is
  'The reason why a token that names this subscription opens nothing: expired where the subscription itself decides '
  'for the user; canceled, unpaid, paused, refunded or disputed where it does not; null: the token opens, or the '
  'subscription is unknown.';

create function sesame.subscription_behind(payment_id text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return case
    when starts_with(payment_id, 'sub_') then payment_id
    when starts_with(payment_id, 'cs_') then (
      select min(session.subscription_id)
      from (select * from sesame.checkout_sessions where id = subscription_behind.payment_id offset 0) as session
    )
  end;
end
$$;

comment on function sesame.subscription_behind is 'The subscription (sub_) that a token names, or that the session (cs_) it names sold.';

create function sesame.block_tokens(token_ids uuid[]) returns uuid[]
language plpgsql volatile set search_path = '' as $$
declare
  v_owners uuid[];
begin
  with paid as materialized (
    select token.id, token.payment_id, token.created_by, token.module_id, token.blocked_by
    from public.access_tokens as token
    where token.id = any (token_ids)
      and (
        token.blocked_by is not null
        -- Most payments have no object that could block. So this looks first whether there is one. py_ is a charge,
        -- too: one that was not paid by card.
        or case replace(left(token.payment_id, 3), 'py_', 'ch_')
          when 'sub' then exists (select from sesame.subscriptions where id = token.payment_id offset 0)
          when 'cs_' then exists (select from sesame.checkout_sessions where id = token.payment_id offset 0)
          when 'in_' then exists (select from sesame.invoices where id = token.payment_id offset 0)
          when 'ch_' then exists (select from sesame.charges where id = token.payment_id offset 0)
            or exists (select from sesame.refunds where charge_id = token.payment_id offset 0)
            or exists (select from sesame.disputes where charge_id = token.payment_id offset 0)
          when 'pi_' then exists (select from sesame.refunds where payment_intent_id = token.payment_id offset 0)
            or exists (select from sesame.disputes where payment_intent_id = token.payment_id offset 0)
            or exists (
              select from sesame.charges as charge
              where payment_intent_id = token.payment_id
                and (
                  amount_refunded > 0
                  -- A refund and a dispute may name the charge alone.
                  or exists (select from sesame.refunds where charge_id = charge.id offset 0)
                  or exists (select from sesame.disputes where charge_id = charge.id offset 0)
                )
              offset 0
            )
        end
      )
  ),
  blocked as (
    update public.access_tokens as token
    set blocked_by = known.reason
    from (
      select paid.id, coalesce(
        sesame.block_of_payment(paid.payment_id),
        sesame.block_of_subscription(sesame.subscription_behind(paid.payment_id), paid.created_by, paid.module_id)
      )::text as reason
      from paid
      offset 0
    ) as known
    where token.id = known.id and token.blocked_by is distinct from known.reason
    returning token.created_by
  )
  select array_agg(created_by) into v_owners from blocked;
  return v_owners;
end
$$;

comment on function sesame.block_tokens is
  'Blocks or unblocks these tokens as their payments require; answers the owners of the changed tokens. Call under '
  'lock_fold().';

-- chapter: 20261121003150_derive_grants.sql

-- Derives the grants of single objects from the present facts.

-- Kind by kind, and only the kinds at hand: a literal kind prunes the view when it is planned, and one
-- plan of all of it would cost more to start than to run.
create function sesame.derive_grants(objects jsonb) returns setof sesame.derived_grants
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  -- The planner estimates ten values for an array. It would estimate many for a query, and read a whole index.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from jsonb_each(objects) as given (kind, ids)
  loop
    case v_kind
      when 'checkout_session' then
        return query select * from sesame.derived_grants where source = 'checkout_session' and source_id = any (v_ids);
      when 'payment_intent' then
        v_ids := array(
          select given.id
          from (select id, module_ref from sesame.payment_intents where id = any (v_ids) offset 0) as given
          where given.module_ref is not null);
        if v_ids <> '{}' then
          return query select * from sesame.derived_grants where source = 'payment_intent' and source_id = any (v_ids);
        end if;
      when 'charge' then
        v_ids := array(
          select given.id
          from (select id, module_ref, payment_intent_id from sesame.charges where id = any (v_ids) offset 0) as given
          where given.module_ref is not null and given.payment_intent_id is null);
        if v_ids <> '{}' then
          return query select * from sesame.derived_grants where source = 'charge' and source_id = any (v_ids);
        end if;
      when 'invoice' then
        -- Most invoices bill subscriptions, and sell nothing beside them.
        v_ids := array(
          select given.id
          from (select id, status, subscription_id from sesame.invoices where id = any (v_ids) offset 0) as given
          where given.status = 'paid'
            and (given.subscription_id is null or exists (
              select
              from (
                select stands_alone from sesame.invoice_lines where invoice_lines.invoice_id = given.id offset 0
              ) as line
              where line.stands_alone
              offset 0
            )));
        if v_ids <> '{}' then
          return query select * from sesame.derived_grants where source = 'invoice' and source_id = any (v_ids);
        end if;
      when 'subscription' then
        return query select * from sesame.derived_grants where source = 'subscription' and source_id = any (v_ids);
      when 'manual_grant' then
        return query select * from sesame.derived_grants where source = 'manual_grant' and source_id = any (v_ids);
      else
        null;  -- no grant has such a source
    end case;
  end loop;
end
$$;

comment on function sesame.derive_grants is
  'The rows of derived_grants whose sources are these objects {kind: [id, …]}.';

-- chapter: 20261121003160_write_few_grants.sql

-- Writes the grants of a few sources: compared with those held first, as often nothing changes.

create function sesame.write_few_grants(objects jsonb, ids text[], out owners uuid[], out addresses text[])
language plpgsql volatile set search_path = '' as $$
declare
  v_derived sesame.grants[] := array(
    select row (derived.*)::sesame.grants from sesame.derive_grants(objects) as derived
    order by derived.source_id, derived.module_id, derived.source, derived.account, derived.livemode);
  v_held sesame.grants[] := array(
    select held from sesame.grants as held
    where held.source_id = any (ids) and objects -> held.source ? held.source_id  -- ids of two kinds may be alike
    order by held.source_id, held.module_id, held.source, held.account, held.livemode);
  v_one sesame.grants;
begin
  foreach v_one in array v_derived loop
    if v_one.waits_for is not null and v_one.waits_for <> all (coalesce(addresses, '{}')) then
      addresses := addresses || v_one.waits_for;
    end if;
  end loop;
  if v_derived is not distinct from v_held then
    return;
  end if;

  owners := '{}';
  foreach v_one in array v_held loop
    owners := owners || v_one.user_id;
    delete from sesame.grants as held
    where (held.source_id, held.module_id, held.source, held.account, held.livemode)
        = (v_one.source_id, v_one.module_id, v_one.source, v_one.account, v_one.livemode)
      and not exists (
        select from unnest(v_derived) as kept
        where (kept.source_id, kept.module_id, kept.source, kept.account, kept.livemode)
          = (v_one.source_id, v_one.module_id, v_one.source, v_one.account, v_one.livemode)
      );
  end loop;
  foreach v_one in array v_derived loop
    continue when v_one = any (v_held);
    owners := owners || v_one.user_id;
    insert into sesame.grants as held
    select v_one.*
    on conflict (source_id, module_id, source, account, livemode) do update set
      (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at, price_id,
       access_level, max_usage, waits_for, by_address, pass_from, pass_duration, payment_root)
      = row (excluded.*);
  end loop;
end
$$;

comment on function sesame.write_few_grants is
  'As write_grants, for the few sources with these ids. ids: all ids of the objects.';

-- chapter: 20261121003200_fold.sql

-- The fold: facts in, grants out, and from them access.
--
-- A purchase without a user id belongs to the account that has verified the buyer's address. Purchase and account may
-- come in either order, or at once, each in a transaction of its own. The fold looks for the account; the account's
-- trigger (tg_welcome_user) looks for the purchase, and waits until it can see what the fold is about to commit.

create function sesame.fold_sources(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_owners uuid[] := '{}';
  v_addresses text[] := '{}';
  v_portion jsonb;
  v_written record;
begin
  for v_portion in select * from sesame.portions_of(objects) loop
    v_written := sesame.write_grants(v_portion);
    v_owners := v_owners || v_written.owners;
    v_addresses := v_addresses || v_written.addresses;
  end loop;
  -- A token may wait for the grants of its subscription.
  if objects ? 'access_token' then
    v_owners := v_owners || sesame.block_tokens(sesame.ids_of(objects, 'access_token')::uuid[]);
  end if;

  if v_owners <> '{}' then
    perform sesame.project_owners(v_owners);
  end if;
  if v_addresses <> '{}' then
    perform sesame.claim_for_members(v_addresses);
  end if;
end
$$;

comment on function sesame.fold_sources is
  'Derives the grants of these objects {kind: [id, …]} again and projects what changed. Call under lock_fold().';

create function sesame.write_grants(objects jsonb, out owners uuid[], out addresses text[])
language plpgsql volatile set search_path = '' as $$
declare
  v_ids text[] := array(select jsonb_array_elements_text(ids) from jsonb_each(objects) as objects_of (kind, ids));
  v_former_owners uuid[];
  v_few record;
begin
  if cardinality(v_ids) <= 6 then
    v_few := sesame.write_few_grants(objects, v_ids);
    owners := v_few.owners;
    addresses := v_few.addresses;
    return;
  end if;
  v_former_owners := array(select user_id from sesame.grants where source_id = any (v_ids));
  with derived as materialized (
    select * from sesame.derive_grants(objects)
  ),
  -- Materialized, or each of its rows would carry the whole array that it came from.
  given as materialized (
    select kind, id
    from jsonb_each(objects) as objects_of (kind, ids)
    cross join lateral jsonb_array_elements_text(ids) as id
  ),
  withdrawn as (
    delete from sesame.grants as held
    where held.source_id = any (v_ids)
      -- Ids of two kinds may be alike.
      and (held.source, held.source_id) in (select kind, id from given)
      and (held.source, held.source_id, held.module_id, held.account, held.livemode) not in (
        select source, source_id, module_id, account, livemode from derived
      )
    returning held.user_id
  ),
  granted as (
    insert into sesame.grants as held
    select * from derived
    on conflict (source_id, module_id, source, account, livemode) do update set
      (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at, price_id,
       access_level, max_usage, waits_for, by_address, pass_from, pass_duration, payment_root)
      = row (excluded.*)
      where held is distinct from excluded
    returning held.user_id
  )
  select
    case when count(*) > 0 then array_agg(user_id) || v_former_owners end,
    (select array_agg(distinct waits_for) from derived where waits_for is not null)
  into owners, addresses
  from (table withdrawn union all table granted) as changed;
end
$$;

comment on function sesame.write_grants is
  'Makes the grants of these objects {kind: [id, …]} equal to derived_grants. owners: the users whose access may have '
  'changed by it; null: nothing changed. addresses: those that the grants wait for.';

create function sesame.project_owners(user_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if cardinality(user_ids) <= 500 then
    perform sesame.project_access(user_ids);
    return;
  end if;
  -- Each user once, after all their grants are written: the access log has no step in between.
  perform sesame.project_access(array_agg(owner.user_id))
  from (
    select given.user_id, row_number() over (order by given.user_id) as place
    from unnest(user_ids) as given (user_id)
    group by given.user_id
  ) as owner
  group by (owner.place - 1) / 500;
end
$$;

create function sesame.claim_for_members(addresses text[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.lock_addresses(addresses);
  -- Where two accounts have verified one address, the one that Auth spells as we do comes first.
  perform sesame.claim_grants(array_agg(member.id order by place), array_agg(member.address order by place))
  from sesame.find_members(addresses) with ordinality as member (id, address, place);
end
$$;

comment on function sesame.claim_for_members is
  'Claims the purchases that wait for these addresses, where a member has verified them. Call under lock_fold().';

create function sesame.claim_grants(members uuid[], addresses text[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_claimed jsonb;
begin
  with claimed as (
    insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, address_hash, actor, why)
    select
      held.livemode, held.account, held.source, held.source_id, member.id, 'email'::sesame.claim_way,
      sesame.address_hash(member.address), 'member',
      'verified the address'
    from unnest(members, addresses) with ordinality as member (id, address, place)
    cross join lateral (
      select waiting.livemode, waiting.account, waiting.source, waiting.source_id
      from sesame.grants as waiting where waiting.waits_for = member.address
      offset 0
    ) as held
    order by member.place
    on conflict do nothing  -- a purchase of several modules is claimed once
    returning object_kind, object_id
  )
  select json_object_agg(kind, ids) into v_claimed
  from (select object_kind as kind, jsonb_agg(object_id) as ids from claimed group by 1) as by_kind;

  if v_claimed is not null then
    perform sesame.fold_sources(v_claimed);
  end if;
end
$$;

comment on function sesame.claim_grants is
  'Claims for each of these members all purchases that wait for their address. Call under lock_fold().';

-- chapter: 20261121003250_carried_columns.sql

-- Columns of the site's own tables that came along when they were taken over. They keep their names, so that the site's
-- own code finds them where they were. Nothing of Sesame reads them or writes them.

create table sesame.carried_columns (
  of_table text not null,
  name text not null,
  readers text[] not null,
  primary key (of_table, name)
);

alter table sesame.carried_columns enable row level security;

comment on table sesame.carried_columns is
  'Columns of public.modules, access_tokens and module_access that came from tables in schema legacy. Private: no '
  'policy, written by carry_columns only.';
comment on column sesame.carried_columns.readers is
  'The roles (anon, authenticated) that may select it: those that could before. The secret key reads and writes all of '
  'them.';

create table sesame.carried_access (
  token_id uuid primary key references public.access_tokens (id) on delete cascade,
  metadata jsonb not null,
  is_waiting boolean not null default true
);

create index carried_access_waiting_idx on sesame.carried_access (token_id) where is_waiting;

alter table sesame.carried_access enable row level security;

comment on table sesame.carried_access is
  'The rest of the rows of legacy.module_access, without the columns that decide access: for each row its token, its '
  'metadata, and its carried columns. Private: no policy, written by move_access_in only.';
comment on column sesame.carried_access.is_waiting is
  'True until it is written into module_access: its owner may not be known yet.';

create function sesame.carried_list(in_table text, written text) returns text
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((
    select string_agg(', ' || format(written, name), '' order by name)
    from sesame.carried_columns where of_table = in_table
  ), '');
end
$$;

comment on function sesame.carried_list is 'The carried columns of a table, each in the format written, after a comma.';

create function sesame.carry_into_access(token_ids uuid[] default null) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_folding text;
begin
  if not exists (
    select from sesame.carried_access as carried
    where carried.is_waiting and (token_ids is null or carried.token_id = any (token_ids))
  ) then
    return;
  end if;
  perform sesame.lock_fold();
  v_folding := sesame.begin_folding();
  execute format($q$
    with waiting as materialized (
      -- As one value: a column of the site's may have any name.
      select token.id, token.created_by, token.module_id, token.is_active, token.expires_at, carried as said
      from sesame.carried_access as carried
      join public.access_tokens as token on token.id = carried.token_id
      where carried.is_waiting and token.created_by is not null and ($1 is null or carried.token_id = any ($1))
    ),
    -- Of several rows of one member and module, the best.
    best as (
      select distinct on (created_by, module_id) * from waiting
      order by created_by, module_id, is_active desc, expires_at desc nulls first, id
    ),
    written as (
      update public.module_access as access
      set metadata = ((best.said).metadata - sesame.fold_keys()) || access.metadata %s
      from best
      where (access.user_id, access.module_id) = (best.created_by, best.module_id)
    )
    update sesame.carried_access as carried set is_waiting = false
    from waiting where waiting.id = carried.token_id
  $q$, sesame.carried_list('module_access', '%1$I = (best.said).%1$I'))
  using token_ids;
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.carry_into_access is
  'Writes the metadata and carried columns of old rows of access into the rows that these tokens opened, once. Null: '
  'for all tokens that have an owner by now.';

create function sesame.keep_carried(written public.module_access, former public.module_access) returns public.module_access
language plpgsql stable set search_path = '' as $$
declare
  v_presets text;
  v_unsaid jsonb;
begin
  if former.id is null then
    return written;
  end if;
  select string_agg(format('%L, %s', carried.name, coalesce(pg_get_expr(preset.adbin, preset.adrelid), 'null')), ', ')
  into v_presets
  from sesame.carried_columns as carried
  join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = 'public.module_access'::regclass and attribute.attname = carried.name
  left join pg_catalog.pg_attrdef as preset
    on preset.adrelid = attribute.attrelid and preset.adnum = attribute.attnum
  where carried.of_table = 'module_access';
  if v_presets is null then
    return written;
  end if;
  -- A column that the writer left out has its default: then the former value stays.
  execute format('select jsonb_build_object(%s)', v_presets) into v_unsaid;
  return jsonb_populate_record(written, (
    select coalesce(jsonb_object_agg(preset.name, to_jsonb(former) -> preset.name), '{}')
    from jsonb_each(v_unsaid) as preset (name, value)
    where to_jsonb(written) -> preset.name = preset.value
  ));
end
$$;

comment on function sesame.keep_carried is
  'A row of access that replaces a former one. Carried columns that the writer did not set keep their former values.';

create function sesame.erase_carried(of_user uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_table text;
  v_owner text;
  v_folding text := sesame.begin_folding();
begin
  delete from sesame.carried_access as carried
  using public.access_tokens as token
  where token.id = carried.token_id and token.created_by = of_user;
  for v_table, v_owner in values ('access_tokens', 'created_by'), ('module_access', 'user_id') loop
    if exists (select from sesame.carried_columns where of_table = v_table) then
      execute format('update public.%I set %s where %I = $1',
        v_table, substr(sesame.carried_list(v_table, '%I = null'), 3), v_owner)
      using of_user;
    end if;
  end loop;
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.erase_carried is 'Empties the site''s own columns for an erased user.';

-- chapter: 20261121003300_waiting_tokens.sql

-- Tokens whose owner was named by an address wait for the member who has verified it.

create view sesame.waiting_tokens as
select token.id, coalesce(token.created_by::text, token.user_ref) as owner, token.module_id, token.created_at
from public.access_tokens as token
where token.created_by is null
  or not exists (select from auth.users as member where member.id = token.created_by);

comment on view sesame.waiting_tokens is 'Tokens whose owner is no known user: they take effect when that user appears.';

create function sesame.claim_waiting_tokens(user_id uuid, address text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update public.access_tokens as token
  set created_by = claim_waiting_tokens.user_id
  where token.created_by is null and sesame.tidy_email(token.user_ref) = address;
  if found and exists (select from sesame.carried_access where is_waiting) then
    perform sesame.carry_into_access(array(
      select token.id from public.access_tokens as token where token.created_by = claim_waiting_tokens.user_id
    ));
  end if;
end
$$;

comment on function sesame.claim_waiting_tokens is
  'Gives a member the tokens that wait for their verified address; the trigger on tokens does the rest.';

create function sesame.claim_tokens_for_members(token_ids uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- An account that verifies one of these addresses at this moment finishes first, or looks for the tokens afterwards.
  perform sesame.lock_addresses(array(
    select distinct sesame.tidy_email(user_ref) from public.access_tokens where id = any (token_ids)
  ));
  update public.access_tokens as token
  set created_by = member.id
  from sesame.find_members(array(
    select distinct sesame.tidy_email(user_ref) from public.access_tokens
    where id = any (token_ids) and created_by is null
  )) as member
  where token.id = any (token_ids) and token.created_by is null
    and member.address = sesame.tidy_email(token.user_ref);
  if found and exists (select from sesame.carried_access where is_waiting) then
    perform sesame.carry_into_access(token_ids);
  end if;
end
$$;

comment on function sesame.claim_tokens_for_members is
  'Gives these tokens to the members who have verified the addresses in user_ref.';

-- chapter: 20261121003305_walk.sql

-- A walk through all rows in parts, because a call over the Data API ends after eight seconds.
--
-- A walk has four stages: start (nothing yet), sources by id, access tokens by id, members by user id. A part is a
-- range of keys, first and last included. '<stage>/<key>' names the start of the next part. Each part is a call and a
-- transaction of its own. Other writers come between them; their changes are folded already.

create view sesame.walked_sources as
  select 'checkout_session' as kind, id from sesame.checkout_sessions
  union all
  select 'payment_intent', id from sesame.payment_intents
  union all
  select 'charge', id from sesame.charges where module_ref is not null
  union all
  select 'invoice', id from sesame.invoices
  union all
  select 'subscription', id from sesame.subscriptions
  union all
  select 'manual_grant', id::text from sesame.manual_grants
  union all
  -- A grant without its source is walked, too.
  select source, source_id from sesame.grants;

comment on view sesame.walked_sources is
  'All sources of grants, and all sources that grants name: one row or more for each.';

create view sesame.walked_members as
  select user_id from sesame.grants
  union all
  select created_by from public.access_tokens
  union all
  select user_id from public.module_access;

comment on view sesame.walked_members is
  'Users with access or with a source of it: one row for each source and access. Null: the user is not known yet.';

create type sesame.part as (stage text, first text, last text, walked bigint, next text);

comment on type sesame.part is
  'A range of keys of one stage. walked: how many rows it holds, unless many share its last key. next: where the '
  'next part starts. Null: there is none.';

-- Always use the order of an index: just after a restore there are no statistics yet.
create function sesame.part_of_walk(start text, most integer) returns sesame.part
language plpgsql stable set search_path = '' set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_part sesame.part;
  v_key text := substr(start, position('/' in start) + 1);
  v_none constant uuid := '00000000-0000-0000-0000-000000000000';
begin
  if (most > 0) is not true then
    raise sqlstate '22023' using message = 'a part holds at least one row', detail = format('most is %s', most);
  end if;
  v_part.stage := split_part(start, '/', 1);
  case v_part.stage
    when '' then
      v_part.next := 'sources/';
    when 'sources' then
      select min(id), max(id), count(*) into v_part.first, v_part.last, v_part.walked
      from (select id from sesame.walked_sources where id >= v_key order by id limit most) as row;
      v_part.next := coalesce(
        (select 'sources/' || id from sesame.walked_sources where id > v_part.last order by id limit 1), 'tokens/'
      );
    when 'tokens' then
      select min(id::text), max(id::text), count(*) into v_part.first, v_part.last, v_part.walked
      from (
        select id from public.access_tokens where id >= coalesce(nullif(v_key, '')::uuid, v_none) order by id limit most
      ) as row;
      v_part.next := coalesce(
        (select 'tokens/' || id from public.access_tokens where id > v_part.last::uuid order by id limit 1), 'members/'
      );
    when 'members' then
      select min(user_id::text), max(user_id::text), count(*) into v_part.first, v_part.last, v_part.walked
      from (
        select user_id from sesame.walked_members
        where user_id >= coalesce(nullif(v_key, '')::uuid, v_none)
        order by user_id
        limit most
      ) as row;
      v_part.next := (
        select 'members/' || user_id from sesame.walked_members
        where user_id > v_part.last::uuid order by user_id limit 1
      );
    else
      raise sqlstate '22023' using
        message = 'a walk cannot start there',
        detail = start,
        hint = 'Pass the next of the previous answer, or nothing to start at the beginning.';
  end case;
  return v_part;
end
$$;

comment on function sesame.part_of_walk is
  'The part of the walk that starts there and holds this number of rows, or more if many share its last key.';

create function sesame.length_of_walk() returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (select count(*) from sesame.walked_sources)
    + (select count(*) from public.access_tokens)
    + (select count(user_id) from sesame.walked_members);
end
$$;

comment on function sesame.length_of_walk is 'How many rows all parts of a walk hold together.';

-- chapter: 20261121003310_fold_everything.sql

-- Derives everything again.

create function sesame.fold_everything() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.fold_sources(jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (select jsonb_agg(id) from sesame.checkout_sessions),
    'payment_intent', (select jsonb_agg(id) from sesame.payment_intents),
    'charge', (select jsonb_agg(id) from sesame.charges),
    'invoice', (select jsonb_agg(id) from sesame.invoices),
    'subscription', (select jsonb_agg(id) from sesame.subscriptions),
    'manual_grant', (select jsonb_agg(id) from sesame.manual_grants),
    'access_token', (select jsonb_agg(id) from public.access_tokens)
  )));
  -- A setting may also change how the sources of a member add up.
  perform sesame.project_owners(array(select user_id from sesame.walked_members));
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
end
$$;

comment on function sesame.fold_everything is
  'Derives all grants and all access again, from the facts alone, and claims the purchases and tokens that wait for '
  'existing members. Call under lock_fold().';

-- chapter: 20261121003320_unfolded_objects.sql

-- What a change of the catalogue touches beyond the size of one fold. A fold holds the lock of the single writer, and a
-- call over the Data API ends after eight seconds. So the objects are written down in the transaction of the change,
-- and folded part by part: by callers of sesame_fold_part, by the next deliveries, and by reconcile.

create table sesame.unfolded_objects (
  kind text not null,
  id text not null,
  is_followed boolean not null,
  cause text not null,
  since timestamptz not null default now(),
  failures integer not null default 0,
  error text,
  next_try timestamptz not null default now(),
  primary key (kind, id)
);

create index unfolded_objects_parts_idx on sesame.unfolded_objects (failures, is_followed, cause, kind, id);

alter table sesame.unfolded_objects enable row level security;

comment on table sesame.unfolded_objects is
  'Objects whose grants are still to be derived after a change that touched too many at once. Their access may lag '
  'behind until then. Private: no policy, written by defer_objects and fold_objects_part only.';
comment on column sesame.unfolded_objects.kind is
  'The kind of the object. member: a user whose access a walk could not write.';
comment on column sesame.unfolded_objects.is_followed is
  'The objects that depend on it are in the table, too.';
comment on column sesame.unfolded_objects.cause is 'The cause that the access log will name.';
comment on column sesame.unfolded_objects.failures is
  'How often the part with it has failed. After the first failure it is a part of its own, after all others.';
comment on column sesame.unfolded_objects.error is 'The SQLSTATE of its last failure.';

create function sesame.count_objects(objects jsonb) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  return (select coalesce(sum(jsonb_array_length(ids)), 0) from jsonb_each(objects) as given (kind, ids));
end
$$;

-- Some 0.3 ms each: a webhook waits at most three seconds for the lock.
create function sesame.most_at_once() returns integer
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(nullif(current_setting('sesame.most_at_once', true), ''), '2000')::integer;
end
$$;

comment on function sesame.most_at_once is
  'How many objects a change may fold in its own transaction. The proofs set sesame.most_at_once to a few.';

create function sesame.fold_or_defer(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_found jsonb;
begin
  if sesame.count_objects(objects) > sesame.most_at_once() then
    perform sesame.defer_objects(objects);
    return;
  end if;
  v_found := sesame.find_dependents(objects);
  if sesame.count_objects(v_found) > sesame.most_at_once() then
    perform sesame.defer_objects(objects);
  else
    perform sesame.fold_sources(v_found);
  end if;
end
$$;

comment on function sesame.fold_or_defer is
  'Folds these objects {kind: [id, …]} and all that depend on them, at once if they are few, else part by part. Call '
  'under lock_fold().';

create function sesame.defer_objects(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.unfolded_objects as held (kind, id, is_followed, cause)
  select given.kind, one.id, false, coalesce(nullif(current_setting('sesame.cause', true), ''), 'unknown')
  from jsonb_each(objects) as given (kind, ids)
  cross join lateral jsonb_array_elements_text(given.ids) as one (id)
  -- Its arrows may have moved, and the cause of its failure may be gone.
  on conflict (kind, id) do update set (is_followed, failures, next_try) = (false, 0, now())
    where held.is_followed or held.failures > 0;
end
$$;

comment on function sesame.defer_objects is
  'Writes down that these objects {kind: [id, …]} and all that depend on them are to be folded part by part.';

-- chapter: 20261121003330_fold_parts_of_objects.sql

-- One part of the unfolded objects. A part that fails waits behind the others, so that it keeps none of them back.

-- First all arrows are followed, and then everything is folded: an object that left the table before could be reached
-- again, without end.
create function sesame.follow_part(part jsonb, cause text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  insert into sesame.unfolded_objects (kind, id, is_followed, cause)
  select given.kind, one.id, false, follow_part.cause
  from jsonb_each(sesame.next_dependents(part, part)) as given (kind, ids)
  cross join lateral jsonb_array_elements_text(given.ids) as one (id)
  on conflict (kind, id) do nothing;
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids)) from jsonb_each(part) as given (kind, ids)
  loop
    update sesame.unfolded_objects as held set is_followed = true
    where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

create function sesame.fold_followed(part jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  -- A sale may move from its session to its invoice. So the two are folded together, and it is open at all times.
  v_objects jsonb := sesame.union_objects(
    part, sesame.next_dependents(part - '{customer,known_customer,price}'::text[], part));
  v_kind text;
  v_ids text[];
begin
  perform sesame.fold_sources(sesame.union_objects(v_objects, sesame.tokens_paid_by(v_objects)));
  -- A walk leaves the members whose access it could not write.
  if part ? 'member' then
    perform sesame.project_owners(sesame.ids_of(part, 'member')::uuid[]);
  end if;
  -- By arrays: without statistics, a join would read the whole table.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from jsonb_each(v_objects) as given (kind, ids)
  loop
    delete from sesame.unfolded_objects as held where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

create function sesame.postpone_objects(part jsonb, failure text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
begin
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids)) from jsonb_each(part) as given (kind, ids)
  loop
    update sesame.unfolded_objects as held set
      failures = held.failures + 1,
      error = failure,
      -- In the first part that failed, the other objects were not at fault.
      next_try = case when held.failures = 0 then held.next_try else now() + interval '10 minutes' end
    where held.kind = v_kind and held.id = any (v_ids);
  end loop;
end
$$;

comment on function sesame.postpone_objects is
  'This part could not be folded. Each of its objects is tried again alone, and then every ten minutes.';

create function sesame.next_objects(most integer) returns setof sesame.unfolded_objects
language plpgsql stable set search_path = '' as $$
declare
  v_first sesame.unfolded_objects;
begin
  select * into v_first from sesame.unfolded_objects as held
  where held.next_try <= now() order by held.failures, held.is_followed, held.cause limit 1;
  return query
    select held.* from sesame.unfolded_objects as held
    where (held.failures, held.is_followed, held.cause) = (v_first.failures, v_first.is_followed, v_first.cause)
      and held.next_try <= now()
    order by held.kind, held.id
    limit case when v_first.failures = 0 then most else 1 end;
end
$$;

comment on function sesame.next_objects is
  'The next part: at most so many objects of one cause and one step. An object that has failed is a part of its own.';

create function sesame.fold_objects_part(most integer) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_is_followed boolean;
  v_cause text;
  v_part jsonb;
begin
  select bool_and(taken.is_followed), min(taken.cause), json_object_agg(taken.kind, taken.ids)
  into v_is_followed, v_cause, v_part
  from (
    select next.kind, next.is_followed, next.cause, jsonb_agg(next.id) as ids
    from sesame.next_objects(most) as next
    group by next.kind, next.is_followed, next.cause
  ) as taken;
  if v_part is null then
    return false;
  end if;
  perform sesame.set_cause(v_cause);
  begin
    if v_is_followed then
      perform sesame.fold_followed(v_part);
    else
      perform sesame.follow_part(v_part, v_cause);
    end if;
  exception when query_canceled or others then
    if sesame.is_no_fault(sqlstate, clock_timestamp() - v_begun) then raise; end if;
    perform sesame.postpone_objects(v_part, sqlstate);
  end;
  return true;
end
$$;

comment on function sesame.fold_objects_part is
  'One step for at most so many of the unfolded objects: it follows their arrows, or folds them. If that fails, they '
  'wait behind the others. False: there are none to try now. Call under lock_fold().';

create function sesame.is_no_fault(state text, took interval) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  return sesame.is_transient(state) and not (sesame.is_timeout(state) and took > interval '1 second');
end
$$;

comment on function sesame.is_no_fault is
  'Whether the part that raised this SQLSTATE after this time was not its cause: the error is temporary, and it is not '
  'a timeout whose time the part used up. Call it in the handler of the error: a timeout is known by the present time.';

-- chapter: 20261121003400_carry_tokens.sql

-- Every insert, update and delete of access tokens is carried into access in the same transaction.

-- Takes the lock of the fold before its rows: a fold that holds the lock may need the same rows to block them.
create function sesame.tg_lock_fold() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform sesame.lock_fold();
  return null;
end
$$;

create trigger access_tokens_lock_updated
  before update of created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active, payment_id
  on public.access_tokens
  for each statement
  execute function sesame.tg_lock_fold();

create trigger access_tokens_lock_deleted
  before delete on public.access_tokens
  for each statement
  execute function sesame.tg_lock_fold();

create function sesame.tg_carry_tokens() returns trigger
language plpgsql volatile security definer
set search_path = ''
-- As for process_stripe_events: a few look-ups by the ids at hand.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
set enable_bitmapscan = off
set work_mem = '64MB'
as $$
declare
  v_paid uuid[];
  v_waiting uuid[];
  v_owners uuid[];
begin
  if tg_op = 'UPDATE' then
    -- This trigger ignores usage and blocks. Usage changes no access, and blocks are written where access is projected
    -- anyway.
    with changed as (
      (select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from carried
       except
       select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from former)
      union all
      (select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from former
       except
       select id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, is_active,
         payment_id
       from carried)
    )
    select
      array_agg(id) filter (where payment_id is not null), array_agg(id) filter (where created_by is null),
      array_agg(distinct created_by)
    into v_paid, v_waiting, v_owners
    from changed;
  else
    select
      array_agg(id) filter (where payment_id is not null), array_agg(id) filter (where created_by is null),
      array_agg(distinct created_by)
    into v_paid, v_waiting, v_owners
    from carried;
  end if;
  if v_owners is null then
    return null;
  end if;

  perform sesame.lock_fold();
  if current_setting('sesame.folding', true) = (pg_trigger_depth() - 1)::text then
    -- A write to module_access made this token, and the trigger of that write carries it.
    perform sesame.block_tokens(v_paid);
    return null;
  end if;
  perform sesame.set_cause(coalesce(nullif(current_setting('sesame.token_cause', true), ''), 'token'));
  perform sesame.block_tokens(v_paid);
  perform sesame.project_access(v_owners);
  if v_waiting is not null then
    perform sesame.claim_tokens_for_members(v_waiting);
  end if;
  return null;
end
$$;

create trigger access_tokens_carry_inserted
  after insert on public.access_tokens
  referencing new table as carried
  for each statement
  execute function sesame.tg_carry_tokens();

create trigger access_tokens_carry_updated
  after update on public.access_tokens
  referencing old table as former new table as carried
  for each statement
  execute function sesame.tg_carry_tokens();

create trigger access_tokens_carry_deleted
  after delete on public.access_tokens
  referencing old table as carried
  for each statement
  execute function sesame.tg_carry_tokens();

-- A truncate calls no row trigger, so the removed rows would be unknown.
create function sesame.tg_refuse_truncate() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  raise sqlstate 'SE008' using
    message = 'access tokens are not truncated',
    hint = 'Delete them: what they opened is closed with them.';
end
$$;

create trigger access_tokens_refuse_truncate
  before truncate on public.access_tokens
  for each statement
  execute function sesame.tg_refuse_truncate();

-- chapter: 20261121003410_payment_named.sql

-- Finds the payment that a site names in its own columns and metadata.

-- Sites have many names for the same thing, so names are compared without case, underscores and hyphens.
create function sesame.bare_name(name text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return lower(replace(replace(name, '_', ''), '-', ''));
end
$$;

create function sesame.means_payment(name text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.bare_name(name)
    ~ '^(stripe)?(payment(intent)?|(checkout)?session|charge|invoice|subscription|transaction)(id)?$';
end
$$;

create function sesame.payment_named(of_columns jsonb, in_metadata jsonb) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select said.id
    from (
      select name, btrim(id) as id, true as is_column from jsonb_each_text(of_columns) as named (name, id)
      union all
      select name, btrim(id), false
      from jsonb_each_text(case when jsonb_typeof(in_metadata) = 'object' then in_metadata else '{}' end)
        as named (name, id)
      where sesame.means_payment(name)
    ) as said
    cross join lateral (
      -- The subscription comes first: access is open as long as it is, whichever of its payments is named beside it.
      select case
        when said.id ~ '^sub_' then 1
        when said.id ~ '^pi_' then 2
        when said.id ~ '^(ch|py)_' then 3
        when said.id ~ '^in_' then 4
        when said.id ~ '^cs_' then 5
        when said.is_column and sesame.bare_name(said.name) ~ 'payment.*id$' and said.id <> '' then 6
      end as place
    ) as rank
    where rank.place is not null
    order by rank.place, said.name
    limit 1
  );
end
$$;

comment on function sesame.payment_named is
  'The payment that an old row names, in columns or in its metadata: a subscription (sub_), a payment, a charge, an '
  'invoice, a session, or an id of the site''s own.';

-- chapter: 20261121003420_written_sources.sql

-- Applies a write to module_access to the sources: it adds a source, or limits the existing ones. Nothing here projects
-- access; call it under lock_fold(). Sources are looked up by their user: millions may have the module.

create function sesame.payment_behind(written public.module_access) returns text
language plpgsql stable set search_path = '' as $$
begin
  return sesame.payment_named(
    (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(written)) where sesame.means_payment(key)),
    written.metadata
  );
end
$$;

comment on function sesame.payment_behind is
  'The payment that metadata or a column of the site names for a row of module_access; null: none is named.';

create function sesame.written_token_id(token public.access_tokens) returns uuid
language plpgsql stable set search_path = '' as $$
begin
  return md5(concat_ws(
    ' ', 'module_access', token.created_by, token.module_id, token.access_type, token.access_level, token.payment_id,
    token.metadata
  ))::uuid;
end
$$;

comment on function sesame.written_token_id is 'The id of the token for a write to module_access.';

-- The id of the token comes from the written values, so that the same row written twice is one source. Written again
-- with another end, the source has the later of the two ends.
create function sesame.add_written_token(written public.module_access, paid_by text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_new public.access_tokens;
  v_token public.access_tokens;
  v_is_spent boolean;
begin
  v_new.created_by := written.user_id;
  v_new.module_id := written.module_id;
  v_new.access_type := case
    when written.access_type in ('purchase', 'subscription', 'manual', 'token', 'free') then written.access_type
    else 'manual'
  end;
  v_new.access_level := coalesce(written.metadata ->> 'access_level', 'standard');
  v_new.payment_id := paid_by;
  v_new.metadata := written.metadata - sesame.fold_keys();
  v_new.id := sesame.written_token_id(v_new);
  select * into v_token from (select * from public.access_tokens where id = v_new.id offset 0) as token;
  if found and (v_token.created_by, v_token.module_id, v_token.max_usage) is distinct from
    (written.user_id, written.module_id, null)
  then
    -- The site has changed that token since.
    v_new.id := gen_random_uuid();
    v_token := null;
  end if;

  if v_token.id is null then
    insert into public.access_tokens (
      id, created_by, module_id, access_type, access_level, expires_at, is_active, payment_id, metadata, created_at
    )
    values (
      v_new.id, v_new.created_by, v_new.module_id, v_new.access_type, v_new.access_level, written.expires_at,
      written.is_active, v_new.payment_id, v_new.metadata, coalesce(written.created_at, now())
    );
  elsif written.is_active then
    -- A token that was closed or limited since does not keep its former end.
    v_is_spent := not v_token.is_active or exists (
      select from (select * from sesame.own_sources where user_id = written.user_id offset 0) as own
      where (own.source, own.source_id) = ('access_token', v_new.id::text) and own.is_limited
    );
    update public.access_tokens as token
    set (is_active, expires_at) = (true, case
      when v_is_spent then written.expires_at
      else nullif(greatest(coalesce(token.expires_at, 'infinity'), coalesce(written.expires_at, 'infinity')), 'infinity')
    end)
    where token.id = v_new.id;
  end if;
  delete from sesame.written_limits as limited
  where (limited.source, limited.source_id) = ('access_token', v_new.id::text) and written.is_active;
end
$$;

comment on function sesame.add_written_token is 'Adds a row of module_access to the sources, as an access token.';

-- Where the site made a token first and then its access, that token is the source if it gives at least as much.
create function sesame.is_said_by_token(written public.module_access) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if written.token_id is null or not exists (
    select from (select * from public.access_tokens where id = written.token_id offset 0) as token
    where (token.created_by, token.module_id) = (written.user_id, written.module_id)
      and token.is_active >= written.is_active
      and (token.expires_at is null or token.expires_at >= written.expires_at or not written.is_active)
  ) then
    return false;
  end if;
  delete from sesame.written_limits as limited
  where (limited.source, limited.source_id) = ('access_token', written.token_id::text) and written.is_active;
  return true;
end
$$;

comment on function sesame.is_said_by_token is
  'Whether the token that a row of module_access names gives at least what the row says.';

create function sesame.limit_sources(of_user uuid, of_module bigint, until timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.written_limits as held
    (source_id, module_id, source, account, livemode, user_id, said, ends_at, is_closed, is_removed)
  select source_id, module_id, source, account, livemode, user_id, says, until, false, false
  from (select * from sesame.sources where user_id = of_user offset 0) as owned
  where module_id = of_module and reason < 'denied'
    and (expires_at is null or expires_at > until)
  on conflict (source_id, module_id, source, account, livemode) do update set
    (user_id, said, ends_at, is_closed, is_removed, written_at)
    = (excluded.user_id, excluded.said, excluded.ends_at, false, false, now());
end
$$;

comment on function sesame.limit_sources is 'Limits all sources that open a module for a user to this end.';

create function sesame.close_sources(of_user uuid, of_module bigint, is_removal boolean) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.written_limits as held
    (source_id, module_id, source, account, livemode, user_id, said, ends_at, is_closed, is_removed)
  select source_id, module_id, source, account, livemode, user_id, says, ends_at, true, is_removal
  from (select * from sesame.sources where user_id = of_user offset 0) as owned
  where module_id = of_module and reason <> 'denied' and (reason < 'denied' or is_removal)
  on conflict (source_id, module_id, source, account, livemode) do update set
    (user_id, said, ends_at, is_closed, is_removed, written_at)
    = (excluded.user_id, excluded.said, excluded.ends_at, true, held.is_removed or excluded.is_removed, now());
end
$$;

comment on function sesame.close_sources is
  'Closes all present sources of a module for a user. is_removal: the sources do not keep a row either. A denial by an '
  'operator stays.';

-- What was deleted stays deleted.
create function sesame.reopen_sources(of_user uuid, of_module bigint, is_lifted boolean) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from sesame.written_limits as limited
  where limited.user_id = any (sesame.accounts_of(of_user)) and limited.module_id = of_module
    and not limited.is_removed and (is_lifted or limited.ends_at is null);
  update sesame.written_limits as limited set is_closed = false
  where limited.user_id = any (sesame.accounts_of(of_user)) and limited.module_id = of_module
    and not limited.is_removed and limited.is_closed;
end
$$;

comment on function sesame.reopen_sources is
  'Opens closed sources again, until their former end. is_lifted: as long as each source says itself.';

-- A change of the settings moves the ends of sources without a payment, so limited sources stay limited.
create function sesame.hold_limits(of_sources text[] default null) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.written_limits as limited set said = 'infinity'
  where (of_sources is null or limited.source_id = any (of_sources)) and exists (
    select
    from (
      select * from sesame.own_sources where user_id = sesame.present_account(limited.user_id) offset 0
    ) as own
    where (own.source, own.source_id, own.module_id, own.account, own.livemode)
        = (limited.source, limited.source_id, limited.module_id, limited.account, limited.livemode)
      and own.is_limited
  );
end
$$;

comment on function sesame.hold_limits is 'Keeps the limits of these sources in force, whatever the sources say until settle_limits(). Null: all limits.';

create function sesame.settle_limits(of_sources text[] default null) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.written_limits as limited set said = own.says
  from sesame.written_limits as held
  cross join lateral (
    select source.says
    from (
      select * from sesame.own_sources where user_id = sesame.present_account(held.user_id) offset 0
    ) as source
    where (source.source, source.source_id, source.module_id, source.account, source.livemode)
      = (held.source, held.source_id, held.module_id, held.account, held.livemode)
  ) as own
  where held.said = 'infinity' and (of_sources is null or held.source_id = any (of_sources))
    and (limited.source_id, limited.module_id, limited.source, limited.account, limited.livemode)
      = (held.source_id, held.module_id, held.source, held.account, held.livemode);
end
$$;

-- chapter: 20261121003430_written_access.sql

-- The site writes access itself: its server with the secret key, its own older functions, or an operator in the SQL
-- editor. Each write adds a source or limits the existing ones. Then the row says what all sources decide. See
-- docs/decisions/0015_the_server_writes_access.md.
--
-- The triggers run where the writer is not the fold; project_access says how they recognize the fold.

-- Runs with the writer's rights: a grant and a policy that were added later must not let members give themselves
-- access.
create function sesame.tg_refuse_members() returns trigger
language plpgsql volatile set search_path = '' as $$
begin
  raise insufficient_privilege using
    message = 'members do not write access',
    hint = 'Write it from your server, with the secret key.';
end
$$;

create trigger module_access_bar_members
  before insert or update or delete on public.module_access
  for each statement
  when (not has_any_column_privilege('public.access_tokens', 'insert'))
  execute function sesame.tg_refuse_members();

-- Takes the lock of the fold before its rows, as for tokens. An insert that updates on conflict also calls the update's
-- trigger, before any row: the setting remembers that.
create function sesame.tg_begin_writing() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  perform sesame.lock_fold();
  perform set_config('sesame.updates_on_conflict', case tg_op when 'UPDATE' then 'yes' else '' end, true);
  return null;
exception when lock_not_available then
  raise lock_not_available using
    message = 'access is being written by others',
    hint = 'Nothing was changed. Send it again in a moment.';
end
$$;

create trigger module_access_begin_inserting
  before insert on public.module_access
  for each statement
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_begin_writing();

create trigger module_access_begin_updating
  before update on public.module_access
  for each statement
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_begin_writing();

create trigger module_access_begin_deleting
  before delete on public.module_access
  for each statement
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_begin_writing();

-- Fills in the columns that were left out, and refuses rows that cannot be access.
create function sesame.completed_access(written public.module_access) returns public.module_access
language plpgsql stable set search_path = '' as $$
begin
  written.access_type := coalesce(written.access_type, 'purchase');
  written.is_active := coalesce(written.is_active, true);
  written.metadata := coalesce(written.metadata, '{}');
  -- No end is null here.
  written.expires_at := nullif(written.expires_at, 'infinity');
  if written.user_id is null then
    raise sqlstate 'SE030' using
      message = 'access needs a user',
      hint = 'Write the user''s id, a uuid of auth.users, as user_id. Where only an address is known, insert it into '
        'access_tokens as user_ref.';
  end if;
  if not exists (select from public.modules as module where module.id = written.module_id) then
    raise sqlstate 'SE006' using
      message = 'no such module',
      detail = coalesce(written.module_id::text, 'null'),
      hint = 'Write an id of public.modules as module_id.';
  end if;
  if jsonb_typeof(written.metadata) <> 'object' then
    raise sqlstate 'SE031' using
      message = 'metadata must be a JSON object',
      detail = jsonb_typeof(written.metadata),
      hint = 'Write {} or an object of your own keys.';
  end if;
  return written;
end
$$;

create function sesame.decision_on(of_user uuid, of_module bigint) returns sesame.decided_access
language plpgsql stable set search_path = '' as $$
declare
  v_decided sesame.decided_access;
begin
  select * into v_decided
  from (select * from sesame.decided_access where user_id = of_user offset 0) as decided
  where decided.module_id = of_module;
  return v_decided;
end
$$;

-- The row as all sources decide it, in the place of the former one. Logs what that changed. Null: no source keeps a
-- row.
create function sesame.decided_row(written public.module_access, former public.module_access, cause text)
returns public.module_access
language plpgsql volatile set search_path = '' as $$
declare
  v_decided sesame.access_rows;
begin
  select * into v_decided
  from (select * from sesame.access_rows where user_id = written.user_id offset 0) as decided
  where decided.module_id = written.module_id;
  if former.id is not null and not found
    or (v_decided.access_type, v_decided.token_id, v_decided.is_active, v_decided.expires_at) is distinct from
      (former.access_type, former.token_id, former.is_active, former.expires_at)
    or not coalesce(former.metadata, '{}') @> v_decided.metadata
  then
    insert into sesame.access_log (user_id, module_id, is_active, expires_at, metadata, cause)
    values (
      written.user_id, written.module_id, v_decided.is_active, v_decided.expires_at, v_decided.metadata,
      decided_row.cause
    );
  end if;
  if v_decided.user_id is null then
    return null;
  end if;
  written.access_type := v_decided.access_type;
  written.token_id := v_decided.token_id;
  written.is_active := v_decided.is_active;
  written.expires_at := v_decided.expires_at;
  written.metadata := written.metadata - sesame.fold_keys() || v_decided.metadata;
  return written;
end
$$;

comment on function sesame.decided_row is 'A row of module_access as the sources decide it. Logs what that changes.';

-- chapter: 20261121003440_written_rows.sql

-- The site writes access itself, row by row: the effects of an insert, an update and a delete.

-- An insert adds, and never takes away; so does an insert that updates on conflict, except where it says is_active false.
create function sesame.tg_write_inserted() returns trigger
language plpgsql volatile security definer
set search_path = ''
-- As for process_stripe_events: a few look-ups by the ids at hand.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_former public.module_access;
  v_folding text;
begin
  -- Code from the old guides writes access for every token, also while a token waits for its owner. It goes on waiting.
  if new.user_id is null and exists (
    select from public.access_tokens as token
    where (token.id, token.module_id) = (new.token_id, new.module_id) and token.created_by is null
  ) then
    return null;
  end if;

  v_folding := sesame.begin_folding();
  new := sesame.completed_access(new);
  select * into v_former from public.module_access as access
  where (access.user_id, access.module_id) = (new.user_id, new.module_id);

  if v_former.id is not null and not new.is_active and current_setting('sesame.updates_on_conflict', true) = 'yes' then
    if sesame.is_open(v_former.is_active, v_former.expires_at) then
      perform sesame.close_sources(new.user_id, new.module_id, false);
    end if;
  elsif not sesame.is_said_by_token(new) then
    perform sesame.add_written_token(new, sesame.payment_behind(new));
  end if;

  -- The existing row is replaced by the new one, so that the writer gets a row back.
  new.metadata := coalesce(v_former.metadata, '{}') || new.metadata;
  new := sesame.keep_carried(new, v_former);
  new := sesame.decided_row(new, v_former, 'written: insert');
  delete from public.module_access as access where access.id = v_former.id;
  new.id := coalesce(v_former.id, nextval('public.module_access_id_seq'));
  new.created_at := coalesce(v_former.created_at, new.created_at, now());
  new.updated_at := now();
  perform sesame.end_folding(v_folding);
  return new;
end
$$;

create trigger module_access_write_inserted
  before insert on public.module_access
  for each row
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_write_inserted();

-- After an update the row says what was written, until something new is paid or written.
create function sesame.write_end(written public.module_access, former public.module_access) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_paid_by text := nullif(sesame.payment_behind(written), sesame.payment_behind(former));
  v_decided sesame.decided_access;
begin
  if not former.is_active and written.expires_at is null then
    -- Access that was closed and is opened again is open as long as before.
    perform sesame.reopen_sources(written.user_id, written.module_id, false);
    v_decided := sesame.decision_on(written.user_id, written.module_id);
    if sesame.is_open(v_decided.is_active, v_decided.expires_at) then
      return;
    end if;
  end if;

  perform sesame.reopen_sources(written.user_id, written.module_id, true);
  v_decided := sesame.decision_on(written.user_id, written.module_id);
  if v_decided.is_active is not true or v_decided.expires_at < coalesce(written.expires_at, 'infinity') then
    perform sesame.add_written_token(written, v_paid_by);
  end if;
  if written.expires_at is not null then
    perform sesame.limit_sources(written.user_id, written.module_id, written.expires_at);
  end if;
end
$$;

create function sesame.tg_write_updated() returns trigger
language plpgsql volatile security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_folding text := sesame.begin_folding();
begin
  if (new.id, new.user_id, new.module_id) is distinct from (old.id, old.user_id, old.module_id) then
    raise sqlstate 'SE032' using
      message = 'access is not moved to another user or module',
      detail = format('row %s', old.id),
      hint = 'Insert a row for the new user and module, and delete this one. A purchase is moved by move_purchase.';
  end if;
  new := sesame.completed_access(new);

  if not new.is_active then
    -- Closing a row that is closed or over already decides nothing: a cleanup job must not close the next renewal.
    if sesame.is_open(old.is_active, old.expires_at) then
      perform sesame.close_sources(new.user_id, new.module_id, false);
    end if;
  elsif (new.is_active, new.expires_at) is distinct from (old.is_active, old.expires_at) then
    perform sesame.write_end(new, old);
  end if;

  new.created_at := old.created_at;
  new.updated_at := now();
  new := sesame.decided_row(new, old, 'written: update');
  if new.id is null then
    delete from public.module_access as access where access.id = old.id;
    new := null;
  end if;
  perform sesame.end_folding(v_folding);
  return new;
end
$$;

create trigger module_access_write_updated
  before update on public.module_access
  for each row
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_write_updated();

create function sesame.tg_write_deleted() returns trigger
language plpgsql volatile security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_kept public.module_access;
  v_folding text := sesame.begin_folding();
begin
  perform sesame.close_sources(old.user_id, old.module_id, true);
  v_kept := sesame.decided_row(old, old, 'written: delete');
  if v_kept.id is not null then
    -- An operator denied it, and a delete does not undo that: the row stays and says so.
    update public.module_access as access
    set (access_type, token_id, is_active, expires_at, metadata)
      = (v_kept.access_type, v_kept.token_id, v_kept.is_active, v_kept.expires_at, v_kept.metadata)
    where access.id = old.id;
    old := null;
  end if;
  perform sesame.end_folding(v_folding);
  return old;
end
$$;

create trigger module_access_write_deleted
  before delete on public.module_access
  for each row
  when (current_setting('sesame.folding', true) is distinct from pg_trigger_depth()::text)
  execute function sesame.tg_write_deleted();

-- chapter: 20261121003450_fold_parts.sql

-- A change of the settings touches everything. Above the size of one fold, it walks through all rows part by part. One
-- door does the next part of all that is not folded yet.

create table sesame.unfolded_walk (
  is_only boolean primary key default true,
  next text not null,
  walked bigint not null default 0,
  total bigint not null,
  cause text not null,
  since timestamptz not null default now(),
  constraint unfolded_walk_is_one_row check (is_only)
);

alter table sesame.unfolded_walk enable row level security;

comment on table sesame.unfolded_walk is
  'The walk through all rows after a change of the settings, until it ends: one row or none. Private: no policy, '
  'written by fold_everything_or_defer and fold_walk_part only.';
comment on column sesame.unfolded_walk.next is 'Where the next part starts, see part_of_walk.';

create function sesame.fold_everything_or_defer() returns void
language plpgsql volatile set search_path = '' as $$
begin
  if (select count(*) from (select from sesame.walked_sources limit sesame.most_at_once() + 1) as source)
    <= sesame.most_at_once() then
    perform sesame.hold_limits();
    perform sesame.fold_everything();
    perform sesame.settle_limits();
    return;
  end if;
  insert into sesame.unfolded_walk as held (next, total, cause)
  values ('sources/', sesame.length_of_walk(), current_setting('sesame.cause'))
  on conflict (is_only) do update set
    (next, walked, total, cause, since) = (excluded.next, 0, excluded.total, excluded.cause, now());
end
$$;

comment on function sesame.fold_everything_or_defer is
  'Derives everything again: at once if it is little, else part by part. Call under lock_fold().';

create function sesame.objects_between(part sesame.part) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  if part.stage = 'members' then
    return jsonb_build_object('member', (
      select coalesce(jsonb_agg(distinct member.user_id), '[]') from sesame.walked_members as member
      where member.user_id between part.first::uuid and part.last::uuid
    ));
  end if;
  if part.stage = 'tokens' then
    return jsonb_build_object('access_token', (
      select coalesce(jsonb_agg(token.id), '[]') from public.access_tokens as token
      where token.id between part.first::uuid and part.last::uuid
    ));
  end if;
  return (
    select coalesce(json_object_agg(given.kind, given.ids)::jsonb, '{}')
    from (
      select source.kind, jsonb_agg(distinct source.id) as ids
      from sesame.walked_sources as source
      where source.id between part.first and part.last
      group by source.kind
    ) as given
  );
end
$$;

comment on function sesame.objects_between is 'The sources, tokens or members {kind: [id, …]} in this part of a walk.';

create function sesame.fold_limited(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_ids text[] := sesame.ids_in(objects);
begin
  -- A setting may also change how the sources of a member add up.
  if objects ? 'member' then
    perform sesame.project_owners(v_ids::uuid[]);
    return;
  end if;
  perform sesame.hold_limits(v_ids);
  perform sesame.fold_sources(objects);
  perform sesame.settle_limits(v_ids);
end
$$;

comment on function sesame.fold_limited is
  'Folds these objects or members {kind: [id, …]} after a change of the settings: what the site''s server limited stays limited.';

-- The walk goes on: an object or a member that cannot be folded waits among the unfolded objects.
create function sesame.fold_limited_or_defer(objects jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
begin
  perform sesame.fold_limited(objects);
exception when query_canceled or others then
  if sesame.is_no_fault(sqlstate, clock_timestamp() - v_begun) then raise; end if;
  perform sesame.defer_objects(objects);
  perform sesame.postpone_objects(objects, sqlstate);
end
$$;

create function sesame.fold_walk_part(most integer) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_walk sesame.unfolded_walk;
  v_part sesame.part;
begin
  select * into v_walk from sesame.unfolded_walk;
  if not found then
    return;
  end if;
  v_part := sesame.part_of_walk(v_walk.next, most);
  perform sesame.set_cause(v_walk.cause);
  perform sesame.fold_limited_or_defer(sesame.objects_between(v_part));

  if v_part.next is null then
    delete from sesame.unfolded_walk where is_only;
  else
    update sesame.unfolded_walk set (next, walked) = (v_part.next, walked + v_part.walked) where is_only;
  end if;
end
$$;

comment on function sesame.fold_walk_part is
  'Folds the next part of the walk, of at most so many rows. Call under lock_fold().';

create function sesame.count_unfolded() returns bigint
language plpgsql stable set search_path = '' as $$
begin
  return (select count(*) from sesame.unfolded_objects where next_try <= now())
    + coalesce((select greatest(1, total - walked) from sesame.unfolded_walk), 0);
end
$$;

comment on function sesame.count_unfolded is
  'How many objects and rows can be folded now, after a change that touched too many at once. 0: none.';

create function sesame.is_all_folded() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return not exists (select from sesame.unfolded_objects where next_try <= now())
    and not exists (select from sesame.unfolded_walk);
end
$$;

comment on function sesame.is_all_folded is 'Whether nothing is left that can be folded now.';

create function sesame.fold_next_part(most integer) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if not sesame.fold_objects_part(most) then
    perform sesame.fold_walk_part(most);
  end if;
end
$$;

comment on function sesame.fold_next_part is
  'Folds the next part of what a large change left: of the objects, else of the walk. Call under lock_fold().';

create function public.sesame_fold_part(most integer default 500) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'
-- As for process_stripe_events: use look-ups by the given ids.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
begin
  if (most > 0) is not true then
    raise sqlstate '22023' using message = 'a part holds at least one row', detail = format('most is %s', most);
  end if;
  if not sesame.is_all_folded() then
    perform sesame.lock_fold();
    perform sesame.fold_next_part(most);
  end if;
  return jsonb_build_object(
    'left', sesame.count_unfolded(),
    'failed', (select count(*) from sesame.unfolded_objects where next_try > now())
  );
end
$$;

select sesame.revoke_default_grants('public.sesame_fold_part');
grant execute on function public.sesame_fold_part(integer) to service_role;

comment on function public.sesame_fold_part is
  'Folds the next part of a change that touched too many objects at once: a price that thousands of sales wait for, or '
  'the settings. Call it until left is 0. left may grow first, while it finds what depends on the objects. Calls may '
  'end at any point, and several may run at once. failed: how many objects could not be folded. They are tried again '
  'after ten minutes. 22023: most is not positive; 55P03: the fold is busy.';

-- chapter: 20261121003460_overdue_objects.sql

-- What a large change left, and how long it has waited. Until it is derived, access lags behind, and explain says so.
-- After five minutes, the doctor and an alert say so, too.
--
-- These are functions. A view would name a code that the upgrade to this version adds, and its transaction cannot.

create function sesame.unfolded_among(ids text[])
returns table (code sesame.code, id text, detail text, since timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      'fold_pending'::sesame.code, held.id,
      format('%s %s is still being derived, since %s', held.kind, held.id, held.since)
        || case when held.failures > 0 then format('; failed %s times, at last with %s', held.failures, held.error)
          else '' end,
      held.since
    from sesame.unfolded_objects as held
    where held.id = any (ids)
    order by held.since, held.id
    limit 1;
end
$$;

comment on function sesame.unfolded_among is
  'The one of these objects that has waited longest to be derived, with the code for explain. No row: all are derived.';

create function sesame.overdue_objects() returns table (code sesame.code, id text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'fold_pending'::sesame.code, held.id
    from sesame.unfolded_objects as held
    where held.since < now() - interval '5 minutes'
    union all
    select 'fold_pending'::sesame.code, 'settings'
    from sesame.unfolded_walk as walk
    where walk.since < now() - interval '5 minutes';
end
$$;

comment on function sesame.overdue_objects is
  'Objects that have waited for five minutes to be derived. settings stands for a walk through all rows.';

create function sesame.unfolded_now() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_since timestamptz := least(
    (select min(since) from sesame.unfolded_objects), (select min(since) from sesame.unfolded_walk)
  );
begin
  return jsonb_build_object(
    'left', sesame.count_unfolded(),
    'failed', (select count(*) from sesame.unfolded_objects where next_try > now()),
    'since', v_since,
    'seconds', coalesce(extract(epoch from now() - v_since), 0)
  );
end
$$;

comment on function sesame.unfolded_now is
  'What a large change left to be folded part by part: how much, how many objects could not be folded, since when the '
  'oldest waits, and its age in seconds.';

-- chapter: 20261121003500_announce_access.sql

-- A member's page is notified at once that their access has changed, where the project has Realtime.

create function sesame.tg_announce_access() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- Checked each time: Realtime may be added after Sesame, and not every stack has it.
  if to_regprocedure('realtime.send(jsonb, text, text, boolean)') is not null then
    -- The message says only that something changed. Members then read their rows under RLS.
    perform realtime.send('{}', 'access_changed', 'user:' || user_id, true)
    from (select distinct user_id from added) as changed;
  end if;
  return null;
exception when others then
  -- An error here must not undo the change of access: the page also polls.
  raise warning 'access has changed, and Realtime could not be notified: %', sqlstate;
  return null;
end
$$;

create trigger access_log_announce_access
  after insert on sesame.access_log
  referencing new table as added
  for each statement
  execute function sesame.tg_announce_access();

create function sesame.admit_to_realtime() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('realtime.messages') is null then
    return false;
  end if;
  execute $policy$
    create policy messages_select_own_access on realtime.messages
      for select to authenticated
      using (
        extension = 'broadcast'
        and (select realtime.topic()) = 'user:' || (select auth.uid())
      )
  $policy$;
  return true;
exception
  when duplicate_object then
    return true;  -- a reset of the database leaves Realtime's own schema as it was
  when insufficient_privilege or undefined_column or undefined_function then
    -- No reason to refuse an installation: pages also poll.
    raise warning 'members will not be notified at once that their access has changed: %', sqlerrm;
    return false;
end
$$;

comment on function sesame.admit_to_realtime is
  'Lets each member listen to the private channel user:<user id>, event access_changed. Its migration runs it; run it '
  'again where Realtime was added later. False: the project has no Realtime, or this role may not create the policy.';

select sesame.admit_to_realtime();

-- chapter: 20261121004000_pending_fetches.sql

-- Objects to be read again from Stripe, because no event says enough about them. This is a view: its rows come and go
-- with the facts.

create view sesame.missing_subscriptions as
select distinct paid.livemode, paid.account, paid.subscription_id
from (
  select livemode, account, subscription_id, coalesce(paid_at, created_at) as at
  from sesame.checkout_sessions
  where mode = 'subscription' and status = 'complete' and subscription_id is not null
  union all
  select livemode, account, subscription_id, paid_at
  from sesame.invoices
  where status = 'paid' and subscription_id is not null
) as paid
where paid.at < now() - interval '15 minutes'
  and not exists (
    select from sesame.subscriptions as known
    where (known.id, known.account, known.livemode) = (paid.subscription_id, paid.account, paid.livemode)
    offset 0
  );

comment on view sesame.missing_subscriptions is
  'Subscriptions that were paid for more than a quarter of an hour ago, and of which no event has come.';

create view sesame.pending_fetches as
  select 'subscription' as kind, livemode, account, id as object_id, 'tie' as why
  from sesame.subscriptions where not is_settled
  union all
  select 'dispute', livemode, account, id, 'tie'
  from sesame.disputes where not is_settled
  union all
  select 'customer', livemode, account, id, 'tie'
  from sesame.customers where not is_settled
  union all
  select 'subscription', livemode, account, id, 'unknown status'
  from sesame.subscriptions where status = 'unknown' and is_settled
  union all
  select 'dispute', livemode, account, id, 'unknown status'
  from sesame.disputes where status = 'unknown' and is_settled
  union all
  select 'subscription', livemode, account, id, 'more items'
  from sesame.subscriptions where not items_complete and is_settled and status <> 'unknown'
  union all
  select 'invoice', livemode, account, id, 'more lines'
  from sesame.invoices where not lines_complete and status in ('open', 'uncollectible', 'paid')
  union all
  -- Past due, and the state of the time before its period is not known.
  select 'subscription_invoices', livemode, account, id, 'unpaid periods'
  from sesame.subscriptions
  where status = 'past_due' and sesame.lacks_invoices(id, account, livemode)
  union all
  -- It was sold as a single payment. Only the price says whether that is right.
  select 'price', line.livemode, line.account, offer.id, 'recurring or not'
  from (
    select distinct mapped.stripe_price_id as id
    from public.module_prices as mapped
    where mapped.stripe_price_id ~ '^(price|plan)_'
      and not exists (select from sesame.prices as price where price.id = mapped.stripe_price_id offset 0)
  ) as offer
  -- One such line is enough: there may be a million.
  cross join lateral (
    select sold.livemode, sold.account from sesame.invoice_lines as sold
    where sold.price_id = offer.id and sold.stands_alone
    limit 1
  ) as line
  union all
  -- It was paid for, and its own events never came.
  select 'subscription', livemode, account, subscription_id, 'never came'
  from sesame.missing_subscriptions
  union all
  -- It is not known what the completed session sold: the buyer may have added something on Stripe's page. An older
  -- list counts if nothing could be added, or if the sum is still the requested one.
  select 'checkout_session', livemode, account, id, 'line items'
  from sesame.checkout_sessions
  where mode = 'payment' and status = 'complete' and (
    price_ids is null
    or not price_ids_are_final
      and (has_optional_items or amount_subtotal is distinct from price_ids_subtotal)
  )
  union all
  -- A charge with a larger refunded sum than its known refunds.
  select 'charge', charge.livemode, charge.account, charge.id, 'refunds'
  from sesame.charges as charge
  where charge.amount_refunded > 0 and charge.amount_refunded > (
    select coalesce(sum(refund.amount), 0)
    from (
      select * from sesame.refunds where charge_id = charge.id
      union
      select * from sesame.refunds where payment_intent_id = charge.payment_intent_id
    ) as refund
    where (refund.account, refund.livemode) = (charge.account, charge.livemode)
  )
  union all
  -- Money went back for an unknown payment. Since 2025-03-31 only the invoice payments name its invoice.
  select distinct 'payment_intent', back.livemode, back.account, back.payment_intent_id, 'invoice payments'
  from (
    select livemode, account, payment_intent_id from sesame.refunds where payment_intent_id is not null
    union all
    select livemode, account, payment_intent_id from sesame.disputes where payment_intent_id is not null
  ) as back
  where not exists (
      select from sesame.checkout_sessions where payment_intent_id = back.payment_intent_id
      offset 0
    )
    and not exists (
      select from sesame.invoice_payments where payment_intent_id = back.payment_intent_id
      offset 0
    )
    and not exists (
      select from sesame.invoices where payment_intent_id = back.payment_intent_id
      offset 0
    )
    and not exists (
      select from sesame.payment_intents
      where id = back.payment_intent_id and (invoice_id is not null or module_ref is not null)
      offset 0
    )
  union all
  -- A thin event only says that something changed.
  select distinct 'event', thin.livemode, thin.account, thin.object_id, 'thin event'
  from sesame.stripe_events as thin
  where thin.type like 'v1.%' and thin.object_id is not null
    and not exists (
      select from sesame.stripe_events as fetched
      where fetched.object_id = thin.object_id and fetched.type like '%.fetched' and fetched.created >= thin.created
      offset 0
    );

create index stripe_events_thin_idx on sesame.stripe_events (object_id) where type like 'v1.%';
create index subscriptions_to_fetch_idx on sesame.subscriptions (id)
  where not is_settled or status = 'unknown' or not items_complete;
create index disputes_to_fetch_idx on sesame.disputes (id) where not is_settled or status = 'unknown';
create index customers_to_fetch_idx on sesame.customers (id) where not is_settled;
create index invoices_to_fetch_idx on sesame.invoices (id)
  where not lines_complete and status in ('open', 'uncollectible', 'paid');
create index checkout_sessions_to_fetch_idx on sesame.checkout_sessions (id)
  where mode = 'payment' and status = 'complete' and (
    price_ids is null
    or not price_ids_are_final
      and (has_optional_items or amount_subtotal is distinct from price_ids_subtotal)
  );
create index subscriptions_past_due_idx on sesame.subscriptions (id) where status = 'past_due';
create index charges_refunded_idx on sesame.charges (id) where amount_refunded > 0;

comment on view sesame.pending_fetches is
  'Objects whose facts leave a question open that only Stripe can answer, with the reason.';

-- chapter: 20261121004010_fetches_among.sql

-- The given objects that are to be read again. The webhook answers with them.

create function sesame.fetch_reference(account text, kind text, object_id text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case account when '' then '' else account || '/' end || object_id
    || case kind when 'subscription_invoices' then '/invoices' else '' end;
end
$$;

comment on function sesame.fetch_reference is
  'The reference of an object to read: sub_…; for a connected account acct_…/sub_…; for the invoices of a '
  'subscription sub_…/invoices.';

-- Nearly always nothing is to be read. One look-up shows that. It costs less than the start of a plan of the view. Each
-- condition repeats the columns that the branches of pending_fetches for that kind read.
create function sesame.doubtful_ids(kind text, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'subscription' then
      -- No row: it was paid for, and may never have come.
      return array(
        select given.id
        from unnest(ids) as given (id)
        left join lateral (
          select is_settled and items_complete and status not in ('unknown', 'past_due') as is_clear
          from sesame.subscriptions where subscriptions.id = given.id
          offset 0
        ) as known on true
        where known.is_clear is not true);
    when 'checkout_session' then
      return array(
        select known.id
        from (
          select id, price_ids_are_final from sesame.checkout_sessions where id = any (ids) offset 0
        ) as known
        where known.price_ids_are_final is not true);
    when 'invoice' then
      return array(
        select known.id
        from (select id, lines_complete from sesame.invoices where id = any (ids) offset 0) as known
        where not known.lines_complete
        union all
        -- A line that stands alone asks whether its price recurs.
        select line.price_id
        from (
          select price_id, stands_alone from sesame.invoice_lines where invoice_id = any (ids) offset 0
        ) as line
        where line.stands_alone and line.price_id is not null);
    when 'charge' then
      return array(
        select known.id
        from (select id, amount_refunded from sesame.charges where id = any (ids) offset 0) as known
        where known.amount_refunded > 0);
    when 'customer' then
      return array(
        select known.id
        from (select id, is_settled from sesame.customers where id = any (ids) offset 0) as known
        where not known.is_settled);
    else
      return ids;
  end case;
end
$$;

comment on function sesame.doubtful_ids is
  'Those of these objects of one kind that pending_fetches may name; for invoices, also the prices of their lines.';

-- Kind by kind, for the same reason as derive_grants().
create function sesame.fetches_of(kind text, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'subscription' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind in ('subscription', 'subscription_invoices') and object_id = any (ids));
    when 'checkout_session' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'checkout_session' and object_id = any (ids));
    when 'invoice' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind in ('invoice', 'price') and object_id = any (ids));
    when 'charge' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'charge' and object_id = any (ids));
    when 'dispute' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'dispute' and object_id = any (ids));
    when 'customer' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'customer' and object_id = any (ids));
    when 'payment_intent' then
      return array(
        select sesame.fetch_reference(account, pending.kind, object_id) from sesame.pending_fetches as pending
        where pending.kind = 'payment_intent' and object_id = any (ids));
    else
      return '{}';  -- the other kinds never leave a question open
  end case;
end
$$;

comment on function sesame.fetches_of is 'Those of these objects of one kind that pending_fetches names, as for fetches_among.';

create function sesame.fetches_among(objects jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
  v_found text[] := '{}';
begin
  -- The planner estimates ten values for an array. For a query in its place it estimates many, and reads a whole
  -- index.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from sesame.portions_of(objects) as portion
    cross join lateral jsonb_each(portion) as given (kind, ids)
    -- A payment is asked about only where money went back.
    where given.kind <> 'payment_intent' or objects ?| '{refund,dispute}'
  loop
    v_ids := sesame.doubtful_ids(v_kind, v_ids);
    if v_ids <> '{}' then
      v_found := v_found || sesame.fetches_of(v_kind, v_ids);
    end if;
  end loop;
  return nullif(v_found, '{}');
end
$$;

comment on function sesame.fetches_among is
  'Those of these objects {kind: [id, …]} that are to be read again, as sub_… or, for a connected account, as '
  'acct_…/sub_…. Null: none.';

-- chapter: 20261121004080_reach_of_new.sql

-- What a new object reaches that is alone in its call. The arrows lead to all that may read it. Nearly always it
-- changes little there, and a few look-ups show that. Each condition names the view or function that it repeats, and
-- the column. Where one fails, the subscription is derived, or the arrows are followed.

create function sesame.names_others(user_ref text, customer_id text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return user_ref is not null and customer_id is not null and exists (
    select from sesame.dependents as arrow
    where arrow.from_kind = 'known_customer' and arrow.from_id = customer_id and arrow.to_id is not null
  );
end
$$;

comment on function sesame.names_others is
  'Whether a name on an object of this customer reaches purchases of theirs without a name (known_names).';

create function sesame.reach_of_invoice(of_invoice text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_reached jsonb := jsonb_build_object('invoice', jsonb_build_array(of_invoice));
  v_subscription jsonb;
  v_found record;
begin
  select invoice.subscription_id, subscription.is_unchanged into v_found
  from sesame.invoices as invoice
  -- An invoice with a received amount and no known payment is not closed. It can only open a period that another one
  -- closes (period_payment), or an invoice that credits paid (credited_invoices).
  left join lateral (
    select
      known.user_ref is not null  -- buyer_names.names: it is nearer than the names on invoices; then email is not read
      and not exists (select from sesame.claims where object_id = known.id offset 0)  -- find_buyer: earlier names
      and known.status <> 'past_due'  -- subscription_grants.expires_at: unpaid_since; pending_fetches: lacks_invoices
      and (
        invoice.status <> 'paid'  -- period_payment: only paid lines count
        or invoice.amount_paid > 0  -- add_block: else its own credits paid it
          and known.collection_method <> 'send_invoice'  -- subscription_grants.reason: is_paid
          and jsonb_array_length(known.items) = 1  -- derived_grants: one item may hide another one for its module
          and not exists (
            select from sesame.grants as held
            where held.source_id = known.id and held.source = 'subscription'
              and held.reason_after in ('refunded', 'disputed')  -- subscription_grants.reason_after: paid.block
            offset 0
          )
      ) as is_unchanged
    from sesame.subscriptions as known
    where (known.id, known.account, known.livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
    offset 0
  ) as subscription on true
  where invoice.id = of_invoice
    and invoice.subscription_id is not null
    and not sesame.names_others(invoice.user_ref, invoice.customer_id)
    -- payments_of_invoice, which reads all these: a known payment may have been refunded.
    and invoice.payment_intent_id is null
    and invoice.charge_id is null
    and not exists (select from sesame.invoice_payments where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.payment_intents where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.charges where invoice_id = of_invoice offset 0)
    and not exists (select from sesame.checkout_sessions where invoice_id = of_invoice offset 0)  -- purchases, too
    and not exists (  -- billed_lines.subscription_id
      select from sesame.invoice_lines as line
      where line.invoice_id = of_invoice and line.subscription_id <> invoice.subscription_id
      offset 0
    )
    and not exists (  -- purchase_grants.reason: the block of an invoice that sells something, and that credits paid
      select from sesame.invoice_lines as line
      where line.subscription_id = invoice.subscription_id and line.stands_alone and line.invoice_id <> of_invoice
      offset 0
    );
  if not found then
    return null;
  end if;
  v_subscription := jsonb_build_object('subscription', jsonb_build_array(v_found.subscription_id));
  if v_found.is_unchanged is not true then  -- null: the subscription is not known, and may have to be fetched
    v_reached := v_reached || v_subscription;
  end if;
  return v_reached || sesame.tokens_paid_by(v_reached || v_subscription);
end
$$;

comment on function sesame.reach_of_invoice is
  'All objects {kind: [id, …]} that must be derived again with a new invoice of a subscription. Null: see the arrows.';

create function sesame.reach_of_payment(of_payment text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_sessions jsonb;
begin
  select jsonb_agg(session.id) into v_sessions
  from (select id, invoice_id from sesame.checkout_sessions where payment_intent_id = of_payment offset 0) as session
  -- payments_of_invoice, invoices_of_payment: all ways between an invoice and this payment.
  having not coalesce(bool_or(session.invoice_id is not null), false)
    and not exists (select from sesame.payment_intents where id = of_payment and invoice_id is not null offset 0)
    and not exists (select from sesame.invoices where payment_intent_id = of_payment offset 0)
    and not exists (select from sesame.invoice_payments where payment_intent_id = of_payment offset 0)
    and not exists (
      select from sesame.charges as charge
      where charge.payment_intent_id = of_payment
        and (
          charge.invoice_id is not null
          or exists (select from sesame.invoices where charge_id = charge.id offset 0)
          or exists (select from sesame.invoice_payments where charge_id = charge.id offset 0)
        )
      offset 0
    );
  if not found then
    return null;
  end if;
  return jsonb_build_object('payment_intent', array[of_payment])
    || case when v_sessions is null then '{}' else jsonb_build_object('checkout_session', v_sessions) end;
end
$$;

comment on function sesame.reach_of_payment is
  'A payment (pi_) that no known invoice reads, and the sessions that it pays {kind: [id, …]}. Null: one may read it.';

create function sesame.reach_of_new(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_reached jsonb;
begin
  if objects ? 'price' then
    return null;
  elsif objects ? 'invoice' then
    return sesame.reach_of_invoice(objects #>> '{invoice,0}');
  elsif objects ? 'charge' then
    select sesame.reach_of_payment(charge.payment_intent_id) into v_reached
    from sesame.charges as charge
    where charge.id = objects #>> '{charge,0}'
      and charge.payment_intent_id is not null  -- else it is a payment itself
      and not sesame.names_others(charge.user_ref, charge.customer_id);
  elsif objects ? 'payment_intent' then
    select sesame.reach_of_payment(payment.id) into v_reached
    from sesame.payment_intents as payment
    where payment.id = objects #>> '{payment_intent,0}'
      and not sesame.names_others(payment.user_ref, payment.customer_id);
  else
    select sesame.reach_of_payment(session.payment_intent_id) into v_reached
    from sesame.checkout_sessions as session
    where session.id = objects #>> '{checkout_session,0}'
      and session.payment_intent_id is not null  -- else its invoice may read it, which reach_of_payment would not see
      and session.subscription_id is null  -- buyer_names of subscriptions and of their invoices; sold_subscriptions
      and not sesame.names_others(session.user_ref, session.customer_id);
  end if;
  if v_reached is null then
    return null;
  end if;
  v_reached := objects || v_reached;
  return v_reached || sesame.tokens_paid_by(v_reached);
end
$$;

comment on function sesame.reach_of_new is
  'All objects {kind: [id, …]} that must be derived again with this one new object. Null: see the arrows.';

-- chapter: 20261121004090_short_path.sql

-- The short path of an event that is alone in its call: it is taken apart without a query. If it is about one
-- subscription, the arrows are followed only where what others read has changed.

create function sesame.facts_of(event jsonb, out facts jsonb, out ids jsonb)
language plpgsql immutable set search_path = '' as $$
declare
  -- As in apply_events().
  v_envelope jsonb := jsonb_build_object(
    'event_id', event -> 'id', 'stamp', event -> 'created', 'is_fetch', event ->> 'type' like '%.fetched',
    'livemode', event -> 'livemode', 'account', coalesce(event ->> 'account', '')
  );
  v_fact jsonb;
  v_kind text;
begin
  for n in 0 .. jsonb_array_length(event -> 'facts') - 1 loop
    v_fact := event -> 'facts' -> n || v_envelope;
    v_kind := v_fact ->> 'kind';
    facts := sesame.union_objects(coalesce(facts, '{}'), jsonb_build_object(v_kind, jsonb_build_array(v_fact)));
    if (ids -> v_kind) ? (v_fact ->> 'id') is not true then
      ids := sesame.union_objects(coalesce(ids, '{}'), jsonb_build_object(v_kind, jsonb_build_array(v_fact -> 'id')));
    end if;
  end loop;
end
$$;

comment on function sesame.facts_of is
  'The few facts of one event {kind: [fact, …]}, each with the envelope of the event, and their objects {kind: [id, …]}. '
  'Null: it has none.';

create function sesame.apply_subscription(fact jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_merged record := sesame.merge_subscription(fact);
  v_former sesame.subscriptions := v_merged.former;
  v_now sesame.subscriptions := v_merged.present;
  v_itself jsonb := jsonb_build_object('subscription', jsonb_build_array(fact -> 'id'));
begin
  if v_now is not distinct from v_former then
    return '{}';
  end if;
  -- What others read of a subscription. Its sessions and invoices: user_ref and user_ref_at (sesame.buyer_names). The
  -- nameless purchases of its customer: these, unnamed_at, created_at and customer_id (sesame.known_names).
  if (v_now.user_ref, v_now.user_ref_at, v_now.unnamed_at, v_now.created_at, v_now.customer_id) is not distinct from
    (v_former.user_ref, v_former.user_ref_at, v_former.unnamed_at, v_former.created_at, v_former.customer_id)
  then
    return v_itself || sesame.tokens_paid_by(v_itself);
  end if;
  -- If it moved from one customer to another, the former one has one name less.
  if v_former.customer_id is not null then
    v_itself := v_itself || jsonb_build_object('known_customer', jsonb_build_array(v_former.customer_id));
  end if;
  return sesame.find_dependents(v_itself);
end
$$;

comment on function sesame.apply_subscription is
  'Merges the fact of one subscription. Answers all objects {kind: [id, …]} that must be derived again: none, if it says '
  'nothing new.';

-- Before its first fact, an object has no row, so it leads nowhere but to where it leads after that fact.
create function sesame.is_one_new(objects jsonb) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_ids jsonb := jsonb_path_query_array(objects, '$.*[*]');
  v_id text := v_ids ->> 0;
begin
  if jsonb_array_length(v_ids) <> 1 then
    return false;
  elsif objects ? 'checkout_session' then
    return not exists (select from sesame.checkout_sessions as known where known.id = v_id);
  elsif objects ? 'payment_intent' then
    return not exists (select from sesame.payment_intents as known where known.id = v_id);
  elsif objects ? 'charge' then
    return not exists (select from sesame.charges as known where known.id = v_id);
  elsif objects ? 'invoice' then
    return not exists (select from sesame.invoices as known where known.id = v_id);
  end if;
  return false;
end
$$;

comment on function sesame.is_one_new is
  'Whether this is one session, payment, charge or invoice, of which no fact is known.';

-- chapter: 20261121004100_apply_events.sql

-- Applying events: their facts are merged kind by kind, then everything they touch is folded once.

create function sesame.apply_events(events jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_facts jsonb;
  v_touched jsonb;
  v_parts record;
  v_is_short boolean;  -- v_touched is complete already
  v_is_new boolean := false;
  v_reached jsonb;
begin
  -- v_facts is {kind: [fact, …]}, each fact with the envelope of its event. v_touched is {kind: [id, …]}.
  if jsonb_array_length(events) = 1 and jsonb_array_length(events #> '{0,facts}') <= 4 then
    v_parts := sesame.facts_of(events -> 0);
    v_facts := v_parts.facts;
    v_touched := v_parts.ids;
  else
    select jsonb_object_agg(kind, facts), jsonb_object_agg(kind, ids) into v_facts, v_touched
    from (
      select fact ->> 'kind' as kind, jsonb_agg(fact || envelope) as facts, jsonb_agg(distinct fact -> 'id') as ids
      from jsonb_to_recordset(events) as event
        (id text, type text, created bigint, livemode boolean, account text, facts jsonb)
      cross join lateral jsonb_build_object(
        'event_id', event.id, 'stamp', event.created, 'is_fetch', event.type like '%.fetched',
        'livemode', event.livemode, 'account', coalesce(event.account, '')
      ) as envelope
      cross join lateral jsonb_array_elements(event.facts) as fact
      group by 1
    ) as grouped;
  end if;
  if v_facts is null then
    return '{}';
  end if;

  v_is_short := v_facts ? 'subscription' and jsonb_array_length(v_facts -> 'subscription') = 1
    and v_facts - '{subscription,price}'::text[] = '{}' and not sesame.are_by_parts(events);
  if v_is_short then
    v_touched := sesame.apply_subscription(v_facts #> '{subscription,0}');
  else
    v_is_new := sesame.is_one_new(v_touched - 'price');
    if not v_is_new then
      -- Dependents are collected before and after the change: if a link moves, the former target needs a new
      -- derivation, too.
      v_touched := sesame.union_objects(v_touched, sesame.next_dependents(v_touched - 'price', v_touched));
    end if;
  end if;

  if v_facts ? 'checkout_session' then perform sesame.merge_checkout_sessions(v_facts -> 'checkout_session'); end if;
  if v_facts ? 'payment_intent' then perform sesame.merge_payment_intents(v_facts -> 'payment_intent'); end if;
  if v_facts ? 'charge' then perform sesame.merge_charges(v_facts -> 'charge'); end if;
  if v_facts ? 'refund' then perform sesame.merge_refunds(v_facts -> 'refund'); end if;
  if v_facts ? 'dispute' then perform sesame.merge_disputes(v_facts -> 'dispute'); end if;
  if v_facts ? 'invoice' then perform sesame.merge_invoices(v_facts -> 'invoice'); end if;
  if v_facts ? 'invoice_payment' then perform sesame.merge_invoice_payments(v_facts -> 'invoice_payment'); end if;
  if v_facts ? 'subscription' and not v_is_short then perform sesame.merge_subscriptions(v_facts -> 'subscription'); end if;
  if v_facts ? 'customer' then perform sesame.merge_customers(v_facts -> 'customer'); end if;
  -- Nearly every event repeats its prices. Only new facts about a price have an effect.
  if v_facts ? 'price' then
    v_touched := sesame.union_objects(v_touched - 'price', sesame.merge_prices(v_facts -> 'price'));
  end if;

  perform set_config(
    'sesame.cause', coalesce(nullif(current_setting('sesame.stripe_cause', true), ''), 'stripe'), true);
  if sesame.are_by_parts(events) then
    perform sesame.defer_objects(v_touched);
  else
    if not v_is_short or v_touched ? 'price' then
      v_reached := case when v_is_new then sesame.reach_of_new(v_touched) end;
      v_touched := coalesce(v_reached, sesame.find_dependents(v_touched));
    end if;
    if v_touched <> '{}' then
      perform sesame.fold_sources(v_touched);
    end if;
  end if;
  return v_touched;
end
$$;

comment on function sesame.apply_events is
  'Merges the facts of these events and folds what they touch. On error nothing is changed. Answers the touched '
  'objects.';

-- The call that replays an event sets by_parts: sesame_failed_events answers it with the event.
create function sesame.are_by_parts(events jsonb) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return events @> '[{"by_parts": true}]';
end
$$;

comment on function sesame.are_by_parts is
  'Whether one of these events touches more than one call can fold: its own call has timed out before. Its facts are '
  'merged, and what they touch is folded part by part.';

create function sesame.apply_events_singly(events jsonb, out touched jsonb, out failures jsonb)
language plpgsql volatile set search_path = '' as $$
declare
  v_event jsonb;
begin
  touched := '{}';
  failures := '{}';
  for v_event in select * from jsonb_array_elements(events) loop
    begin
      touched := sesame.union_objects(touched, sesame.apply_events(jsonb_build_array(v_event)));
    exception when others then
      if sesame.is_transient(sqlstate) then raise; end if;
      failures := failures || jsonb_build_object(v_event ->> 'id', sqlstate);
    end;
  end loop;
end
$$;

comment on function sesame.apply_events_singly is
  'Applies the events one by one. An event that cannot be applied does not stop the others. failures is {event '
  'id: SQLSTATE}.';

-- chapter: 20261121004110_fold_leftover.sql

-- Deliveries fold a little of what a large change left. So it ends even if its caller is gone.
create function sesame.fold_leftover() returns void
language plpgsql volatile set search_path = '' as $$
begin
  if sesame.is_all_folded() then
    return;
  end if;
  begin
    perform sesame.fold_next_part(100);
  exception when query_canceled or others then
    -- The delivery is not at fault, and its events must be stored. The part stays to be folded.
    raise warning 'a part of an earlier change could not be folded: % (%)', sqlerrm, sqlstate;
  end;
end
$$;

comment on function sesame.fold_leftover is
  'Folds some objects of an earlier change that touched too many at once. Call under lock_fold().';

-- chapter: 20261121004150_inbox.sql

-- Reading and writing the inbox.

create function sesame.unsettled_ids(events jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_id text := events #>> '{0,id}';
begin
  -- Usually there is one event.
  if jsonb_array_length(events) = 1 then
    return case when exists (
      select from sesame.stripe_events as stored
      where stored.id = v_id
        and (stored.outcome = 'applied' or stored.outcome <> 'failed' and events #> '{0,facts}' = '[]')
    ) then '{}' else array[v_id] end;
  end if;
  return array(
    select distinct given.id
    from jsonb_to_recordset(events) as given (id text, facts jsonb)
    where not exists (
      select from sesame.stripe_events as stored
      where stored.id = given.id
        -- Settled, unless it failed, or has become one that says something.
        and (stored.outcome = 'applied' or stored.outcome <> 'failed' and given.facts = '[]')
      offset 0
    )
  );
end
$$;

comment on function sesame.unsettled_ids is 'Those of the given events that still have to be applied.';

create function sesame.select_events(events jsonb, ids text[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  -- Usually all of them are asked for, once each. Then no payload is copied.
  if cardinality(ids) = jsonb_array_length(events) then
    return events;
  end if;
  return (
    select jsonb_agg(first_of_id.event)
    from (
      select distinct on (given.event ->> 'id') given.event
      from jsonb_array_elements(events) with ordinality as given (event, place)
      order by given.event ->> 'id', given.place
    ) as first_of_id
    where first_of_id.event ->> 'id' = any (ids)
  );
end
$$;

comment on function sesame.select_events is 'The events with these ids, each once, as first given.';

create function sesame.ids_of_events(events jsonb) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(select given.event ->> 'id' from jsonb_array_elements(events) as given (event));
end
$$;

comment on function sesame.ids_of_events is 'The ids of these events, in their order.';

create function sesame.lock_inbox(ids text[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform from sesame.stripe_events as stored where stored.id = any (ids) order by stored.id for update;
end
$$;

comment on function sesame.lock_inbox is
  'Locks these events in the order of store_events, for a transaction that stores events more than once.';

create function sesame.store_events(events jsonb, failures jsonb, is_folded boolean default true) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.stripe_events as stored
    (id, type, created, api_version, livemode, account, object_id, outcome, detail, payload)
  select
    given.id, given.type, to_timestamp(given.created), given.api_version,
    given.livemode, coalesce(given.account, ''), given.object_id,
    case
      when given.quarantine is not null then 'quarantined'
      when given.error is not null or failures ? given.id then 'failed'
      when given.facts = '[]' then 'ignored'
      when is_folded then 'applied'
      else 'received'
    end::sesame.event_outcome,
    coalesce(given.quarantine::text, given.error, failures ->> given.id),
    case
      when given.quarantine is null and given.error is null and not failures ? given.id
        and (is_folded or given.facts = '[]')
        and (select keep_bodies = interval '0' from sesame.settings where settings.id) then ''
      else coalesce(given.payload, '')  -- of an event that waited, the row has the body
    end
  from jsonb_to_recordset(events) as given (
    id text, type text, created bigint, api_version text, livemode boolean, account text,
    object_id text, quarantine sesame.code, error text, facts jsonb, payload text
  )
  order by given.id  -- two calls with the same events lock their rows in one order, so there is no deadlock
  on conflict (id) do update set
    (outcome, detail, attempts)
    = (excluded.outcome, excluded.detail, stored.attempts + (stored.outcome <> 'received')::integer),
    -- An event that was ignored may have no body any more. If it fails or waits now, it needs one.
    payload = case
      when stored.payload = '' and excluded.outcome not in ('applied', 'ignored') then excluded.payload
      else stored.payload
    end
    -- Without the lock, another call may have settled the event meanwhile: see unsettled_ids().
    where is_folded or stored.outcome = 'failed'
      or stored.outcome in ('ignored', 'quarantined') and excluded.outcome = 'received';
end
$$;

comment on function sesame.store_events is
  'Writes each event with its outcome. failures is {event id: SQLSTATE}. Not is_folded: an event with facts is received.';

create function sesame.answer_events(events jsonb, new_ids text[], touched jsonb)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql stable set search_path = '' as $$
begin
  -- Usually there is one event, and it is new.
  if jsonb_array_length(events) = 1 and new_ids = array[events #>> '{0,id}'] then
    return query
      select stored.id, stored.outcome::text, stored.detail, sesame.fetches_among(touched)
      from sesame.stripe_events as stored
      where stored.id = new_ids[1];
    return;
  end if;
  return query
    select
      given.id,
      case
        when given.time = 1 and given.id = any (new_ids) or stored.outcome in ('failed', 'received')
          then stored.outcome::text
        else 'duplicate'
      end,
      stored.detail,
      case when given.place = 1 then sesame.fetches_among(touched) end
    from (
      select element.id, element.place, row_number() over (partition by element.id order by element.place) as time
      from rows from (jsonb_to_recordset(events) as (id text)) with ordinality as element (id, place)
    ) as given
    cross join lateral (
      select event.outcome, event.detail
      from sesame.stripe_events as event
      where event.id = given.id
      offset 0  -- one look-up for each id, never a scan of the whole table
    ) as stored
    order by given.place;
end
$$;

comment on function sesame.answer_events is
  'One row for each event, in the order given. In the first one, fetch lists those of the touched objects that are to be '
  'read again from Stripe.';

-- chapter: 20261121004160_waiting_events.sql

-- Events that are stored before they are applied. When they came, another transaction held the lock of the fold. Every
-- fold takes what waits, so many calls share one commit.

create table sesame.waiting_events (
  event_id text primary key,
  event jsonb not null,
  together integer not null default 500,
  place bigint generated always as identity,
  constraint waiting_events_together_is_positive check (together > 0)
);

-- A row is read once and then deleted. Compressing it would cost more.
alter table sesame.waiting_events alter column event set storage external;

create index waiting_events_place_idx on sesame.waiting_events (place);

alter table sesame.waiting_events enable row level security;

comment on table sesame.waiting_events is
  'The events of the inbox that are received: the next fold applies them. Private: no policy, written by '
  'process_stripe_events and fold_received_events only.';
comment on column sesame.waiting_events.event is 'The event with its facts and without its body, which is in the inbox.';
comment on column sesame.waiting_events.together is
  'How many events are folded with it, at most. Each fold that times out halves this number.';
comment on column sesame.waiting_events.place is 'The order of arrival.';

create function sesame.receive_events(events jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.store_events(events, '{}', false);
  -- Only what the inbox holds as received: another call may have settled the same event a moment ago.
  insert into sesame.waiting_events (event_id, event)
  select stored.id, given.event - 'payload'
  from jsonb_array_elements(events) as given (event)
  cross join lateral (
    select event.id from sesame.stripe_events as event
    where event.id = given.event ->> 'id' and event.outcome = 'received'
    offset 0  -- one look-up for each id, never a scan of the whole table
  ) as stored
  order by stored.id
  on conflict do nothing;
end
$$;

comment on function sesame.receive_events is
  'Stores events for a later fold. It needs no lock. An event without facts gets its final outcome at once.';

create function sesame.with_waiting(own jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_together integer := (select waiting.together from sesame.waiting_events as waiting order by waiting.place limit 1);
  v_own_ids text[];
  v_waiting jsonb;
begin
  if v_together is null then
    return own;
  end if;
  v_own_ids := sesame.ids_of_events(own);
  select jsonb_agg(oldest.event order by oldest.place) into v_waiting
  from (
    select waiting.event_id, waiting.event, waiting.place
    from sesame.waiting_events as waiting
    order by waiting.place
    limit v_together
  ) as oldest
  where oldest.event_id <> all (v_own_ids);
  return own || coalesce(v_waiting, '[]');
end
$$;

comment on function sesame.with_waiting is
  'These events, each id once, and the oldest of those that wait. Call under lock_fold().';

create function sesame.forget_waiting(events jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from sesame.waiting_events as waiting where waiting.event_id = any (sesame.ids_of_events(events));
end
$$;

comment on function sesame.forget_waiting is 'These events are settled and no longer wait. Call under lock_fold().';

create function sesame.are_waiting(event_ids text[]) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (select from sesame.waiting_events as waiting where waiting.event_id = any (event_ids));
end
$$;

comment on function sesame.are_waiting is 'Whether any of these events still waits.';

-- chapter: 20261121004170_fold_events.sql

-- One fold of events: their facts, the grants and access that follow, and their outcomes in the inbox.

create function sesame.apply_or_fail(events jsonb, out touched jsonb, out failures jsonb)
language plpgsql volatile set search_path = '' as $$
begin
  -- Only the event that is too large is folded by parts. The others beside it take effect at once.
  if sesame.are_by_parts(events) then
    select singly.touched, singly.failures into touched, failures from sesame.apply_events_singly(events) as singly;
    return;
  end if;
  touched := sesame.apply_events(events);
  failures := '{}';
exception when others then
  if sesame.is_transient(sqlstate) then raise; end if;
  select singly.touched, singly.failures into touched, failures from sesame.apply_events_singly(events) as singly;
end
$$;

comment on function sesame.apply_or_fail is
  'Applies the events together, and one by one if that fails or if one is folded by parts. failures is {event id: '
  'SQLSTATE}.';

-- Postgres cancels a call when its time is over. The savepoint of this block takes back what the fold did. The timer
-- has fired, and does not fire again in this statement: so there is time to store the events.
create function sesame.fold_events(own jsonb, may_wait boolean) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_events jsonb := case when may_wait then sesame.with_waiting(own) else own end;
  v_applied record;
begin
  begin
    v_applied := sesame.apply_or_fail(v_events);
  exception when query_canceled or others then
    -- A caller without own events has stored nothing: it gets the error, or it would try again at once.
    if not may_wait or own = '[]' and not sesame.is_timeout(sqlstate) or not sesame.is_transient(sqlstate) then
      raise;
    end if;
    perform sesame.postpone_events(
      own, v_events, sesame.is_timeout(sqlstate) and clock_timestamp() - v_begun > '1 second'
    );
    return '{}';
  end;
  perform sesame.store_events(v_events, v_applied.failures);
  -- Usually nothing waits, and the events are the given ones.
  if not may_wait or exists (select from sesame.waiting_events) then
    perform sesame.forget_waiting(v_events);
  end if;
  return v_applied.touched;
end
$$;

comment on function sesame.fold_events is
  'Folds these events. may_wait: also those that wait; after a transient error all of them wait. Answers the touched '
  'objects. Call under lock_fold().';

create function sesame.postpone_events(own jsonb, events jsonb, was_slow boolean) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_half integer := jsonb_array_length(events) / 2;
begin
  if was_slow and v_half = 0 then
    perform sesame.store_events(events, jsonb_build_object(events -> 0 ->> 'id', '57014'));
    perform sesame.forget_waiting(events);
    return;
  end if;
  perform sesame.receive_events(own);
  if was_slow then
    update sesame.waiting_events as waiting set together = least(waiting.together, v_half)
    where waiting.event_id = any (sesame.ids_of_events(events));
  end if;
end
$$;

comment on function sesame.postpone_events is
  'Stores what could not be folded now: own events, and all events of the fold. was_slow: the fold itself took the time, '
  'so the next one takes half as many. An event that was alone has failed.';

-- chapter: 20261121004200_process_stripe_events.sql

-- The one door for Stripe's events: inbox, facts and access commit together, or nothing does. It is security definer,
-- for service_role and the webhook's own role: neither may touch a private table.

create function public.process_stripe_events(events jsonb, may_wait boolean default false)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'  -- shorter than any caller's timeout, so that the caller sees the reason
-- Every query looks rows up in an index by the given ids. So a plan can be made once for each connection, and it
-- stays right while the tables grow.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_new_ids text[];
  v_touched jsonb := '{}';
begin
  -- Some HTTP layers pass a JSON argument as a JSON string.
  if jsonb_typeof(events) = 'string' then
    events := (events #>> '{}')::jsonb;
  end if;
  if jsonb_typeof(events) is distinct from 'array' then
    raise sqlstate 'SE003' using
      message = 'events must be a JSON array',
      hint = 'Pass [{id, type, created, livemode, payload, facts, …}, …].';
  end if;

  -- A redelivery writes nothing and takes no lock.
  v_new_ids := sesame.unsettled_ids(events);
  if v_new_ids <> '{}' then
    if not may_wait then
      perform sesame.lock_fold();
    elsif not sesame.lock_fold_soon() then
      perform sesame.receive_events(sesame.select_events(events, v_new_ids));
      return query select * from sesame.answer_events(events, v_new_ids, '{}');
      return;
    end if;
    v_new_ids := sesame.unsettled_ids(events);
  end if;

  if v_new_ids <> '{}' then
    v_touched := sesame.fold_events(sesame.select_events(events, v_new_ids), may_wait);
    perform sesame.fold_leftover();
  end if;
  return query select * from sesame.answer_events(events, v_new_ids, v_touched);
end
$$;

select sesame.revoke_default_grants('public.process_stripe_events');
grant execute on function public.process_stripe_events(jsonb, boolean) to service_role;

comment on function public.process_stripe_events is
  'Stores events once by id, applies their facts, and answers one row for each: applied, duplicate, ignored, '
  'quarantined or failed. In the first row, fetch lists the objects to be read again from Stripe. may_wait: if the fold '
  'is busy, an event is only stored and answered received; then call fold_received_events. Raises SE001, SE003, and any '
  'error that a retry may fix (55P03: the lock is busy).';

-- chapter: 20261121004210_fold_received_events.sql

-- The second call of a caller whose events are received. It waits for the lock in the queue of Postgres. Usually the fold
-- before it has taken its events, and it only looks.

create function public.fold_received_events(event_ids text[])
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer
set search_path = ''
-- As for process_stripe_events.
set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_asked jsonb := (select coalesce(jsonb_agg(jsonb_build_object('id', id)), '[]') from unnest(event_ids) as id);
  v_touched jsonb := '{}';
begin
  if sesame.are_waiting(event_ids) then
    perform sesame.lock_fold();
    if sesame.are_waiting(event_ids) then
      v_touched := sesame.fold_events('[]', true);
    end if;
  end if;
  return query select * from sesame.answer_events(v_asked, event_ids, v_touched);
end
$$;

select sesame.revoke_default_grants('public.fold_received_events');
grant execute on function public.fold_received_events(text[]) to service_role;

comment on function public.fold_received_events is
  'Folds the oldest events that wait, unless none of these waits any more. Answers as process_stripe_events does. An '
  'event that is still received waits behind many others: call again. Raises SE001, and any error that a retry may fix.';

-- An erasure comes after all that is known about its user.
create function sesame.fold_waiting() returns void
language plpgsql volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_last bigint := (select max(place) from sesame.waiting_events);
begin
  if v_last is null then
    return;
  end if;
  perform sesame.lock_fold();
  perform sesame.lock_inbox(array(select event_id from sesame.waiting_events where place <= v_last));
  while exists (select from sesame.waiting_events where place <= v_last) loop
    perform sesame.fold_events('[]', true);
  end loop;
end
$$;

comment on function sesame.fold_waiting is
  'Folds all that waits now, however long it takes. If nothing waits, it takes no lock.';

-- Where the caller is gone, another call folds what it left. Where no call comes, cron does. It gives its jobs no time
-- limit, so each run ends by itself.
create function sesame.fold_for_a_while() returns void
language plpgsql volatile
set search_path = ''
set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  -- Webhooks wait for the lock at most three seconds.
  v_until timestamptz := clock_timestamp() + interval '1 second';
begin
  if not exists (select from sesame.waiting_events) and sesame.is_all_folded() then
    return;
  end if;
  perform sesame.lock_fold();
  while exists (select from sesame.waiting_events) and clock_timestamp() < v_until loop
    perform sesame.fold_events('[]', true);
  end loop;
  while not sesame.is_all_folded() and clock_timestamp() < v_until loop
    perform sesame.fold_leftover();
  end loop;
end
$$;

comment on function sesame.fold_for_a_while is
  'Folds events that wait, and then parts of a large change, for about a second. If there are none, it takes no lock. '
  'The job sesame-fold runs it each minute.';

-- chapter: 20261121004300_webhook_role.sql

-- The direct door: a role that may call the two functions of the inbox and nothing else. (One more, in the next chapter,
-- only plans.) It cannot log in until the operator gives it a password: alter role sesame_webhook login password '…';

do $$
begin
  -- Roles belong to the cluster and outlive a database. So the role may exist already, and the caller may lack the
  -- right to create one.
  if to_regrole('sesame_webhook') is null then
    create role sesame_webhook nologin;
    -- This is a little less than the time the webhook waits for its answer. A longer query would work for no caller.
    -- As a setting of the role it holds behind any pooler.
    alter role sesame_webhook set statement_timeout = '3600ms';
  end if;
exception when duplicate_object then
  null;  -- another database of the cluster has created it at the same moment
end
$$;

grant usage on schema public to sesame_webhook;
grant execute on function public.process_stripe_events(jsonb, boolean) to sesame_webhook;
grant execute on function public.fold_received_events(text[]) to sesame_webhook;

-- chapter: 20261121004310_warm_up.sql

-- A fresh connection plans some sixty statements at its first events. The direct door has them planned ahead, part by
-- part, while no event waits. Each part takes a few milliseconds, because an event may come meanwhile.

create function public.sesame_warm_up(part integer) returns integer
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '50ms'  -- a table may be locked by an upgrade, and the next event waits behind this call
-- As for process_stripe_events, because a plan keeps the settings that it was made with.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
begin
  -- The functions of a fold plan their statements also for empty lists. What they call for each row is planned by the
  -- newest object of a kind, which is derived and not written.
  case part
    when 1 then
      perform sesame.unsettled_ids('[]'), sesame.unsettled_ids('[{}]'), sesame.with_waiting('[]'), sesame.is_all_folded();
      perform sesame.store_events('[]', '{}');
      perform sesame.apply_events('[]');
      perform from sesame.answer_events('[]', '{}', '{}');
    when 2 then
      perform sesame.find_dependents('{}');
      perform sesame.names_others('', ''), sesame.reach_of_invoice(''), sesame.reach_of_payment('');
      -- As for one event, and as for many: of more than six objects, which do not exist.
      perform sesame.write_grants('{}');
      perform sesame.write_grants(jsonb_build_object('charge', array_fill(''::text, array[7])));
      perform sesame.project_access('{}');
    when 3 then
      perform sesame.merge_subscriptions('[]');
      perform sesame.merge_invoices('[]');
      perform sesame.merge_prices('[]');
    when 4 then
      perform sesame.merge_checkout_sessions('[]');
      perform sesame.merge_payment_intents('[]');
      perform sesame.merge_charges('[]');
    when 5 then
      perform sesame.next_dependents('{"invoice": [], "subscription": [], "known_customer": []}', '{}');
    when 6 then
      perform sesame.next_dependents('{"checkout_session": [], "payment_intent": [], "charge": []}', '{}');
    when 7 then
      perform sesame.doubtful_ids('invoice', '{}'), sesame.doubtful_ids('subscription', '{}');
      perform sesame.fetches_of('invoice', '{}'), sesame.fetches_of('subscription', '{}');
    when 8 then
      perform sesame.doubtful_ids('checkout_session', '{}'), sesame.doubtful_ids('charge', '{}');
      perform sesame.fetches_of('checkout_session', '{}'), sesame.fetches_of('charge', '{}');
      perform sesame.fetches_among('{}');
    when 9 then
      perform from sesame.derive_grants(jsonb_build_object(
        'subscription', array(select id from sesame.subscriptions order by id desc limit 1),
        'invoice', array(select id from sesame.invoices order by id desc limit 1)
      ));
    when 10 then
      perform from sesame.derive_grants(jsonb_build_object(
        'checkout_session', array(select id from sesame.checkout_sessions order by id desc limit 1)
      ));
    when 11 then
      perform from sesame.derive_grants(jsonb_build_object(
        'payment_intent', array(select id from sesame.payment_intents order by id desc limit 1),
        'charge', array(select id from sesame.charges order by id desc limit 1)
      ));
    else
      return null;
  end case;
  return part + 1;
end
$$;

select sesame.revoke_default_grants('public.sesame_warm_up');
grant execute on function public.sesame_warm_up(integer) to sesame_webhook;

comment on function public.sesame_warm_up is
  'Plans a part of the statements of a fold on this connection, and changes nothing. Answers the number of the next '
  'part; null: there is none. The direct door calls it while no event waits, beginning with 1.';

-- chapter: 20261121005000_my_modules.sql

-- The modules that a member sees, as of now.

create view public.my_modules with (security_invoker = true) as
select
  access.module_id,
  module.slug,
  module.title,
  sesame.status_now(access.is_active, access.expires_at, access.metadata) as status,
  access.expires_at,
  sesame.reason_now(access.expires_at, access.metadata) as reason
from public.module_access as access
join public.modules as module on module.id = access.module_id
where access.user_id = (select auth.uid());

select sesame.revoke_default_grants('public.my_modules');
grant select on public.my_modules to authenticated;

comment on view public.my_modules is
  'The signed-in member''s modules at this instant: their status (active, expired, pending or closed) and the '
  'reason.';

-- Policies call it for every query, so it reads the session once. It runs with its owner's rights: with the member's
-- rights, the policy of module_access would read the session again. As in that policy, the user comes from the session.
create function public.has_module_access(module text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user_id uuid := auth.uid();
begin
  return exists (
    select from public.module_access as access
    where access.user_id = v_user_id
      -- No slug starts with a digit.
      and access.module_id = case
        when module ~ '^[0-9]{1,18}$' then module::bigint
        else (select known.id from public.modules as known where known.slug = module)
      end
      -- The same as sesame.is_open, without one more call.
      and access.is_active
      and (access.expires_at is null or access.expires_at > now())
  );
end
$$;

select sesame.revoke_default_grants('public.has_module_access');
grant execute on function public.has_module_access(text) to authenticated;

comment on function public.has_module_access is
  'Whether the signed-in member may use this module (slug or id) now. For policies of other tables: '
  'using ((select has_module_access(''stable-diffusion''))). It reads module_access with the rights of its owner: a '
  'policy that you add to that table does not change its answer.';

create function sesame.modules_of(of_user uuid, module_ids bigint[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  -- The same as my_modules, which answers members only. Status none: this user never had the module.
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'module_id', module.id, 'slug', module.slug, 'title', module.title,
      'status', case
        when access.id is null then 'none'
        else sesame.status_now(access.is_active, access.expires_at, access.metadata)
      end,
      'expires_at', access.expires_at,
      'reason', sesame.reason_now(access.expires_at, access.metadata)
    ) order by module.id), '[]')
    from public.modules as module
    left join public.module_access as access on access.module_id = module.id and access.user_id = of_user
    where module.id = any (module_ids)
  );
end
$$;

comment on function sesame.modules_of is
  'The modules of a user: [{module_id, slug, title, status, expires_at, reason}].';

-- chapter: 20261121005050_manual_access.sql

-- Modules that an operator grants by hand, and free modules that members claim.

create function sesame.find_module(module text) returns bigint
language plpgsql stable set search_path = '' as $$
declare
  v_id bigint := (select module_id from sesame.sold_modules(null, find_module.module));
begin
  if v_id is null then
    raise sqlstate 'SE006' using
      message = 'no such module',
      detail = coalesce(module, 'null'),
      hint = 'Name a slug or an id of public.modules.';
  end if;
  return v_id;
end
$$;

comment on function sesame.find_module is 'The id of a module with this slug or id. SE006: there is none.';

create function public.grant_module_access(
  user_id uuid, module text, actor text, why text, expires_at timestamptz default null
) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_id uuid;
  v_module_id bigint := sesame.find_module(module);
begin
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, why));

  update sesame.manual_grants as denial
  set (revoked_at, revoked_by, revoked_why) = (now(), grant_module_access.actor, grant_module_access.why)
  where denial.user_id = grant_module_access.user_id and denial.module_id = v_module_id
    and denial.kind = 'denial' and denial.revoked_at is null;

  insert into sesame.manual_grants (kind, user_id, module_id, actor, why, expires_at)
  values ('grant', user_id, v_module_id, actor, why, grant_module_access.expires_at)
  returning id into v_id;

  perform sesame.fold_sources(sesame.manual_sources_of(user_id, v_module_id));
  return v_id;
end
$$;

select sesame.revoke_default_grants('public.grant_module_access');
grant execute on function public.grant_module_access(uuid, text, text, text, timestamptz) to service_role;

comment on function public.grant_module_access is
  'Opens a module (slug or id) for a user by hand, until expires_at or for ever. It also lifts a denial of the '
  'module. Answers the grant''s id. SE006: no such module; 23514: actor or why is empty.';

create function public.revoke_module_access(
  user_id uuid, module text, actor text, why text, deny boolean default false
) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_module_id bigint := sesame.find_module(module);
  v_revoked integer;
begin
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, why));

  update sesame.manual_grants as held
  set (revoked_at, revoked_by, revoked_why) = (now(), revoke_module_access.actor, revoke_module_access.why)
  where held.user_id = revoke_module_access.user_id and held.module_id = v_module_id
    and held.kind <> 'denial' and held.revoked_at is null;
  get diagnostics v_revoked = row_count;

  if deny then
    insert into sesame.manual_grants (kind, user_id, module_id, actor, why)
    values ('denial', user_id, v_module_id, actor, why);
  end if;

  perform sesame.fold_sources(sesame.manual_sources_of(user_id, v_module_id));
  return v_revoked;
end
$$;

select sesame.revoke_default_grants('public.revoke_module_access');
grant execute on function public.revoke_module_access(uuid, text, text, text, boolean) to service_role;

comment on function public.revoke_module_access is
  'Ends what was granted by hand or claimed. What was paid for stays open, unless deny is true. Answers how many '
  'grants ended. SE006: no such module; 23514: actor or why is empty.';

create function sesame.claim_free(of_user uuid, module text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_module_id bigint := sesame.find_module(module);
begin
  if not exists (select from public.modules as offer where offer.id = v_module_id and offer.is_free and offer.is_active) then
    raise sqlstate 'SE007' using message = 'this module is not free', hint = 'Buy it.';
  end if;
  perform sesame.lock_fold();
  perform sesame.set_cause('member: claimed');

  insert into sesame.manual_grants (kind, user_id, module_id, actor, why)
  values ('claim', of_user, v_module_id, 'member', 'claimed')
  on conflict do nothing;
  if found then
    perform sesame.fold_sources(sesame.manual_sources_of(of_user, v_module_id));
    return true;
  end if;
  return false;
end
$$;

create function public.claim_free_module(module text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '2s' as $$
declare
  v_user_id uuid := auth.uid();
begin
  if v_user_id is null then
    raise insufficient_privilege using message = 'sign in first';
  end if;
  return sesame.claim_free(v_user_id, module);
exception when lock_not_available then
  perform sesame.refuse_for_now();
end
$$;

select sesame.revoke_default_grants('public.claim_free_module');
grant execute on function public.claim_free_module(text) to authenticated;

comment on function public.claim_free_module is
  'Opens a free module (slug or id) for the signed-in member. False: they have it already. SE006: no such '
  'module; SE007: this module is not free; PT503: access is busy, try again.';

create function sesame.manual_sources_of(of_user uuid, of_module bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_strip_nulls(jsonb_build_object('manual_grant', (
    select jsonb_agg(id) from sesame.manual_grants where user_id = of_user and module_id = of_module
  )));
end
$$;

-- chapter: 20261121005100_obstacles_to_buying.sql

-- The reasons why a user cannot buy a module now.

-- Stripe calls a completed session unpaid both while its payment is processing and after it failed. For an incomplete
-- subscription it says nothing: the payment of its latest invoice counts.
create function sesame.is_payment_processing(of_id text, of_account text, of_livemode boolean) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_invoice text := (
    select latest_invoice_id from sesame.subscriptions
    where (id, account, livemode) = (of_id, of_account, of_livemode));
begin
  return (
    with sold_in as materialized (
      select session.*
      from (
        (select * from sesame.checkout_sessions where id = of_id offset 0)
        union all
        (select * from sesame.checkout_sessions where subscription_id = of_id offset 0)
      ) as session
      where (session.account, session.livemode) = (of_account, of_livemode)
    ),
    payment as materialized (
      select
        known.status = 'processing' and known.processing_at >= coalesce(known.unpaid_at, '-infinity') as is_processing,
        known.status = 'canceled' or known.status = 'processing' and known.processing_at < known.unpaid_at as has_ended
      from (
        select payment_intent_id as id from sold_in
        union
        select payment_id from sesame.payments_of_invoice(v_invoice, of_account, of_livemode)
      ) as paying
      join sesame.payment_intents as known on (known.id, known.account, known.livemode) = (paying.id, of_account, of_livemode)
    )
    select exists (select from payment where is_processing)
      or exists (
        select from sold_in where status = 'complete' and payment_status = 'unpaid' and not async_failed)
      and not exists (select from payment where has_ended)
      and not exists (
        select from sesame.invoice_payments
        where invoice_id = v_invoice and status = 'canceled' and (account, livemode) = (of_account, of_livemode))
  );
end
$$;

comment on function sesame.is_payment_processing is
  'Whether a payment is still processing: that of a Checkout Session (cs_) or of the latest invoice of a '
  'subscription (sub_).';

-- A purchase known by its address alone may give a module, but never blocks a purchase: a buyer may type any address.
-- Only the gravest reason is returned.
create type sesame.buying_obstacle as enum ('denied', 'payment_pending', 'subscription_stalled', 'already_owned');

create function sesame.obstacle_to_buying(of_user uuid, of_module bigint) returns sesame.buying_obstacle
language plpgsql stable set search_path = '' as $$
begin
  -- It looks at the user's sources, not at their access: a graver refusal may hide a source that waits for its money.
  return (
    select min(case
      when reason = 'denied' then 'denied'
      when reason = 'pending_payment' and not by_address
        and sesame.is_payment_processing(source_id, account, livemode) then 'payment_pending'
      -- Access that ends by itself may be bought again. A subscription may not: the customer would pay twice.
      when reason < 'denied' and (expires_at is null or source = 'subscription' and expires_at > now())
        then 'already_owned'
      when source = 'subscription' and not by_address and case
        when expires_at <= now() then reason_after = 'past_due_expired'
        else reason in ('disputed', 'refunded', 'unpaid', 'paused', 'unknown_status', 'revoked')
      end then 'subscription_stalled'
    end::sesame.buying_obstacle)
    from sesame.sources
    where user_id = of_user and module_id = of_module
  );
end
$$;

comment on function sesame.obstacle_to_buying is
  'Why a user may not buy a module. Null: they may. subscription_stalled: a subscription is closed and has not '
  'ended.';

-- chapter: 20261121005110_customer_of.sql

-- The Stripe customer of a user.

create index checkout_sessions_user_ref_idx on sesame.checkout_sessions (user_ref) where user_ref is not null;
create index subscriptions_user_ref_idx on sesame.subscriptions (user_ref) where user_ref is not null;
create index customers_user_ref_idx on sesame.customers (user_ref) where user_ref is not null;

create function sesame.customer_of(
  of_user uuid, of_livemode boolean, out customer_id text, out former_customers integer
)
language plpgsql stable set search_path = '' as $$
declare
  v_accounts uuid[] := sesame.accounts_of(of_user);
  v_refs text[] := sesame.refs_of(of_user);
begin
  -- Only customers that the site named for this user count. A buyer may type the address of any member. An address, a
  -- claim link or a moved purchase gives the paid modules. It does not give the right to see or change the payment
  -- method.
  with named as (
    select customer.id
    from sesame.customers as customer
    where customer.user_ref = any (v_refs) and (customer.account, customer.livemode) = ('', of_livemode)
    union
    select session.customer_id
    from sesame.checkout_sessions as session
    where session.user_ref = any (v_refs) and (session.account, session.livemode) = ('', of_livemode)
    union
    select subscription.customer_id
    from sesame.subscriptions as subscription
    where subscription.user_ref = any (v_refs) and (subscription.account, subscription.livemode) = ('', of_livemode)
  ),
  judged as (
    select
      named.id, coalesce(held.is_deleted, false) as is_deleted,
      -- Never use a Stripe customer that several users share: each would see the others' invoices.
      coalesce(held.user_ref = any (v_refs), not exists (
        select from sesame.checkout_sessions as other
        where other.customer_id = named.id and other.user_ref <> all (v_refs)
        union all
        select from sesame.subscriptions as other
        where other.customer_id = named.id and other.user_ref <> all (v_refs)
        union all
        select from sesame.subscriptions as other join sesame.claims as claim on claim.object_id = other.id
        where other.customer_id = named.id and claim.user_id <> all (v_accounts) and claim.way <> 'operator'
      )) as is_exclusive,
      exists (
        select from sesame.subscriptions as running
        where running.customer_id = named.id
          and running.status not in ('incomplete', 'incomplete_expired', 'canceled')
      ) as has_subscription
    from named
    left join sesame.customers as held on (held.id, held.account, held.livemode) = (named.id, '', of_livemode)
    where named.id is not null
  )
  select
    (array_agg(judged.id order by judged.has_subscription desc, judged.id)
      filter (where judged.is_exclusive and not judged.is_deleted))[1],
    count(distinct judged.id) filter (where judged.is_deleted)
  into customer_id, former_customers
  from judged;
end
$$;

comment on function sesame.customer_of is
  'The Stripe customer that the site named for this user, and how many of their customers are deleted at Stripe. '
  'Null: there is none, or only customers that buy for others, too.';

-- chapter: 20261121005120_checkout_offer.sql

-- The function `checkout` asks here before it sells: what may this user buy? For service_role only: the user is an
-- argument.

create function sesame.doubtful_objects(of_user uuid, module_ids bigint[], of_livemode boolean) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select source_id
    from sesame.grants
    where user_id = of_user and module_id = any (module_ids) and (account, livemode) = ('', of_livemode)
      and not by_address and (
        source = 'checkout_session' and reason = 'pending_payment'
        or source = 'subscription' and reason not in ('canceled', 'denied')
          and not sesame.is_open(reason < 'denied', expires_at)
      )
    union
    -- The price does not matter: of two sessions that open the same module, both could be paid.
    (select id
    from sesame.checkout_sessions
    where user_ref = any (sesame.refs_of(of_user)) and status = 'open' and (account, livemode) = ('', of_livemode)
      and price_ids && array(
        select offer.stripe_price_id from public.module_prices as offer where offer.module_id = any (module_ids))
    order by created_at desc nulls last
    limit 5)
  );
end
$$;

comment on function sesame.doubtful_objects is
  'Objects to be read from Stripe before anything is sold once more: the event that pays them may be lost.';

create function sesame.mapped_prices(of_user uuid, price_ids text[], of_livemode boolean) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'price', mapped.id,
      'modules', (
        select jsonb_agg(jsonb_build_object(
          'module_id', sold.id, 'slug', sold.slug, 'title', sold.title,
          'access_level', offer.access_level, 'max_usage', offer.max_usage, 'access_duration', offer.access_duration
        ) order by sold.id)
        from public.module_prices as offer join public.modules as sold on sold.id = offer.module_id
        where offer.stripe_price_id = mapped.id
      ),
      'former_sessions', (
        select count(*) from sesame.checkout_sessions as session
        where session.user_ref = of_user::text and session.price_ids @> array[mapped.id]
          and session.status <> 'open' and (session.account, session.livemode) = ('', of_livemode)
      )
    ) order by mapped.id), '[]')
    from unnest(price_ids) as mapped (id)
  );
end
$$;

comment on function sesame.mapped_prices is
  'Prices, the modules that each opens, and how many finished sessions a user had for each.';

create function public.sesame_checkout_offer(user_id uuid, module text, price text, livemode boolean)
returns table (
  reason text, modules jsonb, prices jsonb, doubts text[], customer_id text, former_customers integer
)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_named bigint := (select offer.id from public.modules as offer
    where offer.is_active and offer.id = (select sold.module_id from sesame.sold_modules(null, module) as sold));
  v_price_ids text[] := array(
    select distinct offer.stripe_price_id from public.module_prices as offer
    where case when price is null then offer.module_id = v_named else offer.stripe_price_id = price end);
  v_module_ids bigint[] := case when price is null then array_remove(array[v_named], null) else array(
    select offer.module_id from public.module_prices as offer
    join public.modules as sold on sold.id = offer.module_id and sold.is_active
    where offer.stripe_price_id = price) end;
  v_is_any_missing boolean;
  v_obstacle sesame.buying_obstacle;
begin
  select bool_or(found.obstacle is null), min(found.obstacle) into v_is_any_missing, v_obstacle
  from unnest(v_module_ids) as wanted (id)
  cross join lateral (select sesame.obstacle_to_buying(sesame_checkout_offer.user_id, wanted.id) as obstacle) as found;

  reason := case
    when module is not null and v_named is null then 'no_such_module'
    when v_module_ids = '{}' or v_named <> all (v_module_ids) then 'no_such_price'
    when v_obstacle = 'denied' then 'denied'
    when price is null and (select offer.is_free from public.modules as offer where offer.id = v_named) then 'free'
    -- A bundle may be bought if the user lacks at least one of its modules.
    when not v_is_any_missing then v_obstacle::text
    when v_price_ids = '{}' then 'not_for_sale'
  end;
  modules := sesame.modules_of(sesame_checkout_offer.user_id, v_module_ids);
  prices := sesame.mapped_prices(sesame_checkout_offer.user_id, v_price_ids, sesame_checkout_offer.livemode);
  doubts := sesame.doubtful_objects(sesame_checkout_offer.user_id, v_module_ids, sesame_checkout_offer.livemode);
  select theirs.customer_id, theirs.former_customers into customer_id, former_customers
  from sesame.customer_of(sesame_checkout_offer.user_id, sesame_checkout_offer.livemode) as theirs;
  return next;
end
$$;

select sesame.revoke_default_grants('public.sesame_checkout_offer');
grant execute on function public.sesame_checkout_offer(uuid, text, text, boolean) to service_role;

comment on function public.sesame_checkout_offer is
  'What a user may buy when they ask for a module (slug or id) or a price, as one row. The reason is null if '
  'they may; else no_such_module, no_such_price, not_for_sale, free, denied, already_owned, payment_pending or '
  'subscription_stalled. The doubts are objects to be read from Stripe first.';

-- chapter: 20261121005130_checkout_status.sql

-- The other questions of the function `checkout`: the state of a session, the user's Stripe customer, and free
-- modules. For service_role only: the user is an argument.

create function public.sesame_checkout_status(user_id uuid, session_id text, livemode boolean)
returns table (status text, modules jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_session sesame.checkout_sessions;
  v_sources text[];
  v_buyer text;
begin
  select * into v_session from sesame.checkout_sessions as session
  where (session.id, session.account, session.livemode) = (session_id, '', sesame_checkout_status.livemode);
  v_sources := array[v_session.id, v_session.subscription_id];
  -- Prefer the present owner (claims, moves) to the buyer named in the session.
  v_buyer := coalesce(
    (select min(held.user_id::text) from sesame.grants as held
     where held.source_id = any (v_sources) and (held.account, held.livemode) = ('', v_session.livemode)),
    v_session.user_ref);

  if v_buyer = any (sesame.refs_of(sesame_checkout_status.user_id)) then
    status := case
      when v_session.status = 'expired' then 'expired'
      when v_session.mode = 'subscription' and not exists (
        select from sesame.subscriptions as known where known.id = v_session.subscription_id
      ) then null  -- what it opens is not known yet
      when v_session.paid_at is not null or exists (
        select from sesame.payment_intents as payment
        where payment.id = v_session.payment_intent_id and payment.status = 'succeeded'
      ) then 'paid'
      when v_session.status = 'complete' then case
        when sesame.is_payment_processing(
          coalesce(v_session.subscription_id, v_session.id), '', v_session.livemode
        ) then 'processing' else 'failed'
      end
    end;
    modules := sesame.modules_of(sesame_checkout_status.user_id, array(
      select held.module_id from sesame.grants as held where held.source_id = any (v_sources)));
  end if;
  return next;
end
$$;

select sesame.revoke_default_grants('public.sesame_checkout_status');
grant execute on function public.sesame_checkout_status(uuid, text, boolean) to service_role;

comment on function public.sesame_checkout_status is
  'The state of a user''s Checkout Session, as one row: paid, processing, failed or expired, and its modules as '
  'the user has them. The status is null if the session is not known yet, or if it belongs to another user. The '
  'answer is the same for both.';

create function public.sesame_stripe_customer(user_id uuid, livemode boolean) returns table (customer_id text)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select theirs.customer_id from sesame.customer_of(sesame_stripe_customer.user_id, sesame_stripe_customer.livemode) as theirs;
end
$$;

select sesame.revoke_default_grants('public.sesame_stripe_customer');
grant execute on function public.sesame_stripe_customer(uuid, boolean) to service_role;

comment on function public.sesame_stripe_customer is 'The Stripe customer of a user, as one row. Null: none.';

create function public.sesame_claim_free_module_for(user_id uuid, module text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  return sesame.claim_free(sesame_claim_free_module_for.user_id, sesame_claim_free_module_for.module);
end
$$;

select sesame.revoke_default_grants('public.sesame_claim_free_module_for');
grant execute on function public.sesame_claim_free_module_for(uuid, text) to service_role;

comment on function public.sesame_claim_free_module_for is
  'Does claim_free_module for a user whose session a function has checked. False: they have it already.';

-- chapter: 20261121005200_find_purchase.sql

-- A purchase by any of its ids.

create function sesame.sale_of(
  named text, out object_kind text, out object_id text, out account text, out livemode boolean
)
language plpgsql stable set search_path = '' as $$
begin
  -- Several objects may name one sale, as a payment and its session, or an invoice and its subscription. Take the one
  -- that decides.
  select told.kind, told.id, told.account, told.livemode
  into object_kind, object_id, account, livemode
  from (
    select 1 as nearness, 'subscription' as kind, subscription.id, subscription.account, subscription.livemode
    from sesame.subscriptions as subscription
    where subscription.id = named
    union all
    select
      2, case when session.subscription_id is null then 'checkout_session' else 'subscription' end,
      coalesce(session.subscription_id, session.id), session.account, session.livemode
    from sesame.checkout_sessions as session
    where named in (session.id, session.payment_intent_id, session.invoice_id)
    union all
    select
      3, case when invoice.subscription_id is null then 'invoice' else 'subscription' end,
      coalesce(invoice.subscription_id, invoice.id), invoice.account, invoice.livemode
    from sesame.invoices as invoice
    where named in (invoice.id, invoice.payment_intent_id)
      or invoice.id in (
        select part.invoice_id from sesame.invoice_payments as part where part.payment_intent_id = named
        union
        select payment.invoice_id from sesame.payment_intents as payment where payment.id = named
      )
    union all
    select 4, 'payment_intent', payment.id, payment.account, payment.livemode
    from sesame.payment_intents as payment
    where payment.id = named
    union all
    select 5, 'charge', charge.id, charge.account, charge.livemode
    from sesame.charges as charge
    where charge.id = named and charge.payment_intent_id is null
  ) as told
  order by told.nearness, told.account, told.livemode desc
  limit 1;
end
$$;

comment on function sesame.sale_of is
  'The object that stands for a sale at present, found by any id of the sale. Null: there is none.';

create function sesame.find_purchase(
  named text, out object_kind text, out object_id text, out account text, out livemode boolean
)
language plpgsql stable set search_path = '' as $$
begin
  select sale.object_kind, sale.object_id, sale.account, sale.livemode
  into object_kind, object_id, account, livemode
  from sesame.sale_of(named) as sale;

  if object_id is null then
    raise sqlstate 'SE021' using
      message = 'no such purchase',
      detail = coalesce(named, 'null'),
      hint = 'Name a session (cs_…), payment (pi_… or ch_…), invoice (in_…) or subscription (sub_…) that Stripe has sent.';
  end if;
end
$$;

comment on function sesame.find_purchase is 'The same as sale_of, but raises SE021 where there is none.';

-- chapter: 20261121005210_claim_links.sql

-- A customer paid with another address. A link, sent to that address, lets its holder claim the purchase once.

create table sesame.claim_links (
  secret_hash bytea primary key,
  livemode boolean not null,
  account text not null,
  object_kind text not null,
  object_id text not null,
  actor text not null,
  why text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  constraint claim_links_secret_hash_is_sha256 check (octet_length(secret_hash) = 32),
  constraint claim_links_actor_is_named check (actor <> ''),
  constraint claim_links_why_is_said check (why <> ''),
  constraint claim_links_expire_after_creation check (expires_at > created_at and isfinite(expires_at)),
  constraint claim_links_used_are_not_revoked check (used_at is null or revoked_at is null)
);

create unique index claim_links_one_is_open_idx on sesame.claim_links (object_id, account, livemode)
  where used_at is null and revoked_at is null;

alter table sesame.claim_links enable row level security;

comment on table sesame.claim_links is
  'Links that let their holder claim a purchase, once. Only the hash of the secret is kept. Private: no policy, '
  'written by create_claim_link, revoke_claim_link, claim_purchase and move_purchase.';

create function sesame.hash_secret(secret text) returns bytea
language plpgsql immutable set search_path = '' as $$
begin
  return sha256(convert_to(secret, 'UTF8'));  -- 244 random bits: a fast hash is enough
end
$$;

create function sesame.has_owner(named text) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_sale record := sesame.find_purchase(named);
begin
  return exists (
    select from sesame.grants
    where source_id = v_sale.object_id and (account, livemode) = (v_sale.account, v_sale.livemode)
      and user_id is not null
  ) or exists (
    -- A claim counts also if the purchase is not yet known to open anything.
    select from sesame.claims
    where object_id = v_sale.object_id and (account, livemode) = (v_sale.account, v_sale.livemode)
  );
end
$$;

comment on function sesame.has_owner is 'Whether a purchase, by any of its ids, belongs to a user.';

create function sesame.revoke_links(of_object text, of_account text, of_livemode boolean) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  v_revoked integer;
begin
  update sesame.claim_links
  set revoked_at = now()
  where (account, livemode) = (of_account, of_livemode) and used_at is null and revoked_at is null
    -- A sale may be known by another object now than when the link was made: first by a payment, then by its session.
    and (object_id = of_object
      or expires_at > now() and (select sale.object_id from sesame.sale_of(claim_links.object_id) as sale) = of_object);
  get diagnostics v_revoked = row_count;
  return v_revoked;
end
$$;

create function public.create_claim_link(
  source_id text, actor text, why text, valid_for interval default '7 days'
) returns text
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_sale record;
  -- 244 random bits.
  v_secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  perform sesame.lock_fold();
  v_sale := sesame.find_purchase(source_id);
  if sesame.has_owner(v_sale.object_id) then
    raise sqlstate 'SE022' using
      message = 'this purchase has an owner',
      detail = v_sale.object_id,
      hint = 'Only move_purchase gives it to another user.';
  end if;

  perform sesame.revoke_links(v_sale.object_id, v_sale.account, v_sale.livemode);
  insert into sesame.claim_links
    (secret_hash, livemode, account, object_kind, object_id, actor, why, expires_at)
  values (
    sesame.hash_secret(v_secret), v_sale.livemode, v_sale.account, v_sale.object_kind, v_sale.object_id,
    actor, why, now() + valid_for
  );
  return v_secret;
end
$$;

select sesame.revoke_default_grants('public.create_claim_link');
grant execute on function public.create_claim_link(text, text, text, interval) to service_role;

comment on function public.create_claim_link is
  'Creates a secret that lets one member claim a purchase without an owner. The secret is shown once. Send it to '
  'the address of the payment and to no other. A new secret ends the one before. SE021: no such purchase; SE022: '
  'it has an owner; 23514: actor or why is empty, or valid_for is not above zero.';

create function public.revoke_claim_link(source_id text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_sale record;
begin
  perform sesame.lock_fold();
  v_sale := sesame.find_purchase(source_id);
  return sesame.revoke_links(v_sale.object_id, v_sale.account, v_sale.livemode) > 0;
end
$$;

select sesame.revoke_default_grants('public.revoke_claim_link');
grant execute on function public.revoke_claim_link(text) to service_role;

comment on function public.revoke_claim_link is
  'Ends the claim link of a purchase. False: it had none. SE021: no such purchase.';

create function sesame.find_open_link(secret text) returns sesame.claim_links
language plpgsql stable set search_path = '' as $$
declare
  v_link sesame.claim_links;
begin
  select * into v_link
  from sesame.claim_links
  where secret_hash = sesame.hash_secret(secret)
    and used_at is null and revoked_at is null and expires_at > now();
  return case when v_link.object_id is not null and not sesame.has_owner(v_link.object_id) then v_link end;
end
$$;

comment on function sesame.find_open_link is 'The link with this secret. Null: it no longer opens anything.';

create function public.claim_purchase(secret text) returns void
language plpgsql volatile security definer set search_path = '' set lock_timeout = '2s' as $$
declare
  v_user_id uuid := auth.uid();
  v_link sesame.claim_links;
  v_sale record;
begin
  if v_user_id is null then
    raise insufficient_privilege using message = 'sign in first';
  end if;

  -- Check the secret before taking the lock, so that guessing cannot block other writers.
  v_link := sesame.find_open_link(secret);
  if v_link.secret_hash is not null then
    perform sesame.lock_fold();
    v_link := sesame.find_open_link(secret);
  end if;
  if v_link.secret_hash is null then
    raise sqlstate 'SE020' using
      message = 'this link opens nothing',
      hint = 'Ask for a new one.';
  end if;

  -- By now the sale may be known by another object than when the link was made.
  v_sale := sesame.find_purchase(v_link.object_id);
  update sesame.claim_links set used_at = now() where secret_hash = v_link.secret_hash;
  perform sesame.set_cause('member: claimed by link');
  insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
  values (
    v_sale.livemode, v_sale.account, v_sale.object_kind, v_sale.object_id, v_user_id, 'link',
    v_link.actor, v_link.why
  );
  -- Items that were sold together with a subscription belong to the same buyer.
  perform sesame.fold_sources(sesame.find_dependents(
    jsonb_build_object(v_sale.object_kind, jsonb_build_array(v_sale.object_id))
  ));
exception when lock_not_available then
  perform sesame.refuse_for_now();
end
$$;

select sesame.revoke_default_grants('public.claim_purchase');
grant execute on function public.claim_purchase(text) to authenticated;

comment on function public.claim_purchase is
  'Gives the purchase of this claim link to the signed-in member, for good. SE020: the link is unknown, used, '
  'expired or revoked, or its purchase has an owner by now. 42501: not signed in. PT503: access is busy, try again.';

-- chapter: 20261121005220_move_purchase.sql

-- A purchase belongs to another user: an operator moves it and gives the reason.

create function public.move_purchase(source_id text, to_user uuid, actor text, why text) returns text
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_sale record;
begin
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, why));
  v_sale := sesame.find_purchase(source_id);

  insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
  values (
    v_sale.livemode, v_sale.account, v_sale.object_kind, v_sale.object_id, to_user, 'operator', actor, why
  );
  perform sesame.revoke_links(v_sale.object_id, v_sale.account, v_sale.livemode);
  -- Items that were sold together with a subscription belong to the same buyer.
  perform sesame.fold_sources(sesame.find_dependents(
    jsonb_build_object(v_sale.object_kind, jsonb_build_array(v_sale.object_id))
  ));
  return v_sale.object_id;
end
$$;

select sesame.revoke_default_grants('public.move_purchase');
grant execute on function public.move_purchase(text, uuid, text, text) to service_role;

comment on function public.move_purchase is
  'Moves a purchase to another user, with all that it opens. The purchase is named by session, payment, invoice '
  'or subscription. The move overrides every other statement about the buyer, earlier or later. It ends the '
  'claim links of the purchase. Answers the id of the moved object. SE021: no such purchase; 23502: no user; '
  '23514: actor or why is empty.';

-- chapter: 20261121005300_objects_of.sql

-- All objects that name a user, and the objects that depend on those.

create function sesame.objects_of(of_user uuid, of_email text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_refs text[] := sesame.refs_of(of_user);
begin
  return sesame.find_dependents(coalesce((
    select json_object_agg(named.kind, named.ids)::jsonb
    from (
      select of_them.kind, jsonb_agg(distinct of_them.id) as ids
      from (
        select 'checkout_session' as kind, id from sesame.checkout_sessions
        where user_ref = any (v_refs) or client_reference_id = any (v_refs) or email = of_email
        union all
        select 'payment_intent', id from sesame.payment_intents where user_ref = any (v_refs)
        union all
        select 'charge', id from sesame.charges where user_ref = any (v_refs)
        union all
        select 'invoice', id from sesame.invoices
        where user_ref = any (v_refs) or subscription_user_ref = any (v_refs) or email = of_email
        union all
        select 'subscription', id from sesame.subscriptions where user_ref = any (v_refs)
        union all
        select 'customer', id from sesame.customers where user_ref = any (v_refs) or email = of_email
        union all
        select object_kind, object_id from sesame.claims where user_id = any (sesame.accounts_of(of_user))
      ) as of_them
      group by 1
    ) as named
  ), '{}'));
end
$$;

comment on function sesame.objects_of is
  'Objects {kind: [id, …]} that name a user, an account this user had before, the address or the customer, and '
  'all objects that depend on them.';

-- No arrow leads from a subscription to what pays it, because nothing of that is derived from it.
create function sesame.with_payers(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_subscriptions text[] := sesame.ids_of(objects, 'subscription');
begin
  return sesame.union_objects(objects, jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions where subscription_id = any (v_subscriptions)
    ),
    'invoice', (
      select jsonb_agg(id) from sesame.invoices where subscription_id = any (v_subscriptions)
    )
  )));
end
$$;

comment on function sesame.with_payers is
  'These objects {kind: [id, …]}, and the sessions and invoices of their subscriptions.';

-- chapter: 20261121005310_welcome_user.sql

-- An account appears, verifies an address, or signs in: it gets the purchases that wait for that address.

-- The fold takes its own lock first, and then those of addresses. So an account that must wait for the fold gives up its
-- address before. Otherwise each of the two would wait for the other. Postgres would end the calls that queue behind
-- them, with 40P01.
create function sesame.is_awaited(address text) returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  -- If another transaction folds a purchase at this moment, wait until it commits.
  perform pg_advisory_xact_lock(sesame.address_key(address));
  if exists (select from sesame.grants where waits_for = address)
    or exists (
      select from public.access_tokens as token
      where token.created_by is null and sesame.tidy_email(token.user_ref) = address
    )
  then
    raise sqlstate 'SE098';  -- the rollback of this block releases the lock
  end if;
  return false;
exception when sqlstate 'SE098' then
  return true;
end
$$;

comment on function sesame.is_awaited is
  'Whether purchases or tokens wait for this address. False: the address stays locked, so that those which come at this '
  'moment see the account.';

create function sesame.tg_welcome_user() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s'
-- The tables may be new. A plan made while they are empty must not scan them later, when they are large.
set enable_seqscan = off as $$
declare
  v_address text;
begin
  begin
    v_address := sesame.tidy_email(new.email);
    perform sesame.note_spelling(new.id, new.email);
    if not sesame.is_awaited(v_address) or not exists (select from sesame.verified_users where id = new.id) then
      return null;
    end if;
    if exists (select from sesame.grants where waits_for = v_address) then
      perform sesame.lock_fold();
      perform sesame.set_cause('member: verified the address');
      perform sesame.claim_grants(array[new.id], array[v_address]);
    end if;
  exception
    -- A busy fold must not refuse a sign-in: the next sign-in claims what waits.
    when lock_not_available then
      raise warning 'what waits for an account was not claimed: %', sqlstate;
      return null;  -- the tokens would wait for the same lock
    when others then
      raise warning 'what waits for an account was not claimed: %', sqlstate;
  end;
  begin
    if exists (
      select from public.access_tokens as token
      where token.created_by is null and sesame.tidy_email(token.user_ref) = v_address
    ) then
      perform sesame.claim_waiting_tokens(new.id, v_address);
    end if;
  exception when others then
    raise warning 'the tokens that wait for an account were not claimed: %', sqlstate;
  end;
  return null;
end
$$;

create trigger users_welcome_user
  after insert or update of email, email_confirmed_at, last_sign_in_at on auth.users
  for each row
  when (new.email_confirmed_at is not null and new.email is not null)
  execute function sesame.tg_welcome_user();

-- chapter: 20261121005320_erasures.sql

-- Users that were erased. An erased account does not come back.

create table sesame.erasures (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  actor text not null,
  why text not null,
  erased_at timestamptz not null default now(),
  erased jsonb not null,
  constraint erasures_actor_is_named check (actor <> ''),
  constraint erasures_why_is_said check (why <> '')
);

create index erasures_user_id_idx on sesame.erasures (user_id);

alter table sesame.erasures enable row level security;

comment on table sesame.erasures is
  'Users that were erased, by which operator and why, with counts of what was erased. Private: no policy, '
  'written by erase_user only.';

-- chapter: 20261121005330_deleted_accounts.sql

-- Accounts that are deleted and may be made again. See docs/decisions/0011_returned_accounts.md.

create table sesame.deleted_accounts (
  address_hash bytea not null,
  user_id uuid not null unique,
  deleted_at timestamptz not null default now(),
  primary key (address_hash, user_id),
  constraint deleted_accounts_address_hash_is_sha256 check (octet_length(address_hash) = 32)
);

alter table sesame.deleted_accounts enable row level security;

comment on table sesame.deleted_accounts is
  'Accounts that were deleted and may come back. A row is deleted when the account comes back, and when its user '
  'is erased. Private: no policy, written by the triggers on auth.users.';
comment on column sesame.deleted_accounts.address_hash is
  'SHA-256 of the verified address of the account, as tidy_email writes it. The address itself is not kept.';

create function sesame.hash_address(written text) returns bytea
language plpgsql immutable set search_path = '' as $$
begin
  return sha256(convert_to(sesame.tidy_email(written), 'UTF8'));
end
$$;

-- It takes no lock that a writer holds. So a deletion never waits for the fold.
create function sesame.tg_note_deleted_account() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '100ms' as $$
begin
  insert into sesame.deleted_accounts (user_id, address_hash)
  select old.id, sesame.hash_address(old.email)
  from sesame.settings
  where verified_email_claims and returning_account_inherits
    and sesame.tidy_email(old.email) is not null
    and not exists (select from sesame.erasures as erasure where erasure.user_id = old.id)
  -- Auth may use an id again, and the new account may be deleted, too.
  on conflict (user_id) do update set (address_hash, deleted_at) = (excluded.address_hash, excluded.deleted_at);
  return null;
exception when others then
  -- Auth deletes the account all the same. An operator can still move its purchases.
  raise warning 'a deleted account was not noted: %', sqlstate;
  return null;
end
$$;

-- The row is read as JSON, because some versions of Auth lack the column deleted_at.
create trigger users_note_deleted
  after delete on auth.users
  for each row
  when (
    old.email_confirmed_at is not null and old.email is not null and not old.is_sso_user
    and to_jsonb(old) ->> 'deleted_at' is null
  )
  execute function sesame.tg_note_deleted_account();

-- A soft delete keeps the row and writes a hash over its address.
create trigger users_note_soft_deleted
  after update of email on auth.users
  for each row
  when (
    old.email_confirmed_at is not null and old.email is not null and not old.is_sso_user
    and to_jsonb(old) ->> 'deleted_at' is null and to_jsonb(new) ->> 'deleted_at' is not null
  )
  execute function sesame.tg_note_deleted_account();

create function sesame.accounts_behind(address text) returns setof uuid
language plpgsql stable set search_path = '' as $$
begin
  return query
    select deleted.user_id
    from sesame.deleted_accounts as deleted
    where deleted.address_hash = sesame.hash_address(address)
      -- An erasure may have committed after the deletion looked for it.
      and not exists (select from sesame.erasures as erasure where erasure.user_id = deleted.user_id)
      -- An account that was restored under its old id keeps its access.
      and not exists (
        select from auth.users as account
        where account.id = deleted.user_id and to_jsonb(account) ->> 'deleted_at' is null
      )
    order by deleted.deleted_at, deleted.user_id;
end
$$;

comment on function sesame.accounts_behind is
  'The deleted accounts that had verified this address, the oldest first.';

-- chapter: 20261121005340_welcome_back.sql

-- An account is deleted and made again with the same verified address: it gets back the access of the old one. See
-- docs/decisions/0011_returned_accounts.md.

create function sesame.tg_welcome_back() returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s' as $$
declare
  v_former uuid;
begin
  if exists (select from sesame.returned_accounts where former_id = new.id) and to_jsonb(new) ->> 'deleted_at' is null then
    perform sesame.lock_fold();
    perform sesame.end_return(new.id);
  end if;
  if exists (select from sesame.deleted_accounts where address_hash = sesame.hash_address(new.email))
    and exists (select from sesame.settings where returning_account_inherits)
    and exists (select from sesame.verified_users where id = new.id)
  then
    perform sesame.lock_fold();
    for v_former in select sesame.accounts_behind(new.email) loop
      perform sesame.hand_over(v_former, new.id);
    end loop;
  end if;
  return null;
exception when others then
  -- A busy fold must not refuse a sign-in: the next one tries again.
  raise warning 'what a deleted account had was not handed over: %', sqlstate;
  return null;
end
$$;

create trigger users_welcome_back
  after insert or update of email, email_confirmed_at, last_sign_in_at on auth.users
  for each row
  execute function sesame.tg_welcome_back();

create function sesame.held_by(of_user uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(json_object_agg(held.source, held.ids)::jsonb, '{}')
    from (
      select source, jsonb_agg(distinct source_id) as ids from sesame.grants where user_id = of_user group by source
    ) as held
  );
end
$$;

comment on function sesame.held_by is 'The sources {kind: [id, …]} of all grants of a user.';

create function sesame.hand_over(former uuid, heir uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_held jsonb;
begin
  -- The account was restored and deleted again before this ran.
  perform sesame.end_return(former);
  v_held := sesame.held_by(former);
  delete from sesame.deleted_accounts where user_id = former;
  update sesame.returned_accounts set user_id = heir where user_id = former;
  insert into sesame.returned_accounts (former_id, user_id) values (former, heir);

  perform sesame.hand_over_manual_grants(former, heir);
  perform sesame.hand_over_tokens(former, heir);
  perform sesame.set_cause(sesame.cause_of_return(former));
  -- This includes objects that neither owned: two names of one customer may have become one.
  perform sesame.fold_sources(sesame.union_objects(v_held, sesame.objects_of(heir, null)));
end
$$;

comment on function sesame.hand_over is
  'Lets one account stand for a deleted one: purchases, grants by hand, denials and access tokens. Call it under '
  'lock_fold().';

-- An account that is restored under its old id stands for itself again. Auth never uses an id twice; an operator may.
create function sesame.end_return(former uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_heir uuid := (select user_id from sesame.returned_accounts where former_id = former);
  v_objects jsonb;
begin
  if v_heir is null then
    return;
  end if;
  v_objects := sesame.union_objects(sesame.held_by(v_heir), sesame.objects_of(v_heir, null));
  delete from sesame.returned_accounts where former_id = former;
  perform sesame.set_cause('member: restored the account');
  perform sesame.fold_sources(v_objects);
end
$$;

comment on function sesame.end_return is
  'Gives a restored account the objects that name it. Call it under lock_fold().';

create function sesame.cause_of_return(former uuid) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format('member: made the account %s again', former);
end
$$;

create function sesame.hand_over_manual_grants(former uuid, heir uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- A free module is claimed once. If the new account has claimed it already, its own claim counts.
  update sesame.manual_grants as held
  set (revoked_at, revoked_by, revoked_why) = (now(), 'member', 'claimed again')
  where held.user_id = former and held.kind = 'claim' and held.revoked_at is null
    and exists (
      select from sesame.manual_grants as own
      where (own.user_id, own.module_id, own.kind) = (heir, held.module_id, 'claim') and own.revoked_at is null
    );
  update sesame.manual_grants as held set user_id = heir where held.user_id = former;
end
$$;

create function sesame.hand_over_tokens(former uuid, heir uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform set_config('sesame.token_cause', sesame.cause_of_return(former), true);
  update public.access_tokens set created_by = heir where created_by = former;
  perform set_config('sesame.token_cause', '', true);
end
$$;

-- chapter: 20261121005400_uses.sql

-- Uses of limited access: each request is counted once, also when several arrive at the same instant.

create table sesame.uses (
  user_id uuid not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  request_id text not null,
  used_at timestamptz not null default now(),
  primary key (user_id, module_id, request_id)
);

create index uses_module_id_idx on sesame.uses (module_id);
-- For retention. These times only grow, so the index has a few pages for any number of rows.
create index uses_used_at_idx on sesame.uses using brin (used_at);

alter table sesame.uses enable row level security;

comment on table sesame.uses is
  'Requests of modules that used up access. Each is kept once, even if it is sent again. Private: no policy, '
  'written by sesame_verify_module_token only.';

create table sesame.used_grants (
  source_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  used integer not null,
  primary key (source_id, module_id),
  constraint used_grants_used_is_positive check (used > 0)
);

create index used_grants_module_id_idx on sesame.used_grants (module_id);

alter table sesame.used_grants enable row level security;

comment on table sesame.used_grants is
  'How often a limited grant was used. Access tokens have their own count. Private: no policy, written by '
  'sesame_verify_module_token only.';

create function sesame.open_sources(of_user uuid, of_module bigint)
returns table (
  source text, source_id text, access_level text, max_usage integer, uses_left integer, expires_at timestamptz
)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      held.source, held.source_id, held.access_level, held.max_usage,
      held.max_usage - coalesce(token.usage_count, used.used, 0),
      held.expires_at
    from sesame.sources as held
    left join public.access_tokens as token
      on token.id = case when held.source = 'access_token' then held.source_id::uuid end
    left join sesame.used_grants as used on (used.source_id, used.module_id) = (held.source_id, held.module_id)
    where held.user_id = of_user and held.module_id = of_module
      and sesame.is_open(held.reason < 'denied', held.expires_at)
      and not exists (
        select from sesame.sources as denial
        where denial.user_id = of_user and denial.module_id = of_module and denial.reason = 'denied'
      )
    -- A source without a limit comes first. Of the limited ones, the one that ends first is used first: its uses
    -- would be lost.
    order by held.max_usage is not null, held.expires_at, held.source_id;
end
$$;

comment on function sesame.open_sources is
  'The sources that open a module for a user now, in the order of their use. uses_left null: no limit.';

create function sesame.sources_behind(of_token uuid, of_user uuid, of_module bigint)
returns table (
  source text, source_id text, access_level text, max_usage integer, uses_left integer, expires_at timestamptz
)
language plpgsql stable set search_path = '' as $$
declare
  v_is_token boolean := exists (select from public.access_tokens as token where token.id = of_token);
begin
  return query
    select open.*
    from sesame.open_sources(of_user, of_module) as open
    where not v_is_token or (open.source, open.source_id) = ('access_token', of_token::text);
end
$$;

comment on function sesame.sources_behind is
  'The sources of a module token: the access token that it names, or else all sources that open the module for '
  'its user.';

create function sesame.use_up(of_token uuid, of_user uuid, of_module bigint, request_id text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_best record;
begin
  if exists (
    select from sesame.sources_behind(of_token, of_user, of_module) as behind
    where behind.max_usage is null and behind.source <> 'access_token'
  ) then
    return true;  -- nothing is counted here, so the request need not be kept
  end if;
  if request_id is not null then
    -- The row is also the lock: the same request sent twice at the same instant waits here.
    insert into sesame.uses (user_id, module_id, request_id) values (of_user, of_module, request_id)
    on conflict do nothing;
    if not found then
      return true;
    end if;
  end if;

  loop
    select * into v_best
    from sesame.sources_behind(of_token, of_user, of_module)
    where uses_left is null or uses_left > 0
    limit 1;
    exit when not found;

    if v_best.source = 'access_token' then
      update public.access_tokens as token set usage_count = token.usage_count + 1
      where token.id = v_best.source_id::uuid and (token.max_usage is null or token.usage_count < token.max_usage);
    elsif v_best.max_usage is not null then
      insert into sesame.used_grants as counter (source_id, module_id, used)
      values (v_best.source_id, of_module, 1)
      on conflict (source_id, module_id) do update set used = counter.used + 1
      where counter.used < v_best.max_usage;
    end if;
    -- Another request may have taken the last use in the meantime: look for another source.
    if found then
      return true;
    end if;
  end loop;

  delete from sesame.uses as counted
  where (counted.user_id, counted.module_id, counted.request_id) = (of_user, of_module, use_up.request_id);
  return false;
end
$$;

comment on function sesame.use_up is
  'Counts one use, once for each request. False: none was left. There are never more uses than max_usage, '
  'however many requests come at once.';

-- chapter: 20261121005410_named_by_site.sql

-- How the site's own server names a module and a user: by our ids or by those of an old database.

create function sesame.named_module(ref text) returns bigint
language plpgsql stable set search_path = '' as $$
begin
  -- Our slugs and ids come first: sales use them.
  return coalesce(
    (select sold.module_id from sesame.sold_modules(null, ref) as sold),
    (select moved.module_id from sesame.moved_modules as moved where moved.old_id = ref)
  );
end
$$;

comment on function sesame.named_module is
  'The module with this slug or id, else the one that had this id in the old database. Null: none.';

create type sesame.named_user as (user_id uuid, user_ref text, problem text);

comment on type sesame.named_user is
  'The user that a server names. If user_id is null and user_ref is not: no user has this name yet, and the '
  'token waits for one. problem: no_such_user, or ambiguous_user if an old id belongs to several.';

create function sesame.named_user(written text) returns sesame.named_user
language plpgsql stable set search_path = '' as $$
declare
  v_ref text := btrim(written);
  v_address text := sesame.as_email(v_ref);
  v_user_id uuid := sesame.as_uuid(v_ref);
begin
  if v_user_id is not null then
    return (v_user_id, null, null)::sesame.named_user;
  end if;
  if v_address is not null then
    return (
      (select member.id from sesame.find_members(array[v_address]) with ordinality as member (id, address, place)
       order by place limit 1),
      v_address, null
    )::sesame.named_user;
  end if;
  return sesame.user_of_old_id(v_ref);
end
$$;

comment on function sesame.named_user is
  'The user with this uuid, address or id of an old database. An address names the user that has verified it.';

create function sesame.user_of_old_id(ref text) returns sesame.named_user
language plpgsql stable set search_path = '' as $$
declare
  v_owners uuid[];
  v_token record;
begin
  select array_agg(distinct token.created_by) into v_owners
  from public.access_tokens as token
  where token.user_ref = ref;
  if v_owners is not null then
    v_owners := array_remove(v_owners, null);
    return (
      case when cardinality(v_owners) = 1 then v_owners[1] end,
      case when cardinality(v_owners) < 2 then ref end,
      case when cardinality(v_owners) > 1 then 'ambiguous_user' end
    )::sesame.named_user;
  end if;

  -- The id of an old token stands for its owner. A number does not: it may also be the id of a user.
  if ref !~ '^[0-9]+$' then
    select token.created_by, token.user_ref into v_token
    from public.access_tokens as token
    where token.id = sesame.old_token_id(ref);
    if found then
      return (v_token.created_by, coalesce(sesame.as_email(v_token.user_ref), v_token.user_ref), null)::sesame.named_user;
    end if;
  end if;
  return (null, null, 'no_such_user')::sesame.named_user;
end
$$;

comment on function sesame.user_of_old_id is
  'The user behind an id of an old database that is neither a uuid nor an address. It is the owner of the '
  'imported rows that name this id as their owner, or the owner of the old token with this id.';

-- chapter: 20261121005420_token_terms.sql

-- The content of a module token, or the reason why there is none.

create type sesame.token_terms as (
  reason text, token_id uuid, module text, access_level text, max_usage integer, uses_left integer,
  expires_at timestamptz, user_id uuid, module_id bigint, alg text
);

comment on type sesame.token_terms is
  'The content of a module token, its user and its algorithm (ES256: signed with the site''s own key, HS256: '
  'with the shared secret), or the reason why there is none.';

create function sesame.no_terms(reason text, module text default null) returns sesame.token_terms
language plpgsql immutable set search_path = '' as $$
declare
  v_terms sesame.token_terms;
begin
  v_terms.reason := no_terms.reason;
  v_terms.module := no_terms.module;
  return v_terms;
end
$$;

create function sesame.refusal_now(of_user uuid, of_module bigint) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case
      when access.user_id is null then 'no_access'
      when access.is_active and access.expires_at <= now() then access.reason_after::text
      when not access.is_active then access.reason::text
    end
    from (values (true)) as one
    left join sesame.decided_access as access on access.user_id = of_user and access.module_id = of_module
  );
end
$$;

comment on function sesame.refusal_now is
  'Why a module is closed to a user now: a word of sesame.reason, or no_access if it was never open. Null: it is '
  'open.';

create function sesame.refusal_of(of_token uuid, of_user uuid, of_module bigint) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_token record;
begin
  if exists (
    select from sesame.sources
    where user_id = of_user and module_id = of_module and reason = 'denied'
  ) then
    return 'denied';
  end if;

  -- An access token has its own count. Any other module token stands for all sources of the user.
  if not exists (select from public.access_tokens as token where token.id = of_token) then
    return sesame.refusal_now(of_user, of_module);
  end if;
  select * into v_token
  from sesame.sources as source
  where source.user_id = of_user and source.module_id = of_module
    and (source.source, source.source_id) = ('access_token', of_token::text);
  return case
    when not found then 'no_access'
    when v_token.reason >= 'denied' then v_token.reason::text
    when v_token.expires_at <= now() then 'expired'
  end;
end
$$;

comment on function sesame.refusal_of is
  'Why a module token is refused: a word of sesame.reason, or no_access. Null: it is accepted, if uses are left.';

create function sesame.verdict_of(reason text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when reason in ('refunded', 'canceled', 'revoked') then 'revoked'
    when reason in ('expired', 'past_due_expired') then 'expired'
    when reason = 'no_access' then 'no_access'
    else 'suspended'  -- access may be open again later
  end;
end
$$;

comment on function sesame.verdict_of is
  'The refusal as one of the few words that a module''s server handles.';

-- chapter: 20261121005430_legacy_tokens.sql

-- Modules of an older site whose servers verify with a shared secret (HS256), and how many tokens they still get.
-- Every server that knows the secret can sign, so the site should stop using it.

create table sesame.legacy_tokens (
  module_id bigint not null references public.modules (id) on delete cascade,
  day date not null,
  issued bigint not null,
  primary key (module_id, day),
  constraint legacy_tokens_issued_is_positive check (issued > 0)
);

alter table sesame.legacy_tokens enable row level security;

comment on table sesame.legacy_tokens is
  'How many HS256 tokens were issued for a module, by day (UTC). Private: no policy, written by '
  'count_legacy_token only.';

create function sesame.token_alg(module_id bigint) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case when module.metadata ->> 'token_alg' = 'HS256' then 'HS256' else 'ES256' end
    from public.modules as module where module.id = token_alg.module_id
  );
end
$$;

comment on function sesame.token_alg is
  'HS256 if modules.metadata.token_alg says that the module verifies with the shared secret; else ES256, for any '
  'key of the site''s own.';

create function sesame.count_legacy_token(of_module bigint) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.legacy_tokens as held (module_id, day, issued)
  values (of_module, (now() at time zone 'utc')::date, 1)
  on conflict (module_id, day) do update set issued = held.issued + 1;
end
$$;

comment on function sesame.count_legacy_token is
  'Counts one token that was issued in HS256. The doctor reports the count.';

create view sesame.legacy_modules as
select module.id as module_id, module.slug, coalesce(sum(counted.issued), 0)::bigint as issued
from public.modules as module
left join sesame.legacy_tokens as counted
  on counted.module_id = module.id and counted.day > (now() at time zone 'utc')::date - 30
where module.metadata ->> 'token_alg' = 'HS256'
group by module.id, module.slug;

comment on view sesame.legacy_modules is 'Modules that still get HS256 tokens, and how many in the last 30 days.';

-- chapter: 20261121005440_issue_module_token.sql

-- The terms of a short-lived token for a member. For service_role only.

create function public.sesame_issue_module_token(user_id uuid, module text)
returns setof sesame.token_terms
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_user_id uuid := sesame_issue_module_token.user_id;
  v_module_id bigint := sesame.named_module(sesame_issue_module_token.module);
  v_slug text := (select slug from public.modules where id = v_module_id);
  v_terms sesame.token_terms;
begin
  if v_module_id is null then
    return next sesame.no_terms('no_such_module');
    return;
  end if;
  select
    null::text, case when best.source = 'access_token' then best.source_id::uuid else gen_random_uuid() end,
    v_slug, best.access_level, best.max_usage, best.uses_left, access.expires_at,
    v_user_id, v_module_id, sesame.token_alg(v_module_id)
  into v_terms
  from sesame.open_sources(v_user_id, v_module_id) as best
  join sesame.decided_access as access on access.user_id = v_user_id and access.module_id = v_module_id
  where best.uses_left is null or best.uses_left > 0
  limit 1;
  if not found then
    return next sesame.no_terms(coalesce(sesame.refusal_of(null, v_user_id, v_module_id), 'exhausted'), v_slug);
    return;
  end if;
  if v_terms.alg = 'HS256' then
    perform sesame.count_legacy_token(v_module_id);
  end if;
  return next v_terms;
end
$$;

select sesame.revoke_default_grants('public.sesame_issue_module_token');
grant execute on function public.sesame_issue_module_token(uuid, text) to service_role;

comment on function public.sesame_issue_module_token is
  'The content of a token for this user and module (slug or id, also of an old database). reason: null if '
  'there is a token, else no_such_module, no_access, exhausted, or a word of sesame.reason. expires_at: the end of '
  'the access. uses_left: null without a limit. token_id: the access token that decides, else a new id.';

-- chapter: 20261121005450_create_access_token.sql

-- The site's own server gets an access token for a payment. For service_role only.

create function sesame.token_of_payment(payment_id text, of_module bigint, named sesame.named_user) returns uuid
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return (
    select token.id
    from public.access_tokens as token
    where token.payment_id = token_of_payment.payment_id and token.module_id = of_module
      -- Access that the site itself wrote has no terms of its own.
      and token.id <> sesame.written_token_id(token)
      and (
        token.created_by = named.user_id
        -- An earlier call used the same name. The token still waits, or its user has it by now.
        or (token.created_by is null or named.user_id is null)
          and coalesce(sesame.as_email(token.user_ref), token.user_ref) = named.user_ref
      )
    order by token.created_by is null, token.created_at, token.id
    limit 1
  );
end
$$;

comment on function sesame.token_of_payment is
  'The token that was issued for this payment and module to the named user. Null: none yet.';

create function public.sesame_create_access_token(
  user_ref text, module text, payment_id text, access_level text, expiration_hours integer, max_usage integer
)
returns setof sesame.token_terms
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_named sesame.named_user := sesame.named_user(sesame_create_access_token.user_ref);
  v_payment_id text := sesame_create_access_token.payment_id;
  v_module_id bigint := sesame.named_module(sesame_create_access_token.module);
  v_id uuid;
  v_terms sesame.token_terms;
begin
  if v_module_id is null or v_named.problem is not null then
    return next sesame.no_terms(case when v_module_id is null then 'no_such_module' else v_named.problem end);
    return;
  end if;

  -- One call at a time: a second call waits for the first one and finds its token.
  perform sesame.lock_fold();
  v_id := sesame.token_of_payment(v_payment_id, v_module_id, v_named);
  if v_id is null then
    insert into public.access_tokens (
      created_by, user_ref, module_id, payment_id, access_level, max_usage, expires_at
    )
    values (
      v_named.user_id, v_named.user_ref, v_module_id, v_payment_id, sesame_create_access_token.access_level,
      sesame_create_access_token.max_usage, now() + make_interval(hours => expiration_hours)
    )
    returning id into v_id;
  elsif v_named.user_id is not null then
    update public.access_tokens as token set created_by = v_named.user_id
    where token.id = v_id and token.created_by is null;
  end if;

  select
    case
      when token.created_by is not null then sesame.refusal_of(v_id, token.created_by, v_module_id)
      when not token.is_active then 'revoked'
      when token.expires_at <= now() then coalesce(token.blocked_by, 'expired')
      else coalesce(token.blocked_by, 'waits')
    end,
    token.id, known.slug, token.access_level, token.max_usage, token.max_usage - token.usage_count, token.expires_at,
    token.created_by, v_module_id, sesame.token_alg(v_module_id)
  into v_terms
  from public.access_tokens as token
  join public.modules as known on known.id = token.module_id
  where token.id = v_id;
  if v_terms.reason is null and v_terms.alg = 'HS256' then
    perform sesame.count_legacy_token(v_module_id);
  end if;
  return next v_terms;
end
$$;

select sesame.revoke_default_grants('public.sesame_create_access_token');
grant execute on function public.sesame_create_access_token(text, text, text, text, integer, integer) to service_role;

comment on function public.sesame_create_access_token is
  'Issues an access token for a user''s payment, once for each payment, module (slug or id, also of an old '
  'database) and user. Answers like sesame_issue_module_token. The user_ref is the user''s uuid, their address, '
  'or their id in an old database. The reason no_such_user or ambiguous_user means that it names no single user. '
  'If waits is true, the token exists and takes effect when a user has verified the address. An issued token '
  'keeps its terms. The payment_id is pi_, ch_, cs_, in_, or an id of the site''s own. expiration_hours null: '
  'for ever; max_usage null: no limit.';

-- chapter: 20261121005460_verify_module_token.sql

-- A module's server asks whether the token is still valid, and uses it once. For service_role only.

create function public.sesame_verify_module_token(
  token_id uuid, user_id uuid, module text, consume boolean default false, request_id text default null
)
returns table (
  reason text, detail text, access_level text, max_usage integer, uses_left integer, expires_at timestamptz
)
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_token_id uuid := sesame_verify_module_token.token_id;
  v_user_id uuid := sesame_verify_module_token.user_id;
  v_module_id bigint := (select module_id from sesame.sold_modules(null, sesame_verify_module_token.module));
  v_refusal text := case
    when v_module_id is null then 'no_access'
    else sesame.refusal_of(v_token_id, v_user_id, v_module_id)
  end;
  v_is_used boolean := false;
begin
  if v_refusal is null and consume then
    v_is_used := sesame.use_up(v_token_id, v_user_id, v_module_id, sesame_verify_module_token.request_id);
  end if;

  return query
    select
      case
        when v_refusal is not null then sesame.verdict_of(v_refusal)
        when not v_is_used and (consume or best.uses_left <= 0) then 'exhausted'
      end,
      nullif(v_refusal, 'no_access'), best.access_level, best.max_usage, best.uses_left, access.expires_at
    from (values (true)) as one
    left join lateral (
      select * from sesame.sources_behind(v_token_id, v_user_id, v_module_id) as behind
      order by behind.uses_left is not distinct from 0  -- a plain sort would put null (no limit) last
      limit 1
    ) as best on v_refusal is null
    left join sesame.decided_access as access
      on v_refusal is null and access.user_id = v_user_id and access.module_id = v_module_id;
end
$$;

select sesame.revoke_default_grants('public.sesame_verify_module_token');
grant execute on function public.sesame_verify_module_token(uuid, uuid, text, boolean, text) to service_role;

comment on function public.sesame_verify_module_token is
  'Whether a module token is still accepted. With consume it takes one use, once for each request_id of this '
  'user and module. reason: null if accepted, else no_access, revoked, expired, suspended or exhausted. detail: '
  'the word of sesame.reason behind it.';

-- chapter: 20261121006000_catalogue_triggers.sql

-- The catalogue may change after the sale: a new mapping reaches earlier buyers, too.
--
-- There may be thousands of buyers. One plan for all of them takes an eighth of the time of one plan for each. Very many
-- are folded part by part, see the chapter unfolded_objects.

create function sesame.sales_at_prices(price_ids text[]) returns jsonb
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions as session
      where session.price_ids && sales_at_prices.price_ids
    ),
    'invoice', (
      select jsonb_agg(distinct invoice_id) from sesame.invoice_lines as line
      where line.price_id = any (sales_at_prices.price_ids)
    ),
    'subscription', (
      select jsonb_agg(id) from sesame.subscriptions as subscription
      where subscription.price_ids && sales_at_prices.price_ids
    )
  ));
end
$$;

comment on function sesame.sales_at_prices is 'The objects {kind: [id, …]} that name one of these prices.';

create function sesame.fold_prices(price_ids text[]) returns void
language plpgsql volatile set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.fold_or_defer(sesame.sales_at_prices(price_ids));
end
$$;

comment on function sesame.fold_prices is
  'Derives again all that was sold at these prices, part by part if it is much. Call it under lock_fold().';

-- remap_price changes several rows and folds once, after the last change.
create function sesame.is_remapping() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(current_setting('sesame.remapping', true), '') = 'yes';
end
$$;

comment on function sesame.is_remapping is
  'Whether remap_price is changing mappings at this moment. Only the owner can change a sold mapping at all.';

-- The lock comes before the rows: remap_price holds it and may need the same rows.
create trigger module_prices_lock
  before insert or update or delete on public.module_prices
  for each statement
  execute function sesame.tg_lock_fold();

create trigger extra_prices_lock
  before insert or delete on sesame.extra_prices
  for each statement
  execute function sesame.tg_lock_fold();

create function sesame.tg_fold_prices() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if sesame.is_remapping() then
    return null;
  end if;
  perform sesame.lock_fold();
  perform sesame.set_cause('catalogue');
  perform sesame.fold_prices(array(select distinct stripe_price_id from changed));
  return null;
end
$$;

create trigger module_prices_fold_inserted
  after insert on public.module_prices
  referencing new table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create trigger module_prices_fold_updated
  after update on public.module_prices
  referencing new table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create trigger module_prices_fold_deleted
  after delete on public.module_prices
  referencing old table as changed
  for each statement
  execute function sesame.tg_fold_prices();

-- At a price that opens nothing on purpose, the module in metadata is not sold.
create trigger extra_prices_fold_inserted
  after insert on sesame.extra_prices
  referencing new table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create trigger extra_prices_fold_deleted
  after delete on sesame.extra_prices
  referencing old table as changed
  for each statement
  execute function sesame.tg_fold_prices();

create function sesame.tg_fold_new_modules() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_refs text[];
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('catalogue');
  v_refs := array(select slug from added union all select id::text from added);
  -- All objects that name the module.
  perform sesame.fold_or_defer(jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions where module_ref = any (v_refs)
    ),
    'payment_intent', (
      select jsonb_agg(id) from sesame.payment_intents where module_ref = any (v_refs)
    ),
    'charge', (
      select jsonb_agg(id) from sesame.charges where module_ref = any (v_refs) and payment_intent_id is null
    ),
    'invoice', (
      select jsonb_agg(id) from sesame.invoices where module_ref = any (v_refs)
    ),
    'subscription', (
      select jsonb_agg(id) from sesame.subscriptions where module_ref = any (v_refs)
    )
  )));
  return null;
end
$$;

create trigger modules_fold_new_modules
  after insert on public.modules
  referencing new table as added
  for each statement
  execute function sesame.tg_fold_new_modules();

-- A sale keeps its terms, until an operator corrects the mapping with remap_price.
create function sesame.tg_protect_sold_prices() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform sesame.lock_fold();  -- another transaction may be adding a sale
  if not sesame.is_remapping() and exists (
    select from sesame.grants
    where grants.price_id = old.stripe_price_id and grants.module_id = old.module_id
  ) then
    raise sqlstate 'SE004' using
      message = 'this price was sold on these terms',
      detail = format('price %s opens module %s', old.stripe_price_id, old.module_id),
      hint = 'New terms for new customers need a new price in Stripe. remap_price corrects the mapping, also for '
        'earlier buyers.';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;

create trigger module_prices_protect_sold_prices
  before update or delete on public.module_prices
  for each row
  execute function sesame.tg_protect_sold_prices();

-- chapter: 20261121006005_settings_triggers.sql

-- What a change of the settings does to earlier sales.

-- A change of policy reaches every earlier sale.
create function sesame.tg_fold_everything() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('settings');
  perform sesame.fold_everything_or_defer();
  return null;
end
$$;

create trigger settings_fold_everything
  after update on sesame.settings
  for each row
  -- Accounts that have returned already are facts. Two of these settings decide about the next ones. No access depends
  -- on a body.
  when (
    to_jsonb(old) - '{verified_email_claims,returning_account_inherits,keep_bodies}'::text[]
      is distinct from to_jsonb(new) - '{verified_email_claims,returning_account_inherits,keep_bodies}'::text[]
  )
  execute function sesame.tg_fold_everything();

-- If claims are switched on, the waiting purchases are claimed. If they are switched off, claimed purchases keep
-- their owner.
create function sesame.tg_claim_what_waits() returns trigger
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('settings');
  perform sesame.claim_for_members(array(select distinct waits_for from sesame.grants where waits_for is not null));
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
  return null;
end
$$;

create trigger settings_claim_what_waits
  after update on sesame.settings
  for each row
  when (new.verified_email_claims and not old.verified_email_claims)
  execute function sesame.tg_claim_what_waits();

-- chapter: 20261121006010_settings_changes.sql

-- The history of the policy, and the one choice that setup makes: whether a verified address claims purchases.

create table sesame.settings_changes (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  setting text not null,
  was text not null,
  became text not null,
  actor text not null,
  why text not null,
  constraint settings_changes_actor_is_named check (actor <> ''),
  constraint settings_changes_why_is_said check (why <> '')
);

alter table sesame.settings_changes enable row level security;

comment on table sesame.settings_changes is
  'Every change of the settings. Private: no policy, written by a trigger on sesame.settings only.';
comment on column sesame.settings_changes.actor is
  'The actor given to sesame_set_address_claims; for an update in SQL, the role that was logged in.';

create function sesame.tg_note_settings() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into sesame.settings_changes (setting, was, became, actor, why)
  select
    setting.name, setting.was, to_jsonb(new) ->> setting.name,
    coalesce(nullif(current_setting('sesame.settings_actor', true), ''), session_user),
    coalesce(nullif(current_setting('sesame.settings_why', true), ''), 'an update in SQL')
  from jsonb_each_text(to_jsonb(old)) as setting (name, was)
  where setting.was <> to_jsonb(new) ->> setting.name;
  return null;
end
$$;

create trigger settings_note_changes
  after update on sesame.settings
  for each row
  execute function sesame.tg_note_settings();

create function public.sesame_address_claims()
returns table (is_on boolean, was_decided boolean, waiting bigint, unasked bigint)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      settings.verified_email_claims,
      exists (select from sesame.settings_changes where setting = 'verified_email_claims'),
      (select count(distinct (held.source_id, held.account, held.livemode)) from sesame.grants as held
       where held.waits_for is not null),
      (
        select count(*)
        from auth.users as account
        where not account.is_sso_user
          and account.email_confirmed_at < account.created_at + interval '1 second'
          and coalesce(account.raw_app_meta_data ->> 'provider', 'email') = 'email'
          -- The row is read as JSON, because some versions of Auth lack this column.
          and to_jsonb(account) ->> 'confirmation_sent_at' is null
      )
    from sesame.settings;
end
$$;

select sesame.revoke_default_grants('public.sesame_address_claims');
grant execute on function public.sesame_address_claims() to service_role;

comment on function public.sesame_address_claims is
  'Whether verified addresses claim purchases, whether an operator ever chose, and how many purchases wait for '
  'an address. Also how many accounts with a password were confirmed at once, without a mail: Auth did not ask, '
  'or an administrator made them.';

create function public.sesame_set_address_claims(is_on boolean, actor text, why text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_changed boolean;
begin
  if coalesce(actor, '') = '' or coalesce(why, '') = '' then
    raise check_violation using message = 'actor and why must not be empty';
  end if;
  perform set_config('sesame.settings_actor', actor, true), set_config('sesame.settings_why', why, true);
  update sesame.settings set verified_email_claims = is_on where id and verified_email_claims <> is_on;
  v_changed := found;
  perform set_config('sesame.settings_actor', '', true), set_config('sesame.settings_why', '', true);
  return v_changed;
end
$$;

select sesame.revoke_default_grants('public.sesame_set_address_claims');
grant execute on function public.sesame_set_address_claims(boolean, text, text) to service_role;

comment on function public.sesame_set_address_claims is
  'Sets whether verified addresses claim purchases, and notes actor and why. False: it was set so already. If it '
  'is switched on, waiting purchases are claimed in the same transaction. Switch it on only if Auth verifies an '
  'address before it confirms it. 23514: actor or why is empty.';

-- chapter: 20261121006020_change_mapping.sql

-- The mapping of a price changes. Each change is kept.

create table sesame.price_changes (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  price text not null,
  was jsonb,
  became jsonb not null,
  actor text not null,
  why text not null,
  constraint price_changes_actor_is_named check (actor <> ''),
  constraint price_changes_why_is_said check (why <> '')
);

alter table sesame.price_changes enable row level security;

comment on table sesame.price_changes is
  'Every correction of a mapping. Private: no policy, written by remap_price only.';
comment on column sesame.price_changes.was is
  'The modules of the price before the change, with their terms. []: it opened nothing on purpose; null: it was '
  'not mapped.';
comment on column sesame.price_changes.became is 'The same after the change.';

create function sesame.mapping_of(price text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(
    (
      select jsonb_agg(jsonb_build_object(
        'module', module.slug, 'access_level', offer.access_level, 'max_usage', offer.max_usage,
        'access_duration', offer.access_duration
      ) order by module.slug)
      from public.module_prices as offer
      join public.modules as module on module.id = offer.module_id
      where offer.stripe_price_id = price
    ),
    (select '[]'::jsonb from sesame.extra_prices where stripe_price_id = price)
  );
end
$$;

comment on function sesame.mapping_of is
  'The modules that a price opens: [{module, access_level, …}, …]. []: it opens nothing on purpose; null: it is '
  'not mapped.';

create function sesame.raise_bad_terms(problem text) returns void
language plpgsql immutable set search_path = '' as $$
begin
  raise sqlstate 'SE071' using
    message = 'these terms cannot be read',
    detail = problem,
    hint = 'Give a JSON object of access_level ("standard"), max_usage (a whole number, or null: no limit) and '
      'access_duration ("30 days", or null: for ever). Leave out the terms that stay as they are.';
end
$$;

create function sesame.check_terms(terms jsonb, of_module bigint) returns void
language plpgsql immutable set search_path = '' as $$
begin
  if jsonb_typeof(terms) <> 'object' then
    perform sesame.raise_bad_terms(format('%s is not an object', terms));
  elsif terms - array['access_level', 'max_usage', 'access_duration'] <> '{}' then
    perform sesame.raise_bad_terms(format(
      'unknown: %s', terms - array['access_level', 'max_usage', 'access_duration']
    ));
  elsif of_module is null and terms <> '{}' then
    perform sesame.raise_bad_terms('a price that opens no module has no terms');
  -- Postgres would read a number without a unit as seconds.
  elsif terms ->> 'access_duration' ~ '^[-+.0-9\s]*$' then
    perform sesame.raise_bad_terms(format('access_duration %s has no unit', terms -> 'access_duration'));
  elsif jsonb_typeof(terms -> 'access_level') <> 'string' or terms ->> 'access_level' !~ '\S' then
    perform sesame.raise_bad_terms(format('access_level %s is not a word', terms -> 'access_level'));
  end if;
end
$$;

create function sesame.new_offer(price text, of_module bigint, terms jsonb) returns public.module_prices
language plpgsql stable set search_path = '' as $$
declare
  v_offer public.module_prices;
begin
  select * into v_offer from public.module_prices where (stripe_price_id, module_id) = (price, of_module);
  if not found then
    v_offer := row(price, of_module, 'standard', null, null, now());
  end if;

  v_offer := jsonb_populate_record(v_offer, terms);
  if v_offer.max_usage <= 0 or v_offer.access_duration <= interval '0' then
    perform sesame.raise_bad_terms(format('%s: max_usage and access_duration are more than 0, or null', terms));
  end if;
  return v_offer;
exception when data_exception then
  perform sesame.raise_bad_terms(sqlerrm);
end
$$;

comment on function sesame.new_offer is
  'The mapping of a price to a module on these terms. A missing term keeps its value, or gets that of a new '
  'mapping.';

create function sesame.write_mapping(price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text)
returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.module_prices
  where stripe_price_id = price
    and (instead_of is null or module_id = instead_of) and module_id is distinct from of_module;
  delete from sesame.extra_prices where stripe_price_id = price and of_module is not null;

  if of_module is not null then
    insert into public.module_prices as offer
    select (sesame.new_offer(price, of_module, terms)).*
    on conflict (stripe_price_id, module_id) do update set
      (access_level, max_usage, access_duration)
      = (excluded.access_level, excluded.max_usage, excluded.access_duration);
  elsif sesame.mapping_of(price) is null then
    insert into sesame.extra_prices (stripe_price_id, actor, why) values (price, actor, why);
  end if;
end
$$;

comment on function sesame.write_mapping is
  'Maps a price to this module (null: to nothing), instead of all its modules or of one of them.';

create function sesame.change_mapping(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_was jsonb := sesame.mapping_of(price);
begin
  if v_was is null and of_module is not null and sesame.sales_at_prices(array[price]) = '{}' then
    raise sqlstate 'SE070' using
      message = 'no such price',
      detail = format('%s is not mapped, and nothing was sold at it', coalesce(price, 'null')),
      hint = 'Compare it with the price in Stripe (price_…). To map a new price, insert it into public.module_prices.';
  elsif instead_of is not null and not exists (
    select from public.module_prices where (stripe_price_id, module_id) = (price, instead_of)
  ) then
    raise sqlstate 'SE072' using
      message = 'this price does not open that module',
      detail = format('%s opens %s', coalesce(price, 'null'), coalesce(nullif(v_was, '[]')::text, 'nothing')),
      hint = 'Name a module of the price in instead_of, or leave instead_of out.';
  end if;

  perform set_config('sesame.remapping', 'yes', true);
  perform sesame.write_mapping(price, of_module, terms, instead_of, actor, why);
  perform set_config('sesame.remapping', '', true);
  insert into sesame.price_changes (price, was, became, actor, why)
  values (price, v_was, sesame.mapping_of(price), actor, why);
end
$$;

-- chapter: 20261121006030_remap_price.sql

-- A mapping was wrong: an operator corrects it, and earlier sales at the price follow.

-- The effect of a change on earlier buyers.

create function sesame.open_terms(is_open boolean, expires_at timestamptz, access_level text, max_usage integer)
returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return case when sesame.is_open(is_open, expires_at) then jsonb_build_object(
    'access_level', access_level, 'max_usage', max_usage, 'expires_at', expires_at
  ) end;
end
$$;

comment on function sesame.open_terms is
  'The terms of access that is open at this moment. Null: nothing is open.';

create function sesame.name_change(was jsonb, becomes jsonb) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when was is null and becomes is not null then 'gains'
    when was is not null and becomes is null then 'loses'
    when was <> becomes then 'changes'
  end;
end
$$;

comment on function sesame.name_change is 'The kind of change for the user. Null: nothing changes.';

create function sesame.access_changed_since(log_id bigint)
returns table (user_id uuid, module_id bigint, was jsonb, becomes jsonb)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      present.user_id, present.module_id,
      sesame.open_terms(
        former.is_active, former.expires_at, former.metadata ->> 'access_level', (former.metadata ->> 'max_usage')::integer
      ),
      sesame.open_terms(
        present.is_active, present.expires_at, present.metadata ->> 'access_level', (present.metadata ->> 'max_usage')::integer
      )
    from (
      select distinct on (log.user_id, log.module_id) *
      from sesame.access_log as log
      where log.id > log_id
      order by log.user_id, log.module_id, log.id desc
    ) as present
    left join lateral (
      select * from sesame.access_log as log
      where (log.user_id, log.module_id) = (present.user_id, present.module_id) and log.id <= log_id
      order by log.id desc
      limit 1
    ) as former on true;
end
$$;

comment on function sesame.access_changed_since is
  'The access of users with later entries of the access log: at this entry, and now.';

create function sesame.guest_grants(objects jsonb) returns sesame.grants[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select held from sesame.grants as held
    where held.user_id is null
      and held.source_id in (select jsonb_array_elements_text(ids) from jsonb_each(objects) as objects_of (kind, ids))
  );
end
$$;

comment on function sesame.guest_grants is
  'The grants from these objects {kind: [id, …]} whose buyer is not known.';

create function sesame.guest_changes(former sesame.grants[], present sesame.grants[])
returns table (module_id bigint, change text, purchases bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      source.module_id,
      sesame.name_change(
        sesame.open_terms(was.reason < 'denied', was.expires_at, was.access_level, was.max_usage),
        sesame.open_terms(is_now.reason < 'denied', is_now.expires_at, is_now.access_level, is_now.max_usage)
      ),
      count(*)
    from unnest(former) as was
    full join unnest(present) as is_now using (source_id, module_id, source, account, livemode) as source
    group by 1, 2;
end
$$;

comment on function sesame.guest_changes is
  'For how many purchases without a known buyer a module opens, closes or changes.';

create function sesame.remap_and_compare(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text
) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_sold jsonb := sesame.sales_at_prices(array[price]);
  v_sales jsonb;
  v_guests sesame.grants[];
  v_since bigint := coalesce((select max(id) from sesame.access_log), 0);
begin
  if sesame.count_objects(v_sold) > sesame.most_at_once() then
    return sesame.remap_by_parts(price, of_module, terms, instead_of, actor, why, v_sold);
  end if;
  v_sales := sesame.find_dependents(v_sold);
  v_guests := sesame.guest_grants(v_sales);
  perform sesame.change_mapping(price, of_module, terms, instead_of, actor, why);
  perform sesame.fold_sources(v_sales);

  return (
    select jsonb_agg(to_jsonb(changed) || jsonb_build_object('slug', module.slug))
    from (
      select user_id, module_id, sesame.name_change(was, becomes) as change, was, becomes, null::bigint as purchases
      from sesame.access_changed_since(v_since)
      union all
      select null, module_id, guests.change, null, null, guests.purchases
      from sesame.guest_changes(v_guests, sesame.guest_grants(v_sales)) as guests
    ) as changed
    join public.modules as module on module.id = changed.module_id
    where changed.change is not null
  );
end
$$;

-- Its answer would need the whole fold in one call.
create function sesame.remap_by_parts(
  price text, of_module bigint, terms jsonb, instead_of bigint, actor text, why text, sold jsonb
) returns jsonb
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.change_mapping(price, of_module, terms, instead_of, actor, why);
  perform sesame.defer_objects(sold);
  return jsonb_build_array(jsonb_build_object(
    'slug', (select slug from public.modules where id = of_module),
    'change', 'follows', 'purchases', sesame.count_objects(sold)
  ));
end
$$;

comment on function sesame.remap_by_parts is
  'Changes the mapping, and writes down that what was sold at the price is to be derived part by part.';

comment on function sesame.remap_and_compare is
  'Changes the mapping, derives again what was sold at the price, and answers which users gain or lose access.';

create function public.remap_price(
  price text, module text, terms jsonb, actor text, reason text,
  dry_run boolean default false, instead_of text default null
) returns table (user_id uuid, slug text, change text, was jsonb, becomes jsonb, purchases bigint)
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_module_id bigint := case when module is not null then sesame.find_module(module) end;
  v_instead_of bigint := case when instead_of is not null then sesame.find_module(instead_of) end;
  v_terms jsonb := coalesce(nullif(terms, 'null'), '{}');
  v_changes jsonb;
begin
  perform sesame.check_terms(v_terms, v_module_id);
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, reason));

  -- A dry run makes the whole change and rolls it back. So its answer is always that of the real run. Messages to
  -- Realtime are rows as well, and are rolled back, too.
  begin
    v_changes := sesame.remap_and_compare(price, v_module_id, v_terms, v_instead_of, actor, reason);
    if dry_run then
      raise sqlstate 'SE099';
    end if;
  exception when sqlstate 'SE099' then
    null;  -- never SE000: a code that ends in 000 would catch all errors of ours
  end;

  return query
    select changed.*
    from jsonb_to_recordset(v_changes)
      as changed (user_id uuid, slug text, change text, was jsonb, becomes jsonb, purchases bigint)
    order by changed.slug, changed.change desc, changed.user_id;
end
$$;

select sesame.revoke_default_grants('public.remap_price');
grant execute on function public.remap_price(text, text, jsonb, text, text, boolean, text) to service_role;

comment on function public.remap_price is
  'Corrects the mapping of a price, for earlier and later sales. It opens this module (slug or id); null: '
  'nothing, on purpose. terms {access_level, max_usage, access_duration}: a missing term stays as it is. '
  'instead_of: only this module of a bundle is replaced. Answers a row for each user and module whose access '
  'changes. A row with user_id null counts the purchases without a known buyer. Where thousands of purchases '
  'have the price, the answer is one row with change follows and their number: sesame_fold_part derives them. dry_run: '
  'the answer is the same, and nothing is changed. SE006: no such module. SE070: no such price. SE071: terms that cannot be read. SE072: '
  'the price does not open instead_of. 23514 or 23502: actor or reason is empty.';

-- chapter: 20261121006100_sales.sql

-- Every sale and every unfinished one, with the reason if it does not open a module.

create function sesame.obstacles_to(price_ids text[], module_ref text)
returns table (code sesame.code, price_id text)
language plpgsql stable set search_path = '' as $$
declare
  v_unmapped text[] := array(
    select distinct price.id from unnest(price_ids) as price (id) where sesame.is_unmapped(price.id) order by 1);
  v_is_unlisted boolean := coalesce(cardinality(price_ids), 0) = 0;
begin
  if v_is_unlisted and module_ref is null then
    return query select 'line_items_unknown'::sesame.code, null::text;
  elsif v_is_unlisted or v_unmapped <> '{}' then
    -- What no mapped price sells is what the metadata names.
    if exists (
      select from sesame.sold_modules(price_ids, module_ref) as sold where sold.price_id is null
    ) then
      return;
    elsif module_ref is not null and not exists (select from sesame.sold_modules(null, module_ref)) then
      return query select 'module_unknown'::sesame.code, null::text;
    else
      return query select 'price_unmapped'::sesame.code, id from unnest(v_unmapped) as price (id);
    end if;
  end if;
end
$$;

comment on function sesame.obstacles_to is
  'Why a part of a sale opens no module, one row each: line_items_unknown, module_unknown, or price_unmapped '
  'with the price.';

create view sesame.sales as
  select
    purchase.livemode, purchase.account, purchase.source, purchase.source_id, buyer.user_id, buyer.waits_for,
    purchase.price_ids, purchase.module_ref, obstacle.code, obstacle.price_id
  from sesame.purchases as purchase
  cross join lateral (
    select * from sesame.buyers
    where (source, source_id, account, livemode) = (purchase.source, purchase.source_id, purchase.account, purchase.livemode)
    offset 0
  ) as buyer
  left join lateral sesame.obstacles_to(purchase.price_ids, purchase.module_ref) as obstacle on true
  union all
  select
    subscription.livemode, subscription.account, 'subscription', subscription.id, buyer.user_id, buyer.waits_for,
    subscription.price_ids, subscription.sold_module_ref, obstacle.code, obstacle.price_id
  from sesame.sold_subscriptions as subscription
  cross join lateral (
    select * from sesame.buyers
    where source = 'subscription'
      and (source_id, account, livemode) = (subscription.id, subscription.account, subscription.livemode)
    offset 0
  ) as buyer
  left join lateral sesame.obstacles_to(subscription.price_ids, subscription.sold_module_ref) as obstacle on true
  union all
  -- A name that is neither a user nor an address.
  select
    named.livemode, named.account, named.source, named.source_id, buyer.user_id, buyer.waits_for,
    named.price_ids, named.module_ref, buyer.code, null
  from (
    select livemode, account, source, source_id, price_ids, module_ref from sesame.purchases
    union all
    select livemode, account, 'subscription', id, price_ids, sold_module_ref from sesame.sold_subscriptions
  ) as named
  cross join lateral (
    select * from sesame.buyers
    where (source, source_id, account, livemode) = (named.source, named.source_id, named.account, named.livemode)
    offset 0
  ) as buyer
  where buyer.code is not null
  union all
  -- The line stands alone and has a recurring price. It does not sell a module for ever.
  select
    line.livemode, line.account, 'invoice', line.invoice_id, buyer.user_id, buyer.waits_for,
    array[line.price_id], null, 'price_recurs', line.price_id
  from sesame.invoice_lines as line
  join sesame.invoices as invoice
    on (invoice.id, invoice.account, invoice.livemode) = (line.invoice_id, line.account, line.livemode)
  join sesame.prices as price
    on (price.id, price.account, price.livemode) = (line.price_id, line.account, line.livemode)
  cross join lateral (
    select * from sesame.buyers
    where source = 'invoice' and (source_id, account, livemode) = (line.invoice_id, line.account, line.livemode)
    offset 0
  ) as buyer
  where line.stands_alone and line.subscription_id is null and price.is_recurring
    and invoice.status = 'paid'
    and exists (select from public.module_prices as offer where offer.stripe_price_id = line.price_id offset 0)
  union all
  -- The payment is for a time after the end of the subscription.
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id, buyer.user_id, buyer.waits_for,
    late.price_ids, null, 'paid_after_end', null
  from sesame.invoices as invoice
  join sesame.subscriptions as ended
    on (ended.id, ended.account, ended.livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
  cross join lateral (
    select array_agg(distinct line.price_id) as price_ids
    from sesame.billed_lines as line
    where (line.invoice_id, line.account, line.livemode) = (invoice.id, invoice.account, invoice.livemode)
      and not line.is_credit and not line.is_sale and line.cost > 0 and line.period_end > ended.ended_at
  ) as late
  cross join lateral (
    select * from sesame.buyers
    where source = 'invoice' and (source_id, account, livemode) = (invoice.id, invoice.account, invoice.livemode)
    offset 0
  ) as buyer
  where invoice.status = 'paid' and invoice.amount_paid > 0 and invoice.paid_at > ended.ended_at
    and late.price_ids is not null
    and sesame.block_of_invoice(invoice.id, invoice.account, invoice.livemode) is null
  union all
  -- The session was left or has expired, or its subscription is not known.
  select
    session.livemode, session.account, 'checkout_session', session.id, buyer.user_id, buyer.waits_for,
    session.price_ids, session.module_ref,
    case when session.status = 'complete' then 'subscription_missing'::sesame.code else 'not_bought' end, null
  from sesame.checkout_sessions as session
  cross join lateral (
    select * from sesame.buyers
    where source = 'checkout_session' and (source_id, account, livemode) = (session.id, session.account, session.livemode)
    offset 0
  ) as buyer
  where session.mode in ('payment', 'subscription')
    and (session.mode = 'subscription' or session.status <> 'complete')
    and not exists (
      select from sesame.subscriptions as subscription
      where (subscription.id, subscription.account, subscription.livemode)
        = (session.subscription_id, session.account, session.livemode)
    )
    and not exists (
      select from sesame.payment_intents as payment
      where (payment.id, payment.account, payment.livemode)
        = (session.payment_intent_id, session.account, session.livemode)
        and payment.status = 'succeeded'
    )
  union all
  select
    invoice.livemode, invoice.account, 'invoice', invoice.id, buyer.user_id, buyer.waits_for,
    array(
      select distinct line.price_id from sesame.invoice_lines as line
      where (line.invoice_id, line.account, line.livemode) = (invoice.id, invoice.account, invoice.livemode)
        and line.price_id is not null
    ),
    invoice.module_ref, 'subscription_missing', null
  from sesame.invoices as invoice
  cross join lateral (
    select * from sesame.buyers
    where source = 'invoice' and (source_id, account, livemode) = (invoice.id, invoice.account, invoice.livemode)
    offset 0
  ) as buyer
  where invoice.status = 'paid' and invoice.subscription_id is not null
    and not exists (
      select from sesame.subscriptions as subscription
      where (subscription.id, subscription.account, subscription.livemode)
        = (invoice.subscription_id, invoice.account, invoice.livemode)
    );

comment on view sesame.sales is
  'Each sale or attempt, its buyer or the address it waits for, and one row for each part that opens nothing. '
  'code null: every part opens something. Query it by source_id.';

create function sesame.told_of(sale sesame.sales) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format(
    '%s sold %s', sale.source_id,
    coalesce(
      sale.price_id, sale.module_ref, nullif(array_to_string(sale.price_ids, ', '), ''), 'what we do not know yet'
    )
  );
end
$$;

-- chapter: 20261121006110_known_of.sql

-- The known facts about a problem, so that the printed command of its fix can be pasted as it is.

create function sesame.known_sale(code sesame.code, of_source text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_build_object('source_id', of_source) || coalesce((
    select case sale.code
      -- Metadata may hold any text. Only a text that could be a slug goes into a command.
      when 'module_unknown' then jsonb_build_object('module', substring(sale.module_ref from '^[a-z][a-z0-9-]*$'))
      else jsonb_build_object('user_id', sale.user_id, 'module', (
        select min(module.slug)
        from public.module_prices as offer
        join public.modules as module on module.id = offer.module_id
        where offer.stripe_price_id = any (sale.price_ids)
      ))
    end
    from sesame.sales as sale
    where sale.source_id = of_source and sale.code = known_sale.code
    limit 1
  ), '{}');
end
$$;

comment on function sesame.known_sale is
  'The known facts about a sale: its buyer, and the module that it names or should have opened.';

create function sesame.known_of(code sesame.code, about text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(jsonb_strip_nulls(case
    when about is null then null
    when code in ('foreign_account', 'wrong_mode', 'event_failed', 'event_waiting') then (
      select jsonb_build_object('event_id', event.id, 'account_id', nullif(event.account, 'unreadable'))
      from sesame.stripe_events as event where event.id = about
    )
    when code = 'grant_missing' then jsonb_build_object('right', about)
    when code in ('token_waits', 'exhausted') then jsonb_build_object('token_id', about)
    -- If the catalogue has only one module, it must be that one.
    when code = 'price_unmapped' then jsonb_build_object(
      'price_id', about, 'module', (select min(slug) from public.modules having count(*) = 1)
    )
    when code in ('module_unknown', 'price_recurs', 'paid_after_end') then sesame.known_sale(code, about)
    when sesame.kind_of(about) is not null then jsonb_build_object('source_id', about)
  end), '{}');
end
$$;

comment on function sesame.known_of is
  'The values that the command for this code needs, as far as they are known, by the names of its blanks: '
  'price_id, module, user_id, source_id, event_id, account_id, token_id, right.';

-- chapter: 20261121006120_explain_delivery.sql

-- Why a user has or lacks a module. There is a chain of links from a payment to a page, and each link is a query of
-- stored data. The first links: Stripe's events were understood, were delivered, and are mapped to a module.

create type sesame.explained as (code sesame.code, detail text, about text);

comment on type sesame.explained is
  'The answer of one link of the chain. code null: the link holds. detail: ids and times, for the operator. '
  'about: the one id that the fix needs.';

create function sesame.broken(code sesame.code, detail text, about text default null) returns sesame.explained
language plpgsql immutable set search_path = '' as $$
begin
  return (code, detail, about);
end
$$;

-- The quoted texts of a body, in lower case. The body is split, not searched: so the time does not grow with the
-- user's number of purchases. Only whole quoted texts count, so that a longer address with the same end is not found.
create function sesame.quoted_in(body text) returns setof text
language plpgsql immutable rows 100 set search_path = '' as $$
begin
  return query
    select lower(coalesce(
      case when position('\' in quoted) > 0 then sesame.as_json(format('"%s"', quoted)) #>> '{}' end,
      quoted
    ) collate "C")
    from string_to_table(body, '"') as quoted;
end
$$;

-- Understood: was an event about one of these kept but not applied, or not yet? Is one of them still being derived? Only the bodies of the latest events are
-- searched: an endpoint of the wrong mode may have sent any number.
create function sesame.explain_understanding(ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_words text[] := array(select distinct lower(id collate "C") from unnest(ids) as id where id <> '');
begin
  return coalesce((
    select sesame.broken(
      case event.outcome
        when 'failed' then 'event_failed'
        when 'received' then 'event_waiting'
        else event.detail::sesame.code
      end,
      format('%s %s: %s, received %s', event.id, event.type, coalesce(event.detail, 'waits'), event.received_at),
      event.id
    )
    from sesame.stripe_events as event
    where event.outcome in ('received', 'failed', 'quarantined')
      and (event.id = any (ids) or event.object_id = any (ids) or event.id in (
        select latest.id
        from (
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'failed' order by stored.received_at desc limit 1000
          )
          union all
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'received' order by stored.received_at desc limit 1000
          )
          union all
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'quarantined' order by stored.received_at desc limit 1000
          )
        ) as latest
        cross join lateral sesame.quoted_in(latest.payload) as quoted (word)
        join unnest(v_words) as sought (word) on sought.word = quoted.word
      ))
    order by event.outcome = 'quarantined', event.outcome = 'received', event.created desc
    limit 1
  ), (
    select sesame.broken(unfolded.code, unfolded.detail, unfolded.id) from sesame.unfolded_among(ids) as unfolded
  ));
end
$$;

-- Delivered: do Stripe's events reach us at all, and was one of them about this user?
create function sesame.explain_delivery(of_user uuid, of_email text, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_last timestamptz := (select max(received_at) from sesame.stripe_events);
begin
  return case
    when exists (
      select from sesame.sales where source_id = any (ids) and code is distinct from 'subscription_missing'
    ) or exists (
        select from sesame.sources where user_id = any (of_user || array(select sesame.accounts_behind(of_email)))
      )
      or exists (
        select from public.access_tokens
        where created_by is null and sesame.tidy_email(user_ref) = of_email
      ) then null
    when v_last is null then sesame.broken('nothing_delivered', null)
    else coalesce(
      (
        select sesame.broken(sale.code, sesame.told_of(sale), sale.source_id)
        from sesame.sales as sale
        where sale.source_id = any (ids)
        order by sale.source_id
        limit 1
      ),
      sesame.broken('no_purchase_known', format('the last event came at %s', v_last))
    )
  end;
end
$$;

-- Mapped: do the user's purchases open a module?
create function sesame.explain_mapping(of_user uuid, of_module bigint, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return (
    select sesame.broken(
      sale.code, sesame.told_of(sale),
      case when sale.code = 'price_unmapped' then sale.price_id else sale.source_id end
    )
    from sesame.sales as sale
    where sale.source_id = any (ids) and coalesce(sale.user_id, of_user) = of_user
      and (
        sale.code in ('price_unmapped', 'module_unknown', 'line_items_unknown')
        -- For these it is known which module was paid for.
        or sale.code in ('price_recurs', 'paid_after_end') and exists (
          select from public.module_prices as offer
          where offer.stripe_price_id = any (sale.price_ids) and offer.module_id = of_module
        )
      )
    order by sale.source_id, sale.price_id
    limit 1
  );
end
$$;

-- chapter: 20261121006130_explain_buyer.sql

-- The middle links: the buyer is known, and the sources of this user open the module.

create function sesame.unowned_code(of_source text) returns sesame.code
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((select min(buyer.code) from sesame.buyers as buyer where buyer.source_id = of_source), 'buyer_unknown');
end
$$;

comment on function sesame.unowned_code is
  'user_unreadable if the site wrote a name that is neither a uuid nor an address; else buyer_unknown.';

-- Known: does a source of this module wait for its buyer, or belong to another user?
create function sesame.explain_buyer(of_user uuid, of_email text, of_module bigint, ids text[])
returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(
    (
      select sesame.broken('claim_missed', format('%s belongs to the deleted account %s', held.source_id, held.user_id))
      from sesame.sources as held
      where held.user_id = any (array(select sesame.accounts_behind(of_email))) and held.module_id = of_module
        and exists (select from sesame.settings where returning_account_inherits)
        and exists (select from sesame.verified_users where id = of_user)
      order by held.reason, held.source_id
      limit 1
    ),
    (
      select sesame.broken(
        case
          when not exists (select from sesame.confirmed_users where id = of_user) then 'email_unverified'::sesame.code
          when not exists (select from sesame.verified_users where id = of_user) then 'address_claims_off'
          else 'claim_missed'
        end,
        format('%s waits for the address it was bought with', held.source_id),
        held.source_id
      )
      from sesame.grants as held
      where held.user_id is null and held.module_id = of_module and held.waits_for = of_email
      order by held.reason, held.source_id
      limit 1
    ),
    (
      select sesame.broken(
        case
          when exists (select from sesame.confirmed_users where id = of_user)
            and not exists (select from sesame.verified_users where id = of_user) then 'address_claims_off'::sesame.code
          else 'token_waits'
        end,
        format('the token %s waits for the address of its owner', token.id),
        token.id::text
      )
      from public.access_tokens as token
      where token.created_by is null and token.module_id = of_module
        and sesame.tidy_email(token.user_ref) = of_email
      order by token.id
      limit 1
    ),
    (
      select case
        when held.user_id is not null then sesame.broken(
          'belongs_to_another', format('%s belongs to the user %s', held.source_id, held.user_id), held.source_id
        )
        when held.waits_for is not null then sesame.broken(
          'address_differs', format('%s waits for another address', held.source_id), held.source_id
        )
        else sesame.broken(
          sesame.unowned_code(held.source_id), format('%s names nobody', held.source_id), held.source_id
        )
      end
      from sesame.grants as held
      where held.source_id = any (ids) and held.module_id = of_module and held.user_id is distinct from of_user
        -- Another user's purchase with the same Stripe customer does not explain why this user's own purchase is
        -- closed.
        and (held.user_id is null or not exists (
          select from sesame.sources as own where own.user_id = of_user and own.module_id = of_module
        ))
      order by held.user_id is not null, held.reason, held.source_id
      limit 1
    )
  );
end
$$;

-- Open: what do the user's sources decide?
create function sesame.explain_decision(of_user uuid, of_module bigint, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_access sesame.decided_access;
  v_refusal text := sesame.refusal_now(of_user, of_module);
begin
  select * into v_access from sesame.decided_access where user_id = of_user and module_id = of_module;
  return case
    when v_refusal = 'no_access' then coalesce(
      -- These facts were not folded: a writer went past the triggers.
      (
        select sesame.broken('grants_stale', derived.source_id)
        from sesame.derive_grants(sesame.by_kind(ids)) as derived
        where derived.user_id = of_user and derived.module_id = of_module
          and not exists (
            select from sesame.grants as held
            where (held.source_id, held.module_id, held.user_id, held.reason)
              = (derived.source_id, derived.module_id, derived.user_id, derived.reason)
          )
        order by derived.reason, derived.source_id
        limit 1
      ),
      (
        select sesame.broken(sale.code, sesame.told_of(sale), sale.source_id)
        from sesame.sales as sale
        cross join lateral sesame.sold_modules(sale.price_ids, sale.module_ref) as wanted
        where sale.source_id = any (ids) and sale.code in ('not_bought', 'subscription_missing')
          and wanted.module_id = of_module
        order by sale.code desc, sale.source_id
        limit 1
      ),
      -- It was bought with this address. It is closed for a reason that does not depend on the owner of the address.
      (
        select sesame.broken(held.reason::text::sesame.code, format('%s %s', held.source, held.source_id))
        from sesame.grants as held
        where held.user_id = of_user and held.module_id = of_module and held.by_address and held.reason >= 'denied'
        order by held.reason, held.source_id
        limit 1
      ),
      -- The site's server deleted the row.
      (
        select sesame.broken('revoked', format('%s %s', held.source, held.source_id))
        from sesame.sources as held
        where held.user_id = of_user and held.module_id = of_module and held.is_removed
        order by held.source_id
        limit 1
      ),
      sesame.broken('nothing_bought', null)
    )
    when v_refusal is not null then sesame.broken(v_refusal::sesame.code, format(
      '%s %s%s', v_access.source, v_access.source_id,
      case when v_access.expires_at is not null then format(', until %s', v_access.expires_at) end
    ))
  end;
end
$$;

-- chapter: 20261121006135_explain_access.sql

-- The last links: access says what was decided, the member may read it, and uses are left.

-- Written: is module_access the same as the decision?
create function sesame.explain_access(of_user uuid, of_module bigint) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case when exists (
    select user_id, module_id, is_active, expires_at, metadata ->> 'reason', metadata ->> 'source_id'
    from public.module_access as access
    where access.user_id = of_user and access.module_id = of_module
    except
    select user_id, module_id, is_active, expires_at, reason::text, source_id
    from sesame.decided_access
    where decided_access.user_id = of_user and decided_access.module_id = of_module
  ) or exists (
    select from sesame.decided_access as decided
    where decided.user_id = of_user and decided.module_id = of_module
      and not exists (
        select from public.module_access as access
        where (access.user_id, access.module_id) = (of_user, of_module)
      )
  ) then sesame.broken('access_drifted', null) end;
end
$$;

create function sesame.missing_grant(missing text) returns sesame.explained
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.broken('grant_missing', missing, missing);
end
$$;

-- Readable: may the user read it?
create function sesame.explain_reading() returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.module_access'::regclass)
      then sesame.broken('rls_off', 'public.module_access')
    when not exists (
      select from pg_catalog.pg_policies
      where (schemaname, tablename, policyname) = ('public', 'module_access', 'module_access_select_own')
    ) then sesame.broken('policy_missing', 'module_access_select_own')
    when unreadable.columns is not null
      then sesame.missing_grant(format('select (%s) on public.module_access to authenticated', unreadable.columns))
    when not has_table_privilege('authenticated', 'public.my_modules', 'select')
      then sesame.missing_grant('select on public.my_modules to authenticated')
    when not has_function_privilege('authenticated', 'public.has_module_access(text)', 'execute')
      then sesame.missing_grant('execute on function public.has_module_access(text) to authenticated')
  end
  from (
    -- A column carried over from an old site may be readable by the secret key only.
    select string_agg(quote_ident(attname), ', ' order by attnum) as columns
    from pg_catalog.pg_attribute
    where attrelid = 'public.module_access'::regclass and attnum > 0 and not attisdropped
      and not has_column_privilege('authenticated', attrelid, attnum, 'select')
      and attname not in (select name from sesame.carried_columns where of_table = 'module_access')
  ) as unreadable;
end
$$;

-- Usable: are uses left of a limited access?
create function sesame.explain_uses(of_user uuid, of_module bigint) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not exists (select from sesame.open_sources(of_user, of_module)) then null
    when not exists (
      select from sesame.open_sources(of_user, of_module) as open where open.uses_left is null or open.uses_left > 0
    ) then sesame.broken('exhausted', (
      select string_agg(format('%s: %s of %s', open.source_id, open.max_usage, open.max_usage), '; ')
      from sesame.open_sources(of_user, of_module) as open
    ), (
      select open.source_id from sesame.open_sources(of_user, of_module) as open
      where sesame.as_uuid(open.source_id) is not null
      order by open.source_id
      limit 1
    ))
  end;
end
$$;

-- chapter: 20261121006140_explain_module_access.sql

-- The answer to "I paid and my module is not there": the chain link by link, and the first broken one.

create function public.explain_module_access(user_ref text, module text)
returns table (place integer, link text, state text, code text, detail text, known jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user uuid := sesame.user_named(user_ref);
  v_email text := coalesce(
    sesame.email_of(v_user),
    sesame.tidy_email(case when position('@' in user_ref) > 0 then user_ref end), ''
  );
  v_module bigint := (select module_id from sesame.sold_modules(null, explain_module_access.module));
  v_ids text[] := sesame.ids_in(sesame.with_payers(sesame.objects_of(v_user, v_email)));
  v_decision sesame.explained := sesame.explain_decision(v_user, v_module, v_ids);
  v_understanding sesame.explained := sesame.explain_understanding(v_ids || v_user::text || v_email);
  v_links sesame.explained[] := array[
    case when v_module is null then sesame.broken('no_such_module', null) end,
    sesame.explain_account(v_user),
    case when v_understanding.code is null then sesame.explain_delivery(v_user, v_email, v_ids) end,
    v_understanding,
    sesame.explain_mapping(v_user, v_module, v_ids),
    sesame.explain_buyer(v_user, v_email, v_module, v_ids),
    v_decision,
    sesame.explain_access(v_user, v_module),
    sesame.explain_reading(),
    sesame.explain_uses(v_user, v_module)
  ];
  v_asked jsonb := jsonb_strip_nulls(jsonb_build_object(
    'user_id', v_user, 'module', (select slug from public.modules where id = v_module)
  ));
  v_is_open boolean := sesame.refusal_now(v_user, v_module) is null and v_user is not null;
begin
  return query
    select
      told.place::integer, told.link,
      case
        when told.code is null then 'holds'
        -- Another purchase does not matter if the module is open or denied.
        when told.place between 3 and 6 and (v_is_open or v_decision.code = 'denied') then 'beside'
        else 'broken'
      end,
      told.code::text, told.detail,
      case when told.code is not null then sesame.known_of(told.code, told.about) || v_asked end
    from rows from (
      unnest(array[
        'module', 'account', 'delivered', 'understood', 'mapped', 'buyer', 'decision', 'access', 'reading', 'uses'
      ]),
      unnest(v_links)
    ) with ordinality as told (link, code, detail, about, place)
    order by told.place;
end
$$;

select sesame.revoke_default_grants('public.explain_module_access');
grant execute on function public.explain_module_access(text, text) to service_role;

comment on function public.explain_module_access is
  'Why a user (id or address) has or lacks a module (slug or id): one row for each link of the chain, in order. '
  'The state is holds, broken, or beside (broken, but the module is open without it). The first broken link is '
  'the cause. Its code is explained in docs/troubleshooting.md. known: the values that its command needs, as far '
  'as they are known.';

create function sesame.user_named(named text) returns uuid
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(sesame.present_account(sesame.as_uuid(named)), (
    select member.id from auth.users as member
    where sesame.tidy_email(member.email) = sesame.tidy_email(named)
    order by member.email_confirmed_at is null, member.created_at, member.id
    limit 1
  ));
end
$$;

comment on function sesame.user_named is
  'A user by id or by address. If several have the address, it is the one that verified it. For a deleted '
  'account it is the account that was made again.';

create function sesame.email_of(of_user uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select sesame.tidy_email(member.email) from auth.users as member where member.id = of_user);
end
$$;

create function sesame.explain_account(of_user uuid) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when exists (select from auth.users where id = of_user) then (
      select (null, string_agg(
        format('was the account %s until %s', returned.former_id, returned.returned_at), '; ' order by returned.returned_at
      ), null)::sesame.explained
      from sesame.returned_accounts as returned
      where returned.user_id = of_user
    )
    when exists (select from sesame.sources where user_id = of_user)
      then sesame.broken('user_unknown', format('the site named the user %s', of_user))
    else sesame.broken('no_account', null)
  end;
end
$$;

-- chapter: 20261121006150_explain_reference.sql

-- The same question, asked with an object, an event, a user, a token or a module.

create function sesame.objects_named(reference text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_id text := coalesce((select object_id from sesame.stripe_events where id = reference), reference);
  v_user uuid := sesame.user_named(reference);
begin
  return case
    when sesame.kind_of(v_id) is not null
      then sesame.find_dependents(jsonb_build_object(sesame.kind_of(v_id), jsonb_build_array(v_id)))
    when exists (select from public.access_tokens where id::text = reference)
      then jsonb_build_object('access_token', jsonb_build_array(reference))
    when v_user is not null or position('@' in reference) > 0
      then sesame.objects_of(v_user, coalesce(sesame.email_of(v_user), sesame.tidy_email(reference)))
    else '{}'
  end;
end
$$;

comment on function sesame.objects_named is
  'The objects {kind: [id, …]} of a Stripe id, an event, a token, a user or an address, and all their dependents.';

create type sesame.found_access as (user_ref text, module text, code sesame.code, detail text, about text);

comment on type sesame.found_access is
  'A user and a module to explain, or the code of the obstacle and the one id that its fix needs.';

create function sesame.find_access(ids text[], of_user uuid, of_email text) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      coalesce(held.user_id::text, held.waits_for), sold.slug,
      case when coalesce(held.user_id::text, held.waits_for) is null then sesame.unowned_code(min(held.source_id)) end,
      string_agg(distinct held.source_id, ', ' order by held.source_id), min(held.source_id)
    from (
      select user_id, waits_for, module_id, source_id from sesame.grants where source_id = any (ids)
      union all
      select user_id, null, module_id, source_id from sesame.sources where user_id = of_user
      union all
      select created_by, sesame.tidy_email(user_ref), module_id, id::text
      from public.access_tokens
      where id::text = any (ids) or created_by is null and sesame.tidy_email(user_ref) = of_email
    ) as held
    join public.modules as sold on sold.id = held.module_id
    group by coalesce(held.user_id::text, held.waits_for), sold.slug
    union all
    select
      coalesce(sale.user_id::text, sale.waits_for), null, sale.code, sesame.told_of(sale),
      case when sale.code = 'price_unmapped' then sale.price_id else sale.source_id end
    from sesame.sales as sale
    where sale.source_id = any (ids) and sale.code <> 'not_bought'
      -- The rows above report it, with the module.
      and not (sale.code = 'user_unreadable' and exists (select from sesame.grants where source_id = sale.source_id))
      and (of_user is null or sale.user_id is null or sale.user_id = of_user)
    order by 3 nulls first, 4;
end
$$;

comment on function sesame.find_access is
  'The users and modules that depend on these objects and this user, and the sales that open nothing.';

create function sesame.find_lacking(of_module bigint) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
begin
  return query
    select coalesce(lacking.user_id::text, lacking.waits_for), sold.slug,
      case when lacking.user_id is null and lacking.waits_for is null then 'buyer_unknown'::sesame.code end,
      lacking.source_id, lacking.source_id
    from (
      select distinct on (source.user_id) source.user_id, null as waits_for, source.source_id, access.updated_at
      from sesame.sources as source
      left join public.module_access as access using (user_id, module_id)
      where source.module_id = of_module and source.user_id is not null
        and sesame.is_open(access.is_active, access.expires_at) is not true
      union all
      select null, waiting.waits_for, waiting.source_id, null
      from sesame.grants as waiting
      where waiting.module_id = of_module and waiting.user_id is null
    ) as lacking
    join public.modules as sold on sold.id = of_module
    order by lacking.updated_at desc nulls first, lacking.source_id
    limit 20;
end
$$;

comment on function sesame.find_lacking is
  'The latest twenty members and addresses that lack a module, although a source opened it once, or would open '
  'it.';

create function sesame.explain_nothing(reference text, ids text[]) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
declare
  v_user uuid := sesame.user_named(reference);
  v_is_person boolean := sesame.as_uuid(reference) is not null or position('@' in reference) > 0;
  v_understanding sesame.explained := sesame.explain_understanding(ids || reference);
begin
  if v_understanding.code is not null then
    return query select null::text, null::text, v_understanding.code, v_understanding.detail, v_understanding.about;
    return;
  end if;
  return query
    select coalesce(sale.user_id::text, sale.waits_for), null::text, sale.code, sesame.told_of(sale), sale.source_id
    from sesame.sales as sale
    where sale.source_id = any (ids) and sale.code = 'not_bought'
    order by sale.source_id;
  if not found then
    return query select
      case when v_is_person then reference end, null::text,
      case
        when v_is_person then coalesce(
          (sesame.explain_account(v_user)).code, (sesame.explain_delivery(v_user, null, ids)).code, 'nothing_bought'
        )
        when exists (select from sesame.stripe_events where object_id = reference or id = reference) then 'opens_nothing'
        when reference ~ '^evt_' or sesame.kind_of(reference) is not null then 'not_delivered'
        else 'unknown_reference'
      end,
      reference, reference;
  end if;
end
$$;

comment on function sesame.explain_nothing is 'Why a reference leads to no access.';

create function sesame.find_reference(
  reference text, ids text[], of_user uuid, of_email text, of_module bigint
) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
begin
  if of_module is not null then
    return query select * from sesame.find_lacking(of_module);
    return;
  end if;
  -- An event that was not applied is the answer, even if other facts about its object are known.
  if not exists (
    select from sesame.stripe_events where id = reference and outcome in ('received', 'failed', 'quarantined')
  ) then
    return query select * from sesame.find_access(ids, of_user, of_email);
    if found then
      -- Users are explained with their objects. An object may have no user yet.
      return query
        select null::text, null::text, unfolded.code, unfolded.detail, unfolded.id
        from sesame.unfolded_among(ids) as unfolded
        where of_user is null;
      return;
    end if;
  end if;
  return query select * from sesame.explain_nothing(reference, ids);
end
$$;

comment on function sesame.find_reference is
  'The users and modules behind a reference, or the reason why there are none.';

create function public.sesame_explain_reference(reference text)
returns table (user_ref text, module text, code text, detail text, known jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user uuid := sesame.user_named(reference);
  v_email text := coalesce(sesame.email_of(v_user), sesame.tidy_email(reference));
  v_ids text[] := sesame.ids_in(sesame.with_payers(sesame.objects_named(reference)));
  v_module bigint := (select module_id from sesame.sold_modules(null, reference));
begin
  return query
    select
      found.user_ref, found.module, found.code::text, found.detail,
      case when found.code is not null then sesame.known_of(found.code, found.about) end
    from sesame.find_reference(reference, v_ids, v_user, v_email, v_module) as found;
end
$$;

select sesame.revoke_default_grants('public.sesame_explain_reference');
grant execute on function public.sesame_explain_reference(text) to service_role;

comment on function public.sesame_explain_reference is
  'Which users and modules a reference leads to. It is a user (id or address), a token, a module, a Stripe '
  'event (evt_) or object (cs_, pi_, ch_, in_, sub_, cus_, re_, dp_). For a module it finds the users that lack '
  'it. Pass each user and module to explain_module_access. A row may have a code instead: the obstacle. Then '
  'known holds the values that its command needs.';

-- chapter: 20261121006200_reconcile.sql

-- The questions of `reconcile`: which events are missing or failed, and which objects are to be read again? For
-- service_role only.

create function public.sesame_missing_events(event_ids text[]) returns setof text
language plpgsql stable security definer set search_path = '' set enable_seqscan = off as $$
begin
  return query
    select given.id
    from unnest(event_ids) with ordinality as given (id, place)
    where not exists (
      select from sesame.stripe_events as stored
      where stored.id = given.id and stored.outcome <> 'failed'
      offset 0
    )
    order by given.place;
end
$$;

select sesame.revoke_default_grants('public.sesame_missing_events');
grant execute on function public.sesame_missing_events(text[]) to service_role;

comment on function public.sesame_missing_events is
  'Those of these Stripe events (evt_…) that never came, or failed. They are to be processed again.';

create view sesame.stored_events as
select
  id, type, extract(epoch from created)::bigint as created, api_version, livemode, nullif(account, '') as account,
  object_id, payload, outcome, outcome = 'failed' and detail = '57014' as by_parts
from sesame.stripe_events;

-- A function, because a view would name codes that the upgrade to this version adds: a transaction cannot use those.
create function sesame.overdue_events() returns table (code sesame.code, event_id text, received_at timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'event_waiting'::sesame.code, event.id, event.received_at
    from sesame.stripe_events as event
    where event.outcome = 'received' and event.received_at < now() - interval '5 minutes';
end
$$;

comment on function sesame.overdue_events is
  'Events that have waited for the fold for five minutes. Usually it takes them within a second.';

comment on view sesame.stored_events is
  'The inbox in the terms of Stripe''s API: created in Unix seconds, account null for the project''s own. by_parts: '
  'the event alone took longer than a call may, so its replay is folded part by part.';

create function public.sesame_failed_events(after text, most integer, our_livemode boolean, our_accounts text[])
returns table (
  id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text,
  by_parts boolean
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      event.id, event.type, event.created, event.api_version, event.livemode, event.account, event.object_id,
      event.payload, event.by_parts
    from sesame.stored_events as event
    where event.id > after
      and event.outcome in ('received', 'failed', 'quarantined')
      and event.payload <> ''  -- the user it was about has been erased since
      and (event.outcome = 'failed'
        or event.id in (select overdue.event_id from sesame.overdue_events() as overdue)
        -- Some events were not ours when they came, and are ours now.
        or event.outcome = 'quarantined' and event.livemode = our_livemode
          and (event.account is null or event.account = any (our_accounts)))
    order by event.id
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_failed_events');
grant execute on function public.sesame_failed_events(text, integer, boolean, text[]) to service_role;

comment on function public.sesame_failed_events is
  'Stored events without effect, by id. They could not be applied, have waited for the fold for five minutes, or were '
  'not ours and are now. They are to be translated and processed again.';

create function public.sesame_failed_event(event_id text)
returns table (
  id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text,
  by_parts boolean
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      event.id, event.type, event.created, event.api_version, event.livemode, event.account, event.object_id,
      event.payload, event.by_parts
    from sesame.stored_events as event
    where event.id = sesame_failed_event.event_id and event.outcome in ('received', 'failed');
end
$$;

select sesame.revoke_default_grants('public.sesame_failed_event');
grant execute on function public.sesame_failed_event(text) to service_role;

comment on function public.sesame_failed_event is
  'An event that waits for the fold or could not be applied, as it was stored. No row: it is neither.';

create function public.sesame_pending_reads(after text, most integer) returns setof text
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select distinct sesame.fetch_reference(pending.account, pending.kind, pending.object_id) collate "C" as reference
    from sesame.pending_fetches as pending
    where sesame.fetch_reference(pending.account, pending.kind, pending.object_id) collate "C" > after
    order by reference
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_pending_reads');
grant execute on function public.sesame_pending_reads(text, integer) to service_role;

comment on function public.sesame_pending_reads is
  'Objects to be read again, because only Stripe can answer, in order. Each is a reference: sub_…, '
  'sub_…/invoices, or acct_…/sub_… for a connected account.';

-- chapter: 20261121006220_reconcile_events.sql

-- The door of `reconcile`: its events take the same way as every event, and the access log names the run.

create function public.sesame_reconcile_events(events jsonb, run uuid)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform set_config('sesame.stripe_cause', 'stripe: reconcile ' || run, true);
  return query select * from public.process_stripe_events(events);
  perform set_config('sesame.stripe_cause', '', true);
end
$$;

select sesame.revoke_default_grants('public.sesame_reconcile_events');
grant execute on function public.sesame_reconcile_events(jsonb, uuid) to service_role;

comment on function public.sesame_reconcile_events is
  'The same as process_stripe_events, with its own cause in the access log: stripe: reconcile <run>.';

-- Live changes are not in this index, so they do not pay for it.
create index access_log_reconciled_idx on sesame.access_log (cause, id) where cause like 'stripe: reconcile %';

create function public.sesame_reconciled_access(run uuid, after bigint, most integer)
returns table (id bigint, user_id uuid, module text, change text, reason text)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    with changed as (
      select log.user_id, log.module_id, min(log.id) as first_id, max(log.id) as last_id
      from sesame.access_log as log
      where log.cause = 'stripe: reconcile ' || run and log.cause like 'stripe: reconcile %'
      group by log.user_id, log.module_id
    )
    select
      latest.id, latest.user_id, coalesce(module.slug, latest.module_id::text),
      case when latest.is_active then 'opened' else 'closed' end,
      latest.metadata ->> 'reason'
    from changed
    join sesame.access_log as latest on latest.id = changed.last_id
    left join public.modules as module on module.id = latest.module_id
    left join lateral (
      select log.is_active
      from sesame.access_log as log
      where (log.user_id, log.module_id) = (changed.user_id, changed.module_id) and log.id < changed.first_id
      order by log.id desc
      limit 1
    ) as former on true
    where latest.id > after
      and coalesce(latest.is_active, false) is distinct from coalesce(former.is_active, false)
    order by latest.id
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_reconciled_access');
grant execute on function public.sesame_reconciled_access(uuid, bigint, integer) to service_role;

comment on function public.sesame_reconciled_access is
  'Which users gained (opened) or lost (closed) a module by a run of reconcile, as the sum of its changes. '
  'reason: that of the present decision.';

-- chapter: 20261121006230_rebuilds.sql

-- The progress of a rebuild from Stripe's objects: it takes long, and an interrupted one resumes where it stopped.

create table sesame.rebuilds (
  run uuid primary key,
  after text not null default '',
  begun_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint rebuilds_end_after_they_begin check (ended_at >= begun_at)
);

create unique index rebuilds_open_key on sesame.rebuilds ((true)) where ended_at is null;

alter table sesame.rebuilds enable row level security;

comment on table sesame.rebuilds is
  'Every rebuild from Stripe''s objects. Only one is open at a time. Private: no policy, written by its RPCs '
  'only.';
comment on column sesame.rebuilds.after is 'The list and the last finished object of it. Empty: none yet.';

create function public.sesame_begin_rebuild(requested uuid)
returns table (run uuid, after text)
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- A rebuild that began long ago has missed later changes: end it, so that a new one starts at the beginning.
  update sesame.rebuilds set ended_at = now() where ended_at is null and begun_at < now() - interval '1 day';
  insert into sesame.rebuilds (run) values (requested) on conflict do nothing;
  return query
    select rebuild.run, case when rebuild.ended_at is null then rebuild.after end
    from sesame.rebuilds as rebuild
    where rebuild.run = requested or rebuild.ended_at is null
    order by rebuild.run = requested desc
    limit 1;
end
$$;

select sesame.revoke_default_grants('public.sesame_begin_rebuild');
grant execute on function public.sesame_begin_rebuild(uuid) to service_role;

comment on function public.sesame_begin_rebuild is
  'Begins the rebuild `requested`, or continues the open one of the last day. Answers its id and its position. Null '
  'position: the rebuild `requested` is done.';

create function public.sesame_keep_rebuild(run uuid, after text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  update sesame.rebuilds as rebuild
  set after = coalesce(sesame_keep_rebuild.after, rebuild.after),
      ended_at = case when sesame_keep_rebuild.after is null then now() end
  where rebuild.run = sesame_keep_rebuild.run and rebuild.ended_at is null;
end
$$;

select sesame.revoke_default_grants('public.sesame_keep_rebuild');
grant execute on function public.sesame_keep_rebuild(uuid, text) to service_role;

comment on function public.sesame_keep_rebuild is 'Saves the position of a rebuild. Null: it is done.';

-- chapter: 20261121006240_schedule_reconcile.sql

-- `reconcile` runs every fifteen minutes, where the database has pg_cron, pg_net and the vault. This chapter does not
-- turn them on: the operator decides that, and then calls schedule_reconcile().

create function sesame.call_reconcile() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_url text := (select decrypted_secret from vault.decrypted_secrets where name = 'sesame_url');
  v_key text := (select decrypted_secret from vault.decrypted_secrets where name = 'sesame_key');
begin
  if v_url is null or v_key is null then
    raise sqlstate 'SE040' using
      message = 'the vault does not say where reconcile is',
      hint = 'select vault.create_secret(''https://<ref>.supabase.co'', ''sesame_url''), '
        'vault.create_secret(''sb_secret_…'', ''sesame_key'');';
  end if;
  perform net.http_post(
    url := v_url || '/functions/v1/reconcile',
    headers := jsonb_build_object('content-type', 'application/json', 'apikey', v_key),
    body := '{}'::jsonb,
    timeout_milliseconds := 150000  -- as long as the platform lets it answer
  );
end
$$;

comment on function sesame.call_reconcile is 'The job of cron: it begins a round of reconcile. Raises SE040.';

create function sesame.schedule_reconcile() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null or to_regnamespace('net') is null
    or to_regclass('vault.decrypted_secrets') is null then
    raise notice 'reconcile is not scheduled: turn on pg_cron, pg_net and the vault, then '
      'select sesame.schedule_reconcile(); or let any other cron call it';
    return false;
  end if;
  perform cron.schedule('sesame-reconcile', '*/15 * * * *', 'select sesame.call_reconcile()');
  return true;
end
$$;

comment on function sesame.schedule_reconcile is
  'Schedules reconcile under the name sesame-reconcile. Several calls schedule it once. False: an extension is '
  'not on.';

select sesame.schedule_reconcile();

-- chapter: 20261121006300_unsold.sql

-- Sales that were paid for and open nothing. Not every sale is examined: sales with the same prices and the same
-- metadata meet the same obstacle, so each such basket is examined once.

create view sesame.paid_baskets as
select price_ids, module_ref, min(source_id) as source_id
from (
  select source_id, price_ids, module_ref from sesame.purchases where paid_at is not null
  union all
  select id, price_ids, sold_module_ref from sesame.sold_subscriptions where status in ('active', 'trialing', 'past_due')
) as paid
group by price_ids, module_ref;

comment on view sesame.paid_baskets is
  'Each combination of paid prices and metadata.module_id, once, with one of its sales.';

create view sesame.unsold as
select basket.source_id, obstacle.code, obstacle.price_id
from sesame.paid_baskets as basket
cross join lateral sesame.obstacles_to(basket.price_ids, basket.module_ref) as obstacle
-- Its lines are a pending fetch.
where obstacle.code <> 'line_items_unknown';

comment on view sesame.unsold is
  'Payments that open no module: the price or, if metadata names the module, a sale.';

create function sesame.has_been_settled(of_user uuid, price_ids text[], since timestamptz) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (
    select from public.module_prices as offer
    where offer.stripe_price_id = any (price_ids)
      and (
        exists (
          select from public.module_access as access
          where (access.user_id, access.module_id) = (of_user, offer.module_id)
            and sesame.is_open(access.is_active, access.expires_at)
        )
        or exists (
          select from sesame.manual_grants as held
          where (held.user_id, held.module_id) = (of_user, offer.module_id)
            and held.kind = 'grant' and held.created_at >= since
        )
      )
  );
end
$$;

comment on function sesame.has_been_settled is
  'Whether the buyer has a module of these prices open, or an operator has granted it since then.';

-- Few invoices pass the first check. Those are examined in the same way as in explain.
create view sesame.wasted_payments as
select sale.code, sale.source_id
from (
  select invoice.id, invoice.paid_at
  from sesame.invoices as invoice
  join sesame.subscriptions as ended
    on (ended.id, ended.account, ended.livemode) = (invoice.subscription_id, invoice.account, invoice.livemode)
  where invoice.status = 'paid' and invoice.amount_paid > 0 and invoice.paid_at > ended.ended_at
    and invoice.paid_at > now() - interval '90 days'
  union
  select invoice.id, invoice.paid_at
  from sesame.prices as price
  join sesame.invoice_lines as line
    on (line.price_id, line.account, line.livemode) = (price.id, price.account, price.livemode)
  join sesame.invoices as invoice
    on (invoice.id, invoice.account, invoice.livemode) = (line.invoice_id, line.account, line.livemode)
  where price.is_recurring and line.stands_alone and line.subscription_id is null
    and invoice.status = 'paid' and invoice.paid_at > now() - interval '90 days'
    and exists (select from public.module_prices as offer where offer.stripe_price_id = line.price_id)
) as invoice
cross join lateral (
  select distinct asked.code, asked.source_id
  from sesame.sales as asked
  where asked.source = 'invoice' and asked.source_id = invoice.id and asked.code in ('paid_after_end', 'price_recurs')
    and not sesame.has_been_settled(asked.user_id, asked.price_ids, invoice.paid_at)
  offset 0
) as sale;

comment on view sesame.wasted_payments is
  'Invoices of the last ninety days whose payment opens nothing: after the end of their subscription, or for a '
  'line that stands alone at a recurring price. A row is gone once the money is refunded, or the buyer has the '
  'module.';

create view sesame.unowned_grants as
select coalesce(buyer.code, 'buyer_unknown') as code, held.source_id
from (
  select
    source, source_id, account, livemode, waits_for,
    row_number() over (order by waits_for is not null, source_id) as place
  from sesame.grants
  where user_id is null and reason < 'denied'
) as held
-- If a site writes unreadable names into every sale, the first thousand are enough.
left join lateral (
  select found.code from sesame.buyers as found
  where held.waits_for is null and held.place <= 1000
    and (found.source, found.source_id, found.account, found.livemode)
      = (held.source, held.source_id, held.account, held.livemode)
  offset 0
) as buyer on true;

comment on view sesame.unowned_grants is
  'Grants that are paid for and have no owner: user_unreadable if the site wrote a name that is neither a uuid '
  'nor an address, else buyer_unknown.';

-- chapter: 20261121006320_examine.sql

-- The doctor's questions: where does access differ from its reasons, and what waits for an operator? Each answer is a
-- count with a few examples. No example names a person.

create view sesame.drifted_access as
select
  user_id, module_id,
  case
    when bool_or(is_open and is_decided) = bool_or(is_open and not is_decided) then 'access_stale'::sesame.code
    when bool_or(is_open and is_decided) then 'access_missing'
    else 'access_unpaid'
  end as code
from (
  select
    user_id, module_id, true as is_decided,
    sesame.is_open(is_active, expires_at) as is_open,
    row(is_active, expires_at, source_id, reason::text)::text as said
  from sesame.decided_access
  union all
  select
    user_id, module_id, false,
    sesame.is_open(is_active, expires_at),
    row(is_active, expires_at, metadata ->> 'source_id', metadata ->> 'reason')::text
  from public.module_access
) as either
group by user_id, module_id
having count(*) < 2 or min(said) <> max(said);

comment on view sesame.drifted_access is
  'Rows where module_access differs from decided_access. It is empty, unless a writer went past the fold. Cheap '
  'for a range of users.';

create view sesame.unfinished as
  select 'event_failed'::sesame.code as code, id as example
  from sesame.stripe_events where outcome = 'failed'
  union all
  select code, event_id from sesame.overdue_events()
  union all
  select detail::sesame.code, id
  from sesame.stripe_events
  where outcome = 'quarantined' and type <> 'sesame.doctor' and received_at > now() - interval '30 days'
  union all
  -- A missing object has a code of its own.
  select 'fetch_pending', object_id from sesame.pending_fetches where why <> 'never came'
  union all
  select 'subscription_missing', subscription_id from sesame.missing_subscriptions
  union all
  -- An id may be too long for an index.
  select code, left(coalesce(price_id, source_id), 600) from sesame.unsold
  union all
  select code, source_id from sesame.wasted_payments
  union all
  select code, source_id from sesame.unowned_grants
  union all
  select 'user_unknown', held.source_id
  from sesame.grants as held
  where held.user_id is not null and held.reason < 'denied'
    and not exists (select from auth.users where users.id = held.user_id);

comment on view sesame.unfinished is
  'Events and facts that have not had their effect, one row each, by the codes of the runbook. Cheap enough for '
  'a call every few minutes.';

-- Use look-ups by the given ids, whatever the statistics say.
create function sesame.parted_sources(first text, last text) returns table (kind text, id text)
language plpgsql stable set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_bitmapscan = off as $$
declare
  v_objects jsonb := (
    select jsonb_object_agg(given.kind, given.ids)
    from (
      select source.kind, jsonb_agg(distinct source.id) as ids
      from sesame.walked_sources as source
      where source.id between first and last
      group by source.kind
    ) as given
  );
begin
  return query
    with derived as materialized (
      select * from sesame.derive_grants(v_objects)
    ),
    held as materialized (
      select * from sesame.grants where source_id between first and last
    )
    select parted.source, parted.source_id
    from (
      (table derived except table held)
      union
      (table held except table derived)
    ) as parted
    group by 1, 2;
end
$$;

comment on function sesame.parted_sources is
  'Sources in this range of ids whose grants differ from derived_grants.';

create function sesame.drifted_members(first uuid, last uuid) returns table (user_id uuid, module_id bigint, code sesame.code)
language plpgsql stable set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off as $$
begin
  return query
    select drifted.user_id, drifted.module_id, drifted.code
    from sesame.drifted_access as drifted
    where drifted.user_id between first and last;
end
$$;

comment on function sesame.drifted_members is 'The rows of drifted_access for the users in this range.';

create function sesame.findings_of(part sesame.part) returns table (code sesame.code, example text)
language plpgsql stable set search_path = '' as $$
begin
  case part.stage
    when '' then
      return query
        table sesame.unfinished
        union all
        select overdue.code, overdue.id from sesame.overdue_objects() as overdue;
    when 'sources' then
      return query
        select 'grants_stale'::sesame.code, id from sesame.parted_sources(part.first, part.last)
        where sesame.is_all_folded();
    when 'tokens' then
      return query
        select 'token_waits'::sesame.code, token.id::text
        from public.access_tokens as token
        where token.id between part.first::uuid and part.last::uuid and token.created_by is null and token.is_active;
    else
      return query
        select drifted.code, drifted.user_id || ' ' || drifted.module_id
        from sesame.drifted_members(part.first::uuid, part.last::uuid) as drifted
        where sesame.is_all_folded();
  end case;
end
$$;

comment on function sesame.findings_of is
  'What an operator may have to look at in this part of the walk, one row each, by the codes of the runbook. The '
  'first part also holds what is unfinished, and objects that have waited too long to be derived. While a large change is folded part by part, access that differs is no '
  'finding: it only lags behind.';

create function public.sesame_examine(start text default '', most integer default 500, named integer default 5)
returns jsonb
language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  v_part sesame.part := sesame.part_of_walk(start, most);
begin
  return jsonb_build_object(
    'findings', (
      select coalesce(jsonb_agg(finding order by finding.code), '[]')
      from (
        select told.code, told.found, told.examples, (
          select jsonb_agg(sesame.known_of(told.code, example)) from unnest(told.examples[:5]) as example
        ) as known
        from (
          select of_part.code, count(*) as found, (array_agg(distinct of_part.example))[:named] as examples
          from sesame.findings_of(v_part) as of_part
          group by of_part.code
        ) as told
      ) as finding
    ),
    'walked', v_part.walked,
    'total', case when v_part.stage = '' then sesame.length_of_walk() end,
    'next', v_part.next,
    'clock', clock_timestamp()
  );
end
$$;

select sesame.revoke_default_grants('public.sesame_examine');
grant execute on function public.sesame_examine(text, integer, integer) to service_role;

comment on function public.sesame_examine is
  'What an operator may have to look at, in parts of most rows, each as of one instant. findings: each code of '
  'the runbook with its count and this number of examples. The first five examples have the values that their '
  'command needs. next: where the next part starts. total, at the start only: how many rows the walk holds. It '
  'also answers the database''s own clock. 22023: no such start.';

-- chapter: 20261121006330_refold.sql

-- How the doctor fixes access: it derives grants and access again, part by part. It checks each part without a lock.
-- It takes the lock only for rows that differ.

create function sesame.refold_sources(first text, last text) returns void
language plpgsql volatile set search_path = '' as $$
declare
  -- These purchases wait for addresses that members have verified: the fold claims them.
  v_claimable text[] := array(
    select member.address
    from sesame.find_members(array(
      select distinct waits_for from sesame.grants where source_id between first and last and waits_for is not null
    )) as member
  );
  v_parted jsonb := (
    select jsonb_object_agg(found.kind, found.ids)
    from (
      select parted.kind, jsonb_agg(parted.id) as ids
      from (
        select * from sesame.parted_sources(first, last)
        union
        select source, source_id from sesame.grants
        where source_id between first and last and waits_for = any (v_claimable)
      ) as parted
      group by parted.kind
    ) as found
  );
begin
  if v_parted is not null then
    perform sesame.lock_fold();
    perform sesame.fold_sources(v_parted);
  end if;
end
$$;

comment on function sesame.refold_sources is 'Folds the sources in this range of ids whose grants differ.';

create function sesame.refold_tokens(first uuid, last uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_paid uuid[] := array(
    select id from public.access_tokens where id between first and last and payment_id is not null
  );
  v_waiting uuid[] := array(
    select id from public.access_tokens where id between first and last and created_by is null
  );
begin
  if v_paid <> '{}' then
    perform sesame.lock_fold();
    perform sesame.fold_sources(jsonb_build_object('access_token', to_jsonb(v_paid)));
  end if;
  if v_waiting <> '{}' then
    perform sesame.claim_tokens_for_members(v_waiting);
  end if;
end
$$;

comment on function sesame.refold_tokens is
  'Blocks or frees the tokens in this range according to their payments. Gives waiting tokens to members that '
  'exist by now.';

create function sesame.refold_members(first uuid, last uuid) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_drifted uuid[] := array(select distinct user_id from sesame.drifted_members(first, last));
begin
  if v_drifted <> '{}' then
    perform sesame.lock_fold();
    perform sesame.project_access(v_drifted);
  end if;
end
$$;

comment on function sesame.refold_members is
  'Sets the access of the drifted users in this range to the decision of their sources.';

create function public.sesame_refold(start text default '', most integer default 500) returns jsonb
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'
-- As for process_stripe_events: use look-ups by the given ids.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_part sesame.part := sesame.part_of_walk(start, most);
  v_logged bigint := (select max(id) from sesame.access_log);
begin
  perform sesame.set_cause('operator: doctor: derived again');
  case v_part.stage
    when 'sources' then perform sesame.refold_sources(v_part.first, v_part.last);
    when 'tokens' then perform sesame.refold_tokens(v_part.first::uuid, v_part.last::uuid);
    when 'members' then perform sesame.refold_members(v_part.first::uuid, v_part.last::uuid);
    else null;  -- the first part only counts the rows
  end case;
  return jsonb_build_object(
    'changed', (select count(*) from sesame.access_log where id > coalesce(v_logged, 0) and at = now()),
    'walked', v_part.walked,
    'total', case when v_part.stage = '' then sesame.length_of_walk() end,
    'next', v_part.next
  );
end
$$;

select sesame.revoke_default_grants('public.sesame_refold');
grant execute on function public.sesame_refold(text, integer) to service_role;

comment on function public.sesame_refold is
  'Derives grants and access again from the facts, in parts of most rows. Each part is a transaction of its own. '
  'changed: how many accesses differed. next: where the next part starts. total, at the start only: how many '
  'rows the walk holds. After an interruption, begin again. 22023: no such start; 55P03: the fold is busy.';

-- chapter: 20261121006400_latencies.sql

-- How long functions take to answer, counted in buckets. Each worker counts for some seconds and then sends its
-- counts in one call, after its answers.

create table sesame.latencies (
  route text not null,
  day date not null,
  upper_ms integer not null,
  calls bigint not null,
  primary key (day, route, upper_ms),
  constraint latencies_calls_is_positive check (calls > 0),
  constraint latencies_upper_ms_is_a_bucket check (
    upper_ms in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 150000)
  )
);

alter table sesame.latencies enable row level security;

comment on table sesame.latencies is
  'Calls of a function''s route, by day (UTC) and by bucket of duration. Private: no policy, written by '
  'sesame_record_figures only.';
comment on column sesame.latencies.upper_ms is
  'The upper end of the bucket in milliseconds. The last bucket ends at the platform''s own limit.';

create function sesame.latency_quantile(of_route text, share numeric) returns integer
language plpgsql stable set search_path = '' as $$
begin
  return (
    select min(upper_ms)
    from (
      select
        upper_ms,
        sum(sum(calls)) over (order by upper_ms) as so_far,
        sum(sum(calls)) over () as total
      from sesame.latencies
      where route = of_route and day >= (now() at time zone 'utc')::date - 1
      group by upper_ms
    ) as buckets
    where so_far >= share * total
  );
end
$$;

comment on function sesame.latency_quantile is
  'A quantile of the calls of today and yesterday in milliseconds: the end of its bucket.';

create function sesame.latencies_now() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_object_agg(route, jsonb_build_object(
      'calls', calls,
      'p50', sesame.latency_quantile(route, 0.50),
      'p95', sesame.latency_quantile(route, 0.95),
      'p99', sesame.latency_quantile(route, 0.99)
    )), '{}')
    from (
      select route, sum(calls) as calls from sesame.latencies
      where day >= (now() at time zone 'utc')::date - 1
      group by route
    ) as routes
  );
end
$$;

comment on function sesame.latencies_now is 'Calls and quantiles of each route, today and yesterday (UTC).';

-- chapter: 20261121006410_deliveries.sql

-- The outcome of each request to stripe-webhook, counted. A refused request leaves no other trace: its sender is
-- unknown, so its content is not kept.

create type sesame.delivery_kind as enum (
  'accepted', 'failed', 'wrong_method', 'unsigned', 'malformed', 'out_of_time', 'no_match', 'too_large', 'too_slow',
  'not_json', 'not_an_event'
);

create type sesame.delivery_cause as enum (
  'unknown', 'wrong_secret', 'thin_secret', 'connect_secret', 'other_mode_secret', 'body_changed', 'clock'
);

create type sesame.delivery_outcome as enum ('accepted', 'failed', 'refused', 'unsigned');

create table sesame.deliveries (
  slot timestamptz not null,
  kind sesame.delivery_kind not null,
  cause sesame.delivery_cause not null default 'unknown',
  calls bigint not null,
  last_at timestamptz not null,
  outcome sesame.delivery_outcome not null generated always as (case
    when kind = 'accepted' then 'accepted'::sesame.delivery_outcome
    when kind = 'failed' then 'failed'
    when kind in ('wrong_method', 'unsigned', 'malformed') then 'unsigned'
    else 'refused'
  end) stored,
  primary key (slot, kind, cause),
  constraint deliveries_calls_is_positive check (calls > 0)
);

alter table sesame.deliveries enable row level security;

comment on table sesame.deliveries is
  'Requests to stripe-webhook by slots of ten minutes, by outcome and cause. No body, address or signature is '
  'kept. Private: no policy, written by sesame_record_figures only.';
comment on column sesame.deliveries.kind is
  'accepted: answered 2xx. failed: answered 5xx. All others were refused: wrong_method, unsigned (no signature '
  'header), malformed (the header is not a signature of Stripe''s), out_of_time, no_match, too_large, too_slow, '
  'not_json, not_an_event.';
comment on column sesame.deliveries.cause is
  'The probable cause. Only a few requests are examined. unknown: not examined, or no cause was found.';
comment on column sesame.deliveries.last_at is
  'When the last of these requests was recorded, some seconds after its answer.';
comment on column sesame.deliveries.outcome is
  'accepted, failed, refused (it had a signature), or unsigned (it had none, so Stripe did not send it).';

create function sesame.deliveries_of_day() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_counts jsonb;
begin
  select jsonb_build_object(
    'accepted', coalesce(sum(calls) filter (where outcome = 'accepted'), 0),
    'failed', coalesce(sum(calls) filter (where outcome = 'failed'), 0),
    'refused', coalesce(sum(calls) filter (where outcome = 'refused'), 0),
    'unsigned', coalesce(sum(calls) filter (where outcome = 'unsigned'), 0),
    'success_rate', round(
      coalesce(sum(calls) filter (where outcome = 'accepted'), 0) / sum(calls) filter (where outcome <> 'unsigned'), 4
    )
  )
  into v_counts
  from sesame.deliveries
  where slot > now() - interval '1 day';

  return v_counts || jsonb_build_object('refusals', (
    select coalesce(jsonb_agg(
      jsonb_build_object('kind', kind, 'signed', outcome = 'refused', 'calls', calls, 'cause', cause)
      order by outcome, calls desc, kind
    ), '[]')
    from (
      select
        kind, outcome, sum(calls) as calls,
        (array_agg(cause order by calls desc, cause) filter (where cause <> 'unknown'))[1] as cause
      from (
        select kind, outcome, cause, sum(calls) as calls
        from sesame.deliveries
        where slot > now() - interval '1 day' and outcome in ('refused', 'unsigned')
        group by kind, outcome, cause
      ) as causes
      group by kind, outcome
    ) as kinds
  ));
end
$$;

comment on function sesame.deliveries_of_day is
  'Deliveries of the last 24 hours by outcome. success_rate: the accepted share of all requests with a '
  'signature, null if there was none. refusals: each kind with its most frequent cause.';

-- chapter: 20261121006420_record_figures.sql

-- Figures that functions count in memory. Each worker counts for some seconds and then sends its counts in one call,
-- after its answers.

create function public.sesame_record_figures(figures jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- Some HTTP layers pass a JSON argument as a JSON string.
  if jsonb_typeof(figures) = 'string' then
    figures := (figures #>> '{}')::jsonb;
  end if;

  -- All workers use the same order, so that two of them never block each other.
  insert into sesame.latencies as held (route, day, upper_ms, calls)
  select route, (now() at time zone 'utc')::date, upper_ms, sum(calls)
  from jsonb_to_recordset(figures -> 'latencies') as counted (route text, upper_ms integer, calls bigint)
  group by route, upper_ms
  order by route, upper_ms
  on conflict (day, route, upper_ms) do update set calls = held.calls + excluded.calls;

  insert into sesame.deliveries as held (slot, kind, cause, calls, last_at)
  select date_bin('10 minutes', now(), '2000-01-01 00:00:00+00'), kind, coalesce(cause, 'unknown'), sum(calls), now()
  from jsonb_to_recordset(figures -> 'deliveries')
    as counted (kind sesame.delivery_kind, cause sesame.delivery_cause, calls bigint)
  group by kind, coalesce(cause, 'unknown')
  order by kind, coalesce(cause, 'unknown')
  on conflict (slot, kind, cause) do update
  set (calls, last_at) = (held.calls + excluded.calls, greatest(held.last_at, excluded.last_at));
end
$$;

select sesame.revoke_default_grants('public.sesame_record_figures');
grant execute on function public.sesame_record_figures(jsonb) to service_role;

comment on function public.sesame_record_figures is
  'Adds {latencies: [{route, upper_ms, calls}], deliveries: [{kind, cause, calls}]} to the counts of today and '
  'of the present ten minutes. 23514: no such bucket. 22P02: no such kind or cause.';

-- chapter: 20261121006430_inbox_size.sql

-- What the inbox takes on disk, by parts. Each part has its own remedy: see docs/operations.md.

create function sesame.inbox_size() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_inbox regclass := 'sesame.stripe_events';
  v_bodies regclass := (select nullif(reltoastrelid, 0) from pg_catalog.pg_class where oid = v_inbox);
  -- Counting a large table takes seconds. Postgres keeps an estimate; -1: it has none yet.
  v_events bigint := (select nullif(reltuples, -1) from pg_catalog.pg_class where oid = v_inbox);
begin
  return jsonb_build_object(
    'events', v_events,
    'bytes', pg_total_relation_size(v_inbox),
    'body_bytes', coalesce(pg_total_relation_size(v_bodies), 0),
    'row_bytes', pg_table_size(v_inbox) - coalesce(pg_total_relation_size(v_bodies), 0),
    'index_bytes', pg_indexes_size(v_inbox),
    'bytes_per_event', round(pg_total_relation_size(v_inbox) / nullif(v_events, 0)::numeric)
  );
end
$$;

comment on function sesame.inbox_size is
  'The inbox on disk: bytes, of which body_bytes (bodies outside the rows, until keep_bodies is over), row_bytes and '
  'index_bytes. events is an estimate, null before the first ANALYZE. It reads no row.';

-- chapter: 20261121006500_alerts.sql

-- Alerts: conditions that need an operator, each with its start and its end. A refresh compares them with the present
-- conditions.

create type sesame.severity as enum ('notice', 'warning', 'critical');

create table sesame.alert_kinds (
  kind text primary key,  -- not sesame.code: an upgrade adds codes, and a transaction cannot write those that it adds
  severity sesame.severity not null,
  patience interval not null,
  constraint alert_kinds_patience_is_not_negative check (patience >= interval '0')
);

alter table sesame.alert_kinds enable row level security;

comment on table sesame.alert_kinds is
  'The severity of each kind of alert, and how long it may resolve by itself before it is sent. Private: no '
  'policy, only its owner reads or changes it.';

insert into sesame.alert_kinds (kind, severity, patience) values
  ('webhook_silent', 'critical', '0'),
  ('webhook_refused', 'critical', '10 minutes'),
  ('webhook_refused_secret', 'critical', '10 minutes'),
  ('webhook_refused_endpoint', 'critical', '10 minutes'),
  ('webhook_refused_body', 'critical', '10 minutes'),
  ('webhook_refused_clock', 'critical', '10 minutes'),
  ('event_failed', 'critical', '10 minutes'),
  ('event_waiting', 'warning', '0'),
  ('fold_pending', 'warning', '0'),
  ('dispute_unanswered', 'critical', '0'),
  ('fraud_warning', 'warning', '0'),
  ('price_unmapped', 'warning', '0'),
  ('module_unknown', 'warning', '0'),
  ('wrong_mode', 'warning', '0'),
  ('foreign_account', 'warning', '0'),
  ('buyers_differ', 'warning', '0'),
  ('fetch_pending', 'warning', '1 hour'),
  ('subscription_missing', 'warning', '0'),
  ('price_recurs', 'warning', '0'),
  ('paid_after_end', 'warning', '0'),
  ('user_unreadable', 'warning', '0'),
  ('buyer_unknown', 'warning', '1 hour'),
  ('user_unknown', 'notice', '1 hour'),
  ('claim_refunded', 'notice', '0');

create table sesame.alerts (
  kind sesame.code not null,
  about text not null,
  severity sesame.severity not null,
  times integer not null default 1,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  raised_at timestamptz,
  told_at timestamptz,
  telling_until timestamptz,
  resolved_at timestamptz,
  dismissed_at timestamptz,
  dismissed_by text,
  dismissed_why text,
  primary key (kind, about),
  constraint alerts_times_is_positive check (times > 0),
  constraint alerts_last_seen_is_not_before_first check (last_seen >= first_seen),
  constraint alerts_told_were_raised check (told_at is null or raised_at is not null),
  constraint alerts_dismissal_is_complete
    check ((dismissed_at is null) = (dismissed_by is null) and (dismissed_at is null) = (dismissed_why is null)),
  constraint alerts_dismissal_says_by_whom_and_why check (dismissed_by <> '' and dismissed_why <> '')
);

alter table sesame.alerts enable row level security;

comment on table sesame.alerts is
  'What an operator has to look at, one row for each kind and object. Private: no policy, written by '
  'sesame_refresh_alerts, sesame_dismiss_alert, sesame_claim_alerts and sesame_confirm_alerts.';
comment on column sesame.alerts.about is
  'An id of Stripe''s or of ours, or a price. It is never a name or an address.';
comment on column sesame.alerts.times is 'How often it has started again after it was resolved.';
comment on column sesame.alerts.raised_at is
  'Null: the condition was seen, and may still resolve by itself (alert_kinds.patience).';
comment on column sesame.alerts.resolved_at is 'When a refresh no longer saw the condition.';
comment on column sesame.alerts.telling_until is
  'Until then a sender has claimed it and is sending it to ALERT_WEBHOOK_URL.';

create view sesame.open_alerts as
select kind, about, severity, times, first_seen, last_seen, raised_at
from sesame.alerts
where raised_at is not null and resolved_at is null and dismissed_at is null;

comment on view sesame.open_alerts is 'Alerts that are neither resolved nor dismissed.';

-- chapter: 20261121006510_webhook_health.sql

-- The health of the webhook in one answer: waiting events, failures, lag, and whether it is too quiet.
-- Long because the answer is one object.

-- These times only grow. So the index has a few pages for any number of rows, and costs little to write.
create index stripe_events_received_at_idx on sesame.stripe_events using brin (received_at);
create index access_log_at_idx on sesame.access_log using brin (at);

create view sesame.arrivals as
  select received_at from sesame.stripe_events
  where type <> 'sesame.doctor' and type not like '%.fetched';

comment on view sesame.arrivals is
  'When events of Stripe''s arrived. The doctor''s own event and objects that were read from Stripe do not count.';

create function sesame.usual_silence() returns interval
language plpgsql stable set search_path = '' as $$
begin
  -- Of the last week; what lies between the rarest one in a hundred is not unusual.
  return (
    select percentile_cont(0.99) within group (order by gap)
    from (
      select event.received_at - lag(event.received_at) over (order by event.received_at) as gap
      from sesame.arrivals as event
      where event.received_at > now() - interval '7 days'
      limit 100000
    ) as gaps
    where gap is not null
    having count(*) >= 20
  );
end
$$;

comment on function sesame.usual_silence is
  'The longest usual pause between two events. Null: there are too few events to say.';

create function sesame.last_arrival() returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (
    select max(event.received_at) from sesame.arrivals as event
    where event.received_at > now() - interval '30 days'
  );
end
$$;

comment on function sesame.last_arrival is 'When the last event came. Null: none for thirty days.';

create function sesame.is_silent(last_at timestamptz, usual interval) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return usual is not null and now() - last_at > greatest(3 * usual, interval '1 hour');
end
$$;

comment on function sesame.is_silent is
  'Whether no event has come for three times the usual silence, and for at least an hour.';

create function sesame.webhook_refusal()
returns table (code sesame.code, kind text, cause text, refused bigint, accepted bigint, last_at timestamptz)
language plpgsql stable set search_path = '' as $$
declare
  v_last timestamptz := sesame.last_arrival();
  -- Stripe tries for three days. If events are rare, all refusals since the last accepted delivery count.
  v_since timestamptz := greatest(
    least(now() - interval '1 hour', coalesce(v_last, '-infinity')), now() - interval '3 days'
  );
begin
  return query
    with counted as (
      select delivery.kind, delivery.cause, delivery.outcome, sum(delivery.calls) as calls,
        max(delivery.last_at) as last_at
      from sesame.deliveries as delivery
      where delivery.slot > v_since - interval '10 minutes' and delivery.last_at >= v_since
        and delivery.outcome in ('accepted', 'refused')
      group by delivery.kind, delivery.cause, delivery.outcome
    ),
    summed as (
      select
        coalesce(sum(counted.calls) filter (where outcome = 'refused'), 0)::bigint as refused,
        coalesce(sum(counted.calls) filter (where outcome = 'accepted'), 0)::bigint as accepted,
        max(counted.last_at) filter (where outcome = 'refused') as last_at
      from counted
    )
    select
      case
        when probable.cause = 'wrong_secret' then 'webhook_refused_secret'::sesame.code
        when probable.cause in ('thin_secret', 'connect_secret', 'other_mode_secret') then 'webhook_refused_endpoint'
        when probable.cause = 'body_changed' then 'webhook_refused_body'
        when probable.cause = 'clock' then 'webhook_refused_clock'
        else 'webhook_refused'
      end,
      probable.kind::text, nullif(probable.cause, 'unknown')::text, summed.refused, summed.accepted, summed.last_at
    from summed
    cross join lateral (
      select counted.kind, counted.cause
      from counted
      where counted.outcome = 'refused'
      order by counted.cause = 'unknown', counted.calls desc, counted.kind, counted.cause
      limit 1
    ) as probable
    -- At least a quarter is refused, and refusals still go on.
    where summed.refused >= 3 and 3 * summed.refused >= summed.accepted
      and (v_last is null or summed.last_at > v_last - interval '10 minutes');
end
$$;

comment on function sesame.webhook_refusal is
  'Why signed deliveries are refused. One row if at least three, and at least a quarter, of the deliveries of '
  'the last hour or since the last event were refused. code is that of the table of causes; kind and cause are '
  'the likeliest. No row: all is well.';

create function sesame.waiting_events_now() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'waiting', count(*),
      'oldest_waiting_at', min(event.received_at),
      'waiting_seconds', coalesce(extract(epoch from now() - min(event.received_at)), 0)
    )
    from sesame.stripe_events as event
    where event.outcome = 'received'
  );
end
$$;

comment on function sesame.waiting_events_now is
  'How many stored events wait for the fold, since when the oldest, and its age in seconds.';

create function public.sesame_webhook_health() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_last timestamptz := sesame.last_arrival();
  v_usual interval := sesame.usual_silence();
  v_oldest timestamptz := (select min(event.received_at) from sesame.stripe_events as event
    where event.outcome = 'failed');
  v_refusal jsonb := (select to_jsonb(refusal) from sesame.webhook_refusal() as refusal);
  v_day jsonb;
  v_troubles text[];
begin
  select jsonb_build_object(
    'events', count(*),
    'failed', count(*) filter (where event.outcome = 'failed'),
    'quarantined', count(*) filter (where event.outcome = 'quarantined'),
    'ignored', count(*) filter (where event.outcome = 'ignored'),
    'lag_p50', percentile_cont(0.50) within group (order by extract(epoch from event.received_at - event.created)),
    'lag_p95', percentile_cont(0.95) within group (order by extract(epoch from event.received_at - event.created)),
    'lag_p99', percentile_cont(0.99) within group (order by extract(epoch from event.received_at - event.created))
  )
  into v_day
  from sesame.stripe_events as event
  where event.received_at > now() - interval '1 day' and event.type not like '%.fetched';

  v_troubles := array_remove(array[
    case when v_oldest < now() - interval '10 minutes' then 'events_failed' end,
    case when exists (select from sesame.overdue_events()) then 'events_waiting' end,
    case when sesame.is_silent(v_last, v_usual) then 'silence' end,
    case when v_refusal is not null then 'refused' end
  ], null);
  return jsonb_build_object(
    'troubles', v_troubles,
    'last_event_at', v_last,
    'usual_silence_seconds', extract(epoch from v_usual),
    'oldest_failed_at', v_oldest,
    'backlog_seconds', coalesce(extract(epoch from now() - v_oldest), 0),
    'last_day', v_day,
    'deliveries', sesame.deliveries_of_day(),
    'refusal', v_refusal,
    'pending_reads', (select count(*) from sesame.pending_fetches),
    'purchases_without_buyer', (select count(*) from sesame.grants where user_id is null and reason < 'denied'),
    'tokens_without_owner', (select count(*) from public.access_tokens where created_by is null),
    'alerts', (
      select jsonb_object_agg(grade, (
        select count(*) from sesame.open_alerts as alert where alert.severity = grade
      ))
      from unnest(enum_range(null::sesame.severity)) as grade
    ),
    'latencies', sesame.latencies_now(),
    'inbox', sesame.inbox_size(),
    'unfolded', sesame.unfolded_now(),
    'events_by_hour', (
      select coalesce(jsonb_agg(hour order by hour ->> 'hour'), '[]')
      from (
        select jsonb_build_object(
          'hour', date_trunc('hour', event.received_at at time zone 'utc'),
          'events', count(*),
          'failed', count(*) filter (where event.outcome = 'failed')
        ) as hour
        from sesame.stripe_events as event
        where event.received_at > now() - interval '1 day'
        group by date_trunc('hour', event.received_at at time zone 'utc')
      ) as hours
    ),
    'access_by_day', (
      select coalesce(jsonb_agg(day order by day ->> 'day'), '[]')
      from (
        select jsonb_build_object(
          'day', (change.at at time zone 'utc')::date,
          'opened', count(*) filter (where change.is_active),
          'closed', count(*) filter (where change.is_active is not true)
        ) as day
        from sesame.access_log as change
        where change.at > now() - interval '30 days'
        group by (change.at at time zone 'utc')::date
      ) as days
    )
  ) || sesame.waiting_events_now();
end
$$;

select sesame.revoke_default_grants('public.sesame_webhook_health');
grant execute on function public.sesame_webhook_health() to service_role;

comment on function public.sesame_webhook_health is
  'The health of the webhook. troubles: events_failed (one has been failing for ten minutes), events_waiting (for five '
  'minutes), silence (three times the usual one) or refused (see refusal). For the last day: events by outcome, the lag '
  'in seconds from Stripe''s created to our commit, and deliveries with the success rate. Then: why signed deliveries '
  'are refused now, what waits, and open alerts by severity. Then: milliseconds of each route''s calls, events of '
  'each hour of a day, and opened and closed accesses of each of thirty days. inbox: its size on disk (see '
  'sesame.inbox_size). unfolded: what a large change left (see sesame.unfolded_now). Times are UTC.';

-- chapter: 20261121006520_refresh_alerts.sql

-- The present conditions. A refresh makes the alerts equal to them. It runs every few minutes, never from the
-- webhook.

create view sesame.concerns as
  select code as kind, example as about from sesame.unfinished
  union
  select 'webhook_silent', 'stripe-webhook'
  where sesame.is_silent(sesame.last_arrival(), sesame.usual_silence())
  union
  select code, 'stripe-webhook' from sesame.webhook_refusal()
  union
  -- One alert for thousands of objects.
  select code, 'sesame-fold' from sesame.overdue_objects()
  union
  -- The bank waits for an answer only a few days.
  select 'dispute_unanswered', id
  from sesame.disputes
  where status in ('warning_needs_response', 'needs_response', 'appeal_needs_response')
  union
  select 'fraud_warning', object_id
  from sesame.stripe_events
  where type = 'radar.early_fraud_warning.created' and received_at > now() - interval '30 days'
    and outcome <> 'quarantined' and object_id is not null
  union
  -- The site named two users in one purchase. The one in the session counts.
  select 'buyers_differ', session.id
  from sesame.checkout_sessions as session
  join sesame.payment_intents as payment
    on (payment.id, payment.account, payment.livemode) = (session.payment_intent_id, session.account, session.livemode)
  -- The same user may be written in several ways.
  where payment.user_ref <> session.user_ref
    and coalesce(sesame.as_uuid(payment.user_ref)::text, sesame.as_email(payment.user_ref), payment.user_ref)
      <> coalesce(sesame.as_uuid(session.user_ref)::text, sesame.as_email(session.user_ref), session.user_ref)
  union
  -- The holder of the link had the module, and the money was refunded to another person.
  select 'claim_refunded', claim.object_id
  from sesame.claims as claim
  join sesame.grants as held
    on (held.source_id, held.account, held.livemode) = (claim.object_id, claim.account, claim.livemode)
  where claim.way = 'link' and held.reason in ('refunded', 'disputed');

create index stripe_events_fraud_idx on sesame.stripe_events (received_at)
  where type = 'radar.early_fraud_warning.created';

comment on view sesame.concerns is 'Conditions that need an operator now, by kind and by object.';

create function public.sesame_refresh_alerts() returns integer
language plpgsql volatile security definer set search_path = '' set jit = off as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sesame.alerts', 0)) then
    return (select count(*) from sesame.open_alerts);  -- another refresh is running
  end if;

  insert into sesame.alerts as alert (kind, about, severity, first_seen, last_seen)
  select concern.kind, concern.about, coalesce(known.severity, 'warning'), v_now, v_now
  from sesame.concerns as concern
  left join sesame.alert_kinds as known on known.kind = concern.kind::text
  -- Alerts are raised even if the clock was set back.
  on conflict (kind, about) do update set
    (severity, last_seen) = (excluded.severity, greatest(excluded.last_seen, alert.first_seen));

  -- It was resolved and is seen again: it starts again.
  update sesame.alerts
  set (times, first_seen, raised_at, told_at, telling_until, resolved_at, dismissed_at, dismissed_by, dismissed_why)
    = (times + 1, v_now, null, null, null, null, null, null, null)
  where resolved_at is not null and last_seen = v_now;

  update sesame.alerts as alert
  set raised_at = v_now
  where alert.raised_at is null and alert.first_seen + coalesce(
    (select patience from sesame.alert_kinds as known where known.kind = alert.kind::text), interval '0'
  ) <= v_now;

  -- Resolve alerts that this refresh did not see; delete those that were never raised.
  delete from sesame.alerts where last_seen < v_now and raised_at is null;
  update sesame.alerts set resolved_at = v_now where last_seen < v_now and resolved_at is null;
  delete from sesame.alerts where resolved_at < v_now - interval '90 days';
  return (select count(*) from sesame.open_alerts);
end
$$;

select sesame.revoke_default_grants('public.sesame_refresh_alerts');
grant execute on function public.sesame_refresh_alerts() to service_role;

comment on function public.sesame_refresh_alerts is
  'Makes sesame.alerts equal to the present conditions. Answers how many are open. Two calls at once do no harm.';

create function public.sesame_open_alerts(most integer default 200)
returns table (
  kind text, about text, severity text, times integer, first_seen timestamptz, raised_at timestamptz, known jsonb
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      alert.kind::text, alert.about, alert.severity::text, alert.times, alert.first_seen, alert.raised_at,
      sesame.known_of(alert.kind, alert.about)
    from sesame.open_alerts as alert
    order by alert.severity desc, alert.raised_at desc, alert.kind, alert.about
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_open_alerts');
grant execute on function public.sesame_open_alerts(integer) to service_role;

comment on function public.sesame_open_alerts is
  'What an operator has to look at, the gravest and newest first. known: the values that the command of the fix '
  'needs.';

create function public.sesame_dismiss_alert(kind text, about text, actor text, why text) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  update sesame.alerts as alert
  set (dismissed_at, dismissed_by, dismissed_why) = (clock_timestamp(), actor, why)
  where (alert.kind::text, alert.about) = (sesame_dismiss_alert.kind, sesame_dismiss_alert.about)
    and alert.resolved_at is null and alert.dismissed_at is null;
  return found;
end
$$;

select sesame.revoke_default_grants('public.sesame_dismiss_alert');
grant execute on function public.sesame_dismiss_alert(text, text, text, text) to service_role;

comment on function public.sesame_dismiss_alert is
  'Dismisses an alert that needs no action. It comes back if it is resolved and starts again. False: none is '
  'open. 23514: actor or why is empty.';

-- chapter: 20261121006530_tell_alerts.sql

-- Alerts for ALERT_WEBHOOK_URL are claimed, sent and confirmed. If a sender fails in between, the next one takes its
-- alerts after two minutes. So each alert is sent at least once, always with the same id.

create function public.sesame_claim_alerts(most integer default 50)
returns table (id text, kind text, severity text, about text, times integer, first_seen timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
begin
  return query
    update sesame.alerts as alert
    set telling_until = clock_timestamp() + interval '2 minutes'
    from (
      select waiting.kind, waiting.about
      from sesame.alerts as waiting
      where waiting.raised_at is not null and waiting.told_at is null
        and waiting.resolved_at is null and waiting.dismissed_at is null
        and waiting.severity > 'notice'
        and (waiting.telling_until is null or waiting.telling_until < clock_timestamp())
      order by waiting.severity desc, waiting.raised_at
      limit most
      for update skip locked
    ) as taken
    where (alert.kind, alert.about) = (taken.kind, taken.about)
    returning
      sesame.alert_id(alert.kind::text, alert.about, alert.times), alert.kind::text, alert.severity::text, alert.about,
      alert.times, alert.first_seen;
end
$$;

select sesame.revoke_default_grants('public.sesame_claim_alerts');
grant execute on function public.sesame_claim_alerts(integer) to service_role;

comment on function public.sesame_claim_alerts is
  'Warnings and critical alerts that were not sent yet. They are held for the caller for two minutes.';

create function sesame.alert_id(kind text, about text, times integer) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return format('%s:%s:%s', kind, about, times);
end
$$;

comment on function sesame.alert_id is 'A new id each time that an alert starts.';

create function public.sesame_confirm_alerts(ids text[]) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  update sesame.alerts
  set told_at = clock_timestamp()
  where raised_at is not null and told_at is null and sesame.alert_id(kind::text, about, times) = any (ids);
end
$$;

select sesame.revoke_default_grants('public.sesame_confirm_alerts');
grant execute on function public.sesame_confirm_alerts(text[]) to service_role;

comment on function public.sesame_confirm_alerts is
  'Confirms that these alerts of sesame_claim_alerts have arrived. They are not sent again.';

-- chapter: 20261121006600_retention.sql

-- Retention: data from Stripe is kept as long as a customer or operator may need it, and no longer. Facts stay.

-- The body is emptied and the row stays: so a redelivery is still recognised.
create function sesame.empty_bodies(before timestamptz, most integer) returns bigint
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  v_emptied bigint;
begin
  update sesame.stripe_events set payload = ''
  where id = any (array(
      -- As stripe_events_bodies_idx says it: so this reads only what it empties.
      select id from sesame.stripe_events
      where payload <> '' and outcome in ('applied', 'ignored') and received_at < before
      order by received_at
      limit most
      for update skip locked  -- a call that holds one of them may wait for another, and an ignored event may fail now
    ));
  get diagnostics v_emptied = row_count;
  return v_emptied;
end
$$;

comment on function sesame.empty_bodies is
  'Empties the bodies of applied and ignored events that came before this, the oldest first. Answers how many.';

-- After that time no client sends a request again.
create function sesame.delete_requests(before timestamptz, most integer) returns bigint
language plpgsql volatile set search_path = '' set enable_seqscan = off as $$
declare
  v_deleted bigint;
begin
  delete from sesame.uses
  where ctid = any (array(select ctid from sesame.uses where used_at < before limit most));
  get diagnostics v_deleted = row_count;
  return v_deleted;
end
$$;

comment on function sesame.delete_requests is 'Deletes requests of modules that came before this. Answers how many.';

create function sesame.purge(older_than interval default null, most integer default 25000)
returns table (payloads bigint, requests bigint)
language plpgsql volatile set search_path = '' as $$
declare
  v_before timestamptz := now() - coalesce(older_than, interval '90 days');
  v_kept interval := (select keep_bodies from sesame.settings where settings.id);
begin
  if older_than < interval '30 days' then
    raise sqlstate 'SE009' using
      message = 'too young to be purged',
      detail = format('%s is less than 30 days', older_than),
      hint = 'An event of the last 30 days may still come from Stripe, and name what this would delete. Bodies may go '
        'earlier: update sesame.settings set keep_bodies = interval ''7 days'';';
  end if;

  payloads := sesame.empty_bodies(now() - least(older_than, v_kept), most);
  requests := sesame.delete_requests(v_before, most);

  -- A late event may still name the account. Its purchases and denials are kept for its return.
  delete from sesame.deleted_accounts as deleted
  where exists (select from sesame.erasures as erasure where erasure.user_id = deleted.user_id)
    or deleted.deleted_at < v_before
      and not exists (select from sesame.sources as held where held.user_id = deleted.user_id)
      and not exists (
        select from sesame.checkout_sessions as bought
        where bought.user_ref = deleted.user_id::text and bought.status = 'complete'
      )
      and not exists (select from sesame.subscriptions as bought where bought.user_ref = deleted.user_id::text);

  delete from sesame.latencies where day < v_before::date;
  delete from sesame.legacy_tokens where day < v_before::date;
  delete from sesame.deliveries where slot < v_before;
  return next;
end
$$;

comment on function sesame.purge is
  'Empties the bodies of applied and ignored events that are older than the setting keep_bodies, or than this if that '
  'is shorter. Deletes requests of modules, and deleted accounts without a purchase, that are older than this; null: 90 '
  'days. It never touches an event that waits, has failed or is quarantined. It handles at most this many of each and '
  'answers how many. Run it again until it answers 0. SE009: less than 30 days.';

-- chapter: 20261121006610_schedule_upkeep.sql

-- Alerts and retention run every five minutes, and the fold of what still waits every minute, where the project has
-- pg_cron. This chapter does not turn it on: the operator decides that, and then calls schedule_upkeep().

create function sesame.schedule_upkeep() returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is null then
    raise notice 'alerts and retention are not scheduled: turn on pg_cron, then select sesame.schedule_upkeep(); '
      'or let any other cron call sesame_refresh_alerts(), sesame.purge() and sesame.fold_for_a_while()';
    return false;
  end if;
  perform cron.schedule('sesame-alerts', '*/5 * * * *', 'select public.sesame_refresh_alerts()');
  -- Each run is one short transaction, and the next one continues. Together the runs of a day can empty seven million
  -- bodies. A run that finds nothing reads nothing.
  perform cron.schedule('sesame-purge', '2-59/5 * * * *', 'select sesame.purge()');
  -- A fold that takes longer than a delivery may is cancelled, and its event fails as in a delivery.
  perform cron.schedule(
    'sesame-fold', '* * * * *', $job$set statement_timeout = '8s'; select sesame.fold_for_a_while()$job$);
  return true;
end
$$;

comment on function sesame.schedule_upkeep is
  'Schedules alerts, retention and the fold of what waits under the names sesame-alerts, sesame-purge and sesame-fold. '
  'Several calls schedule them once. False: pg_cron is not on.';

select sesame.schedule_upkeep();

-- chapter: 20261121007000_old_rows.sql

-- Moving in, 1: reading the rows of an old database's tables, with any names of their columns.

-- A schema with this name may be the project's own: then it is not read.
create function sesame.legacy_schema() returns regnamespace
language plpgsql stable set search_path = '' as $$
begin
  return (
    select oid from pg_catalog.pg_namespace
    where nspname = 'legacy' and obj_description(oid, 'pg_namespace') like '%sesame.move_in = %'
  );
end
$$;

comment on function sesame.legacy_schema is
  'Schema legacy, if the first chapter moved old tables to it and noted so in its comment; else null.';

create function sesame.has_unique_ids(of_table regclass) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  -- For a table in parts, or with children, no index says so.
  return exists (
    select from pg_catalog.pg_class as relation
    join pg_catalog.pg_attribute as id on id.attrelid = relation.oid and id.attname = 'id'
    join pg_catalog.pg_index as index on index.indrelid = relation.oid
    where relation.oid = of_table and relation.relkind = 'r'
      and not exists (select from pg_catalog.pg_inherits where inhparent = relation.oid)
      and index.indisunique and index.indisvalid and index.indpred is null
      and index.indnkeyatts = 1 and index.indkey[0] = id.attnum
  );
end
$$;

create function sesame.means_usage(name text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.bare_name(name)
    ~ '^((current|nb|total|times)?(usage|use|used|uses|usages)(s?count(er)?)?|(nb)?utilisations?)$';
end
$$;

create function sesame.means_limit(name text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.bare_name(name) ~ '^(max(usages?|uses?)|(usage|use)s?limit)$';
end
$$;

-- An old table may have any columns beside the few that count, and those in any type. These few are read as JSON.
-- Times without a zone are read as UTC.
create function sesame.old_columns_read(of_table regclass) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    select concat_ws(', ',
      string_agg(format('old.%I', name), ', ') filter (where name in (
        'id', 'slug', 'name', 'title', 'description', 'is_free', 'is_active', 'created_at',
        'created_by', 'user_id', 'module_id', 'access_type', 'access_level', 'token_id', 'expires_at'
      )),
      'greatest(' || string_agg(format('sesame.as_count(old.%I::text)', name), ', ')
        filter (where sesame.means_usage(name)) || ') as used',
      'greatest(' || string_agg(format('sesame.as_count(old.%I::text)', name), ', ')
        filter (where sesame.means_limit(name)) || ') as most',
      max(metadata) || ' as metadata',
      -- Most metadata is empty and names no object.
      format(
        case when bool_or(sesame.means_payment(name)) then '%1$s' else 'case when %2$s <> ''{}'' then %1$s end' end || ' as paid_by',
        format(
          'sesame.payment_named(jsonb_strip_nulls(jsonb_build_object(%s)), %s)',
          string_agg(format('%L, old.%I::text', name, name), ', ') filter (where sesame.means_payment(name)),
          coalesce(max(metadata), 'null::jsonb')
        ),
        coalesce(max(metadata), 'null::jsonb')
      )
    )
    from (
      select
        attname::text as name,
        case
          when attname <> 'metadata' then null
          when atttypid = 'jsonb'::regtype then 'old.metadata'
          else 'sesame.as_json(old.metadata::text)'
        end as metadata
      from pg_catalog.pg_attribute
      where attrelid = of_table and attnum > 0 and not attisdropped
    ) as old
  );
end
$$;

comment on function sesame.old_columns_read is
  'The select list that reads a row of an old table: the columns that we know, how often it was used (used) and '
  'may be used (most), and the payment behind it (paid_by). The old columns may have several names.';

create function sesame.old_rows_query(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns text
language plpgsql stable set search_path = '' as $$
declare
  v_table regclass := to_regclass(sesame.legacy_schema() || '.' || quote_ident(of_table));
  v_from text := format(
    'from %s as old cross join lateral (select %s) as said', v_table, sesame.old_columns_read(v_table)
  );
begin
  if v_table is null then
    return null;
  elsif sesame.has_unique_ids(v_table) then
    return format(
      'select old.id::text as key, to_jsonb(said) as old, old as row %s where old.ctid >= %L and old.ctid < %L',
      v_from, format('(%s,0)', from_block), format('(%s,0)', to_block)
    );
  elsif from_block = 0 then
    -- All of it belongs to the first part: of several rows of one id each is known by all that it says.
    return format(
      $q$ select
            old ->> 'id' || case
              when count(*) over (partition by old ->> 'id') > 1 then ' ' || md5(old::text)
              else ''
            end as key,
            old, row
          from (select to_jsonb(said) as old, old as row %s) as rows $q$,
      v_from
    );
  end if;
  return null;
end
$$;

comment on function sesame.old_rows_query is
  'A query for the rows of a table in schema legacy, in these blocks: the known columns of each as JSON, the row '
  'itself, and a key. The key is the row''s id, unless another row has the same id. Null: there are no rows to '
  'read.';

create function sesame.old_rows(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns table (key text, old jsonb)
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
  v_query text := sesame.old_rows_query(of_table, from_block, to_block);
begin
  if v_query is not null then
    return query execute format('select key, old from (%s) as rows', v_query);
  end if;
end
$$;

comment on function sesame.old_rows is
  'The rows of a table in schema legacy, in these blocks, as JSON, each with its key.';

-- chapter: 20261121007010_old_columns.sql

-- Moving in, 2: columns of old tables that our tables lack are carried over (chapter carried_columns).

-- Old policies are not carried over. No role may read more than before: so a column is readable by the roles to which
-- the old table showed it. Our tables show members their own rows, whatever an old policy said. Every user sees all
-- modules. So for modules an old policy that depends on the caller counts as showing nothing.
create function sesame.old_readers(of_table text, of_column text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select role.name
    from unnest(case when of_table = 'modules' then '{anon,authenticated}' else '{authenticated}' end::text[]) as role (name)
    join pg_catalog.pg_class as old on old.oid = to_regclass(sesame.legacy_schema() || '.' || quote_ident(of_table))
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = old.oid and attribute.attname = of_column
    where has_column_privilege(role.name, old.oid, attribute.attnum, 'select')
      and (
        not old.relrowsecurity
        or exists (
          select from pg_catalog.pg_policy as policy
          where policy.polrelid = old.oid and policy.polpermissive and policy.polcmd in ('r', '*')
            and policy.polroles && array[0::oid, to_regrole(role.name)::oid]
            and (of_table <> 'modules'
              or pg_get_expr(policy.polqual, policy.polrelid) !~* '\m(select|current_setting|current_user|session_user)\M|\.\w+"?\(')
        )
      )
  );
end
$$;

comment on function sesame.old_readers is
  'Which of the roles anon and authenticated could read a column of an old table.';

create function sesame.type_with_nulls(of_type oid, modifier integer) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_type text := format_type(of_type, modifier);
begin
  execute format('select null::%s', v_type);
  return v_type;
exception when not_null_violation or check_violation then
  -- The domain does not allow null, and our rows have no value for it. So the column gets the type below the domain.
  return (
    select sesame.type_with_nulls(domain.typbasetype, domain.typtypmod)
    from pg_catalog.pg_type as domain where domain.oid = of_type
  );
end
$$;

create function sesame.old_columns()
returns table (of_table text, name text, place smallint, type text, default_value text, state text, why text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      old.of_table, attribute.attname::text, attribute.attnum,
      case when not is_ours and not is_stuck then
        sesame.type_with_nulls(attribute.atttypid, attribute.atttypmod) || coalesce(
          (select format(' collate %I.%I', collnamespace::regnamespace, collname) from pg_catalog.pg_collation
           where oid = attribute.attcollation and attribute.attcollation <> type.typcollation),
          ''
        )
      end,
      case when not loses_default then pg_get_expr(preset.adbin, preset.adrelid) end,
      case
        when is_ours and is_read then 'is read'
        when is_ours or is_stuck then 'is left'
        when exists (select from sesame.carried_columns as known where (known.of_table, known.name) = (old.of_table, attribute.attname))
          then 'is carried'
        else 'is to be carried'
      end,
      case
        when is_ours and is_read then null
        when is_ours then 'a column of ours has its name and another meaning'
        when is_stuck then 'its type is that of a table that stepped aside'
        else nullif(concat_ws(', ',
          case when is_generated then 'as a plain column' end,
          case when loses_default then 'without its default' end,
          case when (select typtype = 'd' from pg_catalog.pg_type where oid = attribute.atttypid)
            and sesame.type_with_nulls(attribute.atttypid, attribute.atttypmod) <> format_type(attribute.atttypid, attribute.atttypmod)
            then 'without its domain' end,
          case when sesame.means_usage(attribute.attname) and old.of_table = 'access_tokens'
            then 'its count is usage_count from now on' end,
          case when sesame.old_readers(old.of_table, attribute.attname) = '{}' then 'for the secret key alone' end
        ), '')
      end
    from unnest('{modules,access_tokens,module_access}'::text[]) as old (of_table)
    join pg_catalog.pg_attribute as attribute
      on attribute.attrelid = to_regclass(sesame.legacy_schema() || '.' || quote_ident(old.of_table))
      and attribute.attnum > 0 and not attribute.attisdropped
    join pg_catalog.pg_type as type on type.oid = attribute.atttypid
    left join pg_catalog.pg_type as element on element.oid = type.typelem and type.typcategory = 'A'
    left join pg_catalog.pg_attrdef as preset
      on preset.adrelid = attribute.attrelid and preset.adnum = attribute.attnum and attribute.attgenerated = ''
    cross join lateral (
      select
        exists (
          select from pg_catalog.pg_attribute as ours
          where ours.attrelid = to_regclass('public.' || quote_ident(old.of_table)) and ours.attname = attribute.attname
            and not exists (
              select from sesame.carried_columns as known
              where (known.of_table, known.name) = (old.of_table, attribute.attname)
            )
        ) as is_ours,
        attribute.attname = any (case old.of_table
          when 'modules' then '{id,slug,title,description,is_free,is_active,metadata,created_at}'
          when 'access_tokens' then '{id,created_by,module_id,access_level,expires_at,max_usage,usage_count,is_active,payment_id,metadata,created_at}'
          else '{id,user_id,module_id,access_type,token_id,expires_at,is_active,metadata,created_at}'
        end::name[]) as is_read,
        sesame.legacy_schema() in (type.typnamespace, coalesce(element.typnamespace, type.typnamespace)) as is_stuck,
        attribute.attgenerated <> '' or attribute.attidentity <> '' as is_generated,
        -- The default needs a sequence or a function that stepped aside with the old tables.
        exists (
          select from pg_catalog.pg_depend as needed
          left join pg_catalog.pg_class as relation on needed.refclassid = 'pg_catalog.pg_class'::regclass
            and relation.oid = needed.refobjid and relation.oid <> attribute.attrelid
          left join pg_catalog.pg_proc as routine on needed.refclassid = 'pg_catalog.pg_proc'::regclass
            and routine.oid = needed.refobjid
          where needed.classid = 'pg_catalog.pg_attrdef'::regclass and needed.objid = preset.oid
            and sesame.legacy_schema() in (relation.relnamespace, routine.pronamespace)
        ) as loses_default
    ) as about
    order by old.of_table, attribute.attnum;
end
$$;

comment on function sesame.old_columns is
  'The state of each column of the old tables: is read (as a column of ours), is to be carried, is carried, or '
  'is left in schema legacy, with the reason. Also the type and default that it gets here.';

create function sesame.carry_columns() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_old record;
  v_readers text[];
  v_role text;
begin
  for v_old in
    select * from sesame.old_columns() as old where old.state = 'is to be carried' order by old.of_table, old.place
  loop
    execute format('alter table public.%I add column %I %s%s', v_old.of_table, v_old.name, v_old.type,
      ' default ' || v_old.default_value);
    execute format('comment on column public.%I.%I is %L', v_old.of_table, v_old.name, coalesce(
      col_description(to_regclass('legacy.' || quote_ident(v_old.of_table)), v_old.place),
      'From the site''s own table, before Sesame. Sesame neither reads nor writes it.'
    ));
    v_readers := sesame.old_readers(v_old.of_table, v_old.name);
    foreach v_role in array v_readers loop
      execute format('grant select (%I) on public.%I to %I', v_old.name, v_old.of_table, v_role);
    end loop;
    if v_old.of_table <> 'modules' then
      execute format('grant insert (%1$I), update (%1$I) on public.%2$I to service_role', v_old.name, v_old.of_table);
    end if;
    if v_old.of_table = 'module_access' then
      execute format('alter table sesame.carried_access add column %I %s', v_old.name, v_old.type);
    end if;
    insert into sesame.carried_columns (of_table, name, readers) values (v_old.of_table, v_old.name, v_readers);
  end loop;
end
$$;

comment on function sesame.carry_columns is
  'Adds to our tables the columns of the old tables that they lack. They are nullable, and readable by the roles '
  'that could read them before. A second call adds only new ones.';

create function sesame.carry_into_modules(module_ids bigint[]) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_columns text := sesame.carried_list('modules', '%1$I = (old.row).%1$I');
begin
  if v_columns <> '' and module_ids <> '{}' then
    execute format($q$
      update public.modules as module set %s
      from (select distinct on (old ->> 'id') old ->> 'id' as id, row from (%s) as rows order by old ->> 'id') as old
      join sesame.moved_modules as moved on moved.old_id = old.id
      where module.id = moved.module_id and module.id = any ($1)
    $q$, substr(v_columns, 3), sesame.old_rows_query('modules'))
    using module_ids;
  end if;
end
$$;

-- chapter: 20261121007020_moved_modules.sql

-- Moving in, 3: the modules of an old database are brought across with their ids.

create function sesame.slug_of(written text, id text) returns text
language plpgsql immutable set search_path = '' as $$
declare
  v_slug text := btrim(regexp_replace(lower(coalesce(written, '')), '[^a-z0-9]+', '-', 'g'), '-');
begin
  return case
    when v_slug ~ '^[a-z]' then v_slug
    else rtrim('module-' || coalesce(nullif(v_slug, ''), regexp_replace(lower(id), '[^a-z0-9]+', '-', 'g')), '-')
  end;
end
$$;

create function sesame.free_slug(written text, id text) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_wanted text := sesame.slug_of(written, id);
  v_slug text := v_wanted;
  v_others integer := 0;
begin
  while exists (select from public.modules where slug = v_slug) loop
    v_slug := sesame.slug_of(concat_ws('-', v_wanted, id, nullif(v_others, 0)), id);
    v_others := v_others + 1;
  end loop;
  return v_slug;
end
$$;

create function sesame.move_modules_in() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_ids regclass := pg_get_serial_sequence('public.modules', 'id');
  v_old jsonb;
  v_id bigint;
  v_slug text;
  v_ids_moved bigint[] := '{}';
begin
  -- One by one: there are few, and a slug depends on those before it. If several rows have one id, the first counts.
  for v_old in
    select distinct on (length(old ->> 'id'), old ->> 'id') old
    from sesame.old_rows('modules')
    where old ->> 'id' is not null
      and not exists (select from sesame.moved_modules where old_id = old ->> 'id')
    order by length(old ->> 'id'), old ->> 'id'
  loop
    v_slug := sesame.free_slug(coalesce(v_old ->> 'slug', v_old ->> 'name', v_old ->> 'title'), v_old ->> 'id');
    insert into public.modules (id, slug, title, description, is_free, is_active, metadata, created_at)
    overriding system value
    values (
      case
        when v_old ->> 'id' ~ '^[1-9][0-9]{0,17}$'
          and not exists (select from public.modules where id = (v_old ->> 'id')::bigint)
        then (v_old ->> 'id')::bigint
        else nextval(v_ids)
      end,
      v_slug,
      coalesce(v_old ->> 'title', v_old ->> 'name', v_slug),
      v_old ->> 'description',
      coalesce(sesame.as_flag(v_old ->> 'is_free'), false),
      coalesce(sesame.as_flag(v_old ->> 'is_active'), true),
      -- Every user may read the catalogue.
      case
        when jsonb_typeof(v_old -> 'metadata') = 'object' and 'anon' = any (sesame.old_readers('modules', 'metadata'))
        then v_old -> 'metadata'
        else '{}'
      end,
      coalesce(nullif(nullif(sesame.as_time(v_old ->> 'created_at'), 'infinity'), '-infinity'), now())
    )
    returning id into v_id;
    insert into sesame.moved_modules (old_id, module_id) values (v_old ->> 'id', v_id);
    v_ids_moved := v_ids_moved || v_id;
    -- Never back: a number that a later module had may be in what was sold.
    perform setval(v_ids, greatest(pg_sequence_last_value(v_ids), (select max(id) from public.modules)));
  end loop;
  perform sesame.carry_into_modules(v_ids_moved);
end
$$;

comment on function sesame.move_modules_in is
  'Brings the modules of an old database across. A second call brings only new ones.';

-- chapter: 20261121007030_written_modules.sql

-- The site's own code may add modules: it knows names and titles, and no slugs.

create function sesame.tg_complete_module() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- An old site's tables have a column name instead of our title.
  new.title := coalesce(new.title, to_jsonb(new) ->> 'name', new.slug);
  if new.title is not null then
    new.slug := coalesce(new.slug, sesame.free_slug(new.title, new.id::text));
  end if;
  return new;
end
$$;

comment on function sesame.tg_complete_module is
  'A module without a title gets the site''s column name, or its slug, as its title. A module without a slug '
  'gets one made of its title.';

create trigger modules_complete
  before insert on public.modules
  for each row
  when (new.title is null or new.slug is null)
  execute function sesame.tg_complete_module();

-- chapter: 20261121007040_old_tokens.sql

-- Moving in, 4: tokens and access of an old database, read as tokens of ours.

create type sesame.old_token as (
  id uuid, created_by uuid, user_ref text, module_id bigint, access_type text, access_level text,
  expires_at timestamptz, max_usage integer, usage_count integer, is_active boolean, payment_id text,
  metadata jsonb, created_at timestamptz, problem text
);

comment on type sesame.old_token is
  'A row of legacy.access_tokens or legacy.module_access as it is brought across. problem: why it cannot be.';

create function sesame.read_old_tokens(of_table text, from_block bigint default 0, to_block bigint default 4294967295)
returns setof sesame.old_token
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
begin
  return query
    select
      -- An access never keeps its id: a token may have the same.
      case
        when of_table = 'access_tokens' then sesame.old_token_id(old.key)
        else md5(of_table || ':' || old.key)::uuid
      end,
      coalesce(old.owner_id, member.id),
      case when old.owner_id is null then old.owner end,
      coalesce(moved.module_id, module.id),
      case
        when of_table = 'access_tokens' then 'token'
        when old.type in ('purchase', 'subscription', 'manual', 'token', 'free') then old.type
        else 'manual'
      end,
      old.level,
      -- Null stands for ever here.
      nullif(old.ends, 'infinity'),
      old.most,
      greatest(0, least(old.most, coalesce(old.used, 0))),
      -- A missing column means nothing. An empty one means that the row never opened a module.
      coalesce(sesame.as_flag(old.active), not old.row ? 'is_active'),
      old.paid_by,
      -- Other data of an access stays with the access (carry_into_access).
      case when of_table = 'access_tokens' then old.said else '{}' end
        || jsonb_build_object('legacy', jsonb_build_object('table', of_table, 'id', old.key)),
      coalesce(sesame.as_time(old.began), now()),
      case
        when old.key is null then 'it has no id'
        when old.owner is null then 'it names no owner'
        when coalesce(moved.module_id, module.id) is null then 'its module does not exist'
        when old.ends is null and old.row ->> 'expires_at' is not null then 'its end is no time'
      end
    from (
      select
        old as row, key, old ->> 'module_id' as module_ref, named.owner,
        sesame.as_uuid(named.owner) as owner_id,
        old ->> 'access_type' as type, coalesce(old ->> 'access_level', 'standard') as level,
        sesame.as_time(old ->> 'expires_at') as ends, old ->> 'created_at' as began, old ->> 'is_active' as active,
        nullif((old ->> 'most')::integer, 0) as most, (old ->> 'used')::integer as used, old ->> 'paid_by' as paid_by,
        case when jsonb_typeof(old -> 'metadata') = 'object' then old -> 'metadata' else '{}' end as said
      from sesame.old_rows(of_table, from_block, to_block)
      cross join lateral (
        -- The owner of a token is its creator. The owner of an access is its user: another user may have created it.
        select case
          when of_table = 'module_access' then nullif(btrim(old ->> 'user_id'), '')
          else coalesce(nullif(btrim(old ->> 'created_by'), ''), nullif(btrim(old ->> 'user_id'), ''))
        end as owner
      ) as named
      offset 0  -- there may be a million rows: each text is read once, however often its value is used
    ) as old
    left join sesame.moved_modules as moved on moved.old_id = old.module_ref
    -- If old modules were brought across, an unknown old number never means a module added since.
    left join public.modules as module on moved.old_id is null
      and (module.slug = old.module_ref or module.id::text = old.module_ref and to_regclass('legacy.modules') is null)
    left join sesame.verified_users as member on member.email = case
      when old.owner_id is null then sesame.tidy_email(old.owner)
    end;
end
$$;

comment on function sesame.read_old_tokens is
  'Old rows of these blocks as tokens of ours. Owners are uuids or addresses. Times are UTC.';

-- chapter: 20261121007050_moved_keys.sql

-- Moving in, 5: foreign keys of the site's own tables that pointed at old modules or tokens. They are changed to
-- point at ours, if every row that they name is here under its old id.

create table sesame.moved_keys (
  of_table text not null,
  name text not null,
  definition text not null,
  why text,
  primary key (of_table, name)
);

alter table sesame.moved_keys enable row level security;

comment on table sesame.moved_keys is
  'Foreign keys that pointed at tables in schema legacy, with their old definitions. Private: no policy, written '
  'by move_keys only.';
comment on column sesame.moved_keys.why is 'Why it still points there. Null: it points at ours.';

create function sesame.old_keys() returns table (id oid, of_table text, name text, target text, definition text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select con.oid, con.conrelid::regclass::text, con.conname::text, target.relname::text, pg_get_constraintdef(con.oid)
    from pg_catalog.pg_constraint as con
    join pg_catalog.pg_class as target on target.oid = con.confrelid
    join pg_catalog.pg_class as source on source.oid = con.conrelid
    where con.contype = 'f' and con.conparentid = 0
      and target.relnamespace = sesame.legacy_schema() and source.relnamespace <> target.relnamespace;
end
$$;

comment on function sesame.old_keys is 'Foreign keys of the site''s own tables that point at tables in schema legacy.';

create function sesame.move_key(of_table text, name text, definition text) returns text
language plpgsql volatile set search_path = '' set lock_timeout = '5s' as $$
begin
  execute format('alter table %s drop constraint %I', of_table, name);
  execute format('alter table %s add constraint %I %s', of_table, name, definition);
  return null;
exception
  when foreign_key_violation then
    return 'some of its rows name what did not come';
  when datatype_mismatch then
    return 'its column is of another type than ours';
  when undefined_column or invalid_foreign_key then
    return 'ours has no such key';
  when insufficient_privilege then
    return 'its table belongs to another role';
  when lock_not_available then
    return 'its table was busy: run the backfill again';
end
$$;

comment on function sesame.move_key is
  'Replaces a foreign key by one with the same name, or leaves it and answers why.';

create function sesame.move_keys() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_key record;
  v_new text;
  v_why text;
begin
  for v_key in select * from sesame.old_keys() as old order by old.of_table, old.name loop
    v_new := replace(v_key.definition, ' REFERENCES legacy.', ' REFERENCES public.');
    v_why := case
      when v_key.target not in ('modules', 'access_tokens') then 'a row of ' || v_key.target || ' comes and goes with what pays for it'
      when v_key.target = 'modules' and exists (select from sesame.moved_modules where old_id <> module_id::text)
        then 'some modules have another id here'
      else sesame.move_key(v_key.of_table, v_key.name, replace(v_new, ' NOT VALID', ''))
    end;
    -- Some of its rows named missing rows before, too.
    if v_why = 'some of its rows name what did not come' and v_new like '% NOT VALID' then
      v_why := sesame.move_key(v_key.of_table, v_key.name, v_new);
    end if;
    insert into sesame.moved_keys (of_table, name, definition, why)
    values (v_key.of_table, v_key.name, v_key.definition, v_why)
    on conflict on constraint moved_keys_pkey do update set (definition, why) = (excluded.definition, excluded.why);
  end loop;
end
$$;

comment on function sesame.move_keys is
  'Points foreign keys of the site''s own tables at ours, if that is true for all their rows. A second call '
  'tries the others again.';

-- A view or a policy keeps using the table or function that it was made for, even after a move.
create function sesame.readers_of(of_schema regnamespace) returns table (target text, reader text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select distinct target.name, reader.name
    from (
      select 'pg_catalog.pg_class'::regclass as kind, oid, format('%s.%I', of_schema, relname) as name
      from pg_catalog.pg_class where relnamespace = of_schema
      union all
      select 'pg_catalog.pg_proc'::regclass, oid, oid::regprocedure::text
      from pg_catalog.pg_proc where pronamespace = of_schema
    ) as target
    join pg_catalog.pg_depend as needed on needed.refclassid = target.kind and needed.refobjid = target.oid
    cross join lateral (
      select 'view ' || ev_class::regclass as name, ev_class as of_relation
      from pg_catalog.pg_rewrite
      where needed.classid = 'pg_catalog.pg_rewrite'::regclass and oid = needed.objid
      union all
      select format('policy %I on %s', polname, polrelid::regclass), polrelid
      from pg_catalog.pg_policy
      where needed.classid = 'pg_catalog.pg_policy'::regclass and oid = needed.objid
    ) as reader
    join pg_catalog.pg_class as source on source.oid = reader.of_relation
      and source.relnamespace not in (of_schema, 'sesame'::regnamespace)
    order by 1, 2;
end
$$;

comment on function sesame.readers_of is
  'Views and policies of the site''s own that read a table of this schema or call a function of it.';

-- chapter: 20261121007060_move_tokens.sql

-- Moving in, 6: tokens are brought across, in parts. The call may be repeated: no token comes twice.

create function sesame.move_tokens_in(from_block bigint default 0, to_block bigint default 4294967295) returns bigint
language plpgsql volatile set search_path = '' set work_mem = '64MB' as $$
declare
  v_came bigint;
begin
  if sesame.old_rows_query('access_tokens', from_block, to_block) is null then
    return 0;
  end if;
  execute format($q$
    insert into public.access_tokens (
      id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
      is_active, payment_id, metadata, created_at %s
    )
    select
      old.id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count,
      is_active, payment_id, metadata, created_at %s
    from sesame.read_old_tokens('access_tokens', $1, $2) as old
    %s
    where problem is null
      and not exists (select from public.access_tokens as here where here.id = old.id)
    order by created_by
    on conflict (id) do nothing
  $q$,
    sesame.carried_list('access_tokens', '%I'),
    sesame.carried_list('access_tokens', '(said.row).%I'),
    case when sesame.carried_list('access_tokens', '%I') <> '' then format(
      'join (%s) as said on said.key = metadata -> ''legacy'' ->> ''id'' ',
      sesame.old_rows_query('access_tokens', from_block, to_block)
    ) end
  ) using from_block, to_block;
  get diagnostics v_came = row_count;
  return v_came;
end
$$;

comment on function sesame.move_tokens_in is
  'Brings the old tokens in these blocks of legacy.access_tokens across, if they are not here yet. Answers how '
  'many. The trigger on tokens carries them into access.';

-- chapter: 20261121007070_move_access.sql

-- Moving in, 7: access is brought across, in parts. The call may be repeated: no access comes twice.

-- The ids that old rows of access had: out of the way of new ones first, and given back at the end.
create function sesame.old_access_ids() returns table (id bigint, user_id uuid, module_id bigint, created_at timestamptz)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select distinct on (old.created_by, old.module_id)
      (old.metadata -> 'legacy' ->> 'id')::bigint, old.created_by, old.module_id, old.created_at
    from sesame.read_old_tokens('module_access') as old
    where old.problem is null and old.created_by is not null
      and old.metadata -> 'legacy' ->> 'id' ~ '^[1-9][0-9]{0,17}$'
    order by old.created_by, old.module_id, old.is_active desc, old.expires_at desc nulls first, 1;
end
$$;

comment on function sesame.old_access_ids is
  'The id of each access in the old database. If it had several rows, the id of the best one.';

create function sesame.reserve_access_ids() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.lock_fold();  -- another transaction may have taken an id and not committed yet
  perform setval(pg_get_serial_sequence('public.module_access', 'id'), highest.id)
  from (
    -- This includes those that wait for their owner.
    select max(known.id) as id
    from (
      select key::bigint as id from sesame.old_rows('module_access') where key ~ '^[1-9][0-9]{0,17}$'
      union all
      select id from public.module_access
    ) as known
  ) as highest
  where highest.id is not null;
end
$$;

create function sesame.restore_access_ids() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_folding text := sesame.begin_folding();
begin
  perform sesame.lock_fold();  -- a writer that closes one of these accesses meanwhile would miss it
  execute format($q$
    with renumbered as (
      delete from public.module_access as access
      using sesame.old_access_ids() as old
      where (old.user_id, old.module_id) = (access.user_id, access.module_id) and access.id <> old.id
        and not exists (select from public.module_access as other where other.id = old.id)
      returning old.id, old.created_at, access as held  -- one value, because a column of the site's own may have any name
    )
    insert into public.module_access (
      id, user_id, module_id, access_type, token_id, expires_at, is_active, created_at, updated_at, metadata %s
    )
    overriding system value
    select
      id, (held).user_id, (held).module_id, (held).access_type, (held).token_id, (held).expires_at, (held).is_active,
      least((held).created_at, created_at), (held).updated_at, (held).metadata %s
    from renumbered
  $q$, sesame.carried_list('module_access', '%I'), sesame.carried_list('module_access', '(held).%I'));
  perform sesame.end_folding(v_folding);
end
$$;

comment on function sesame.restore_access_ids is 'Gives accesses their ids of the old database.';

-- Old access is a source of its own, unless its token was brought across and opens at least as much.
create view sesame.old_access as
select
  access.*,
  (named.id is not null and named.is_active >= access.is_active
   and (named.expires_at is null or named.expires_at >= access.expires_at)
   and named.created_by is not distinct from access.created_by
   and named.module_id = access.module_id) is true as is_covered,
  named.id as token_id
from sesame.read_old_tokens('module_access') as access
left join (
  select key, old ->> 'token_id' as token_id from sesame.old_rows('module_access')
) as raw on raw.key = access.metadata -> 'legacy' ->> 'id'
left join public.access_tokens as named
  on named.id = sesame.old_token_id(raw.token_id);

comment on view sesame.old_access is
  'Rows of legacy.module_access as tokens of ours, and whether their own token covers them.';

create function sesame.move_access_in() returns bigint
language plpgsql volatile set search_path = '' set work_mem = '64MB' as $$
declare
  v_came bigint;
begin
  -- A token whose old access was a purchase becomes a purchase, too. It gets the payment of that access.
  update public.access_tokens as token
  set (access_type, payment_id) = (covered.access_type, coalesce(token.payment_id, covered.payment_id))
  from (
    select distinct on (token_id) token_id, access_type, payment_id from sesame.old_access
    where is_covered and problem is null
    order by token_id, access_type, payment_id
  ) as covered
  where token.id = covered.token_id and token.access_type = 'token'
    and (covered.access_type <> 'token' or token.payment_id is null and covered.payment_id is not null);

  insert into public.access_tokens (
    id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count, is_active,
    payment_id, metadata, created_at
  )
  select
    id, created_by, user_ref, module_id, access_type, access_level, expires_at, max_usage, usage_count, is_active,
    payment_id, metadata, created_at
  from sesame.old_access
  where problem is null and not is_covered
  order by created_by
  on conflict (id) do nothing;
  get diagnostics v_came = row_count;

  if to_regclass('legacy.module_access') is not null and sesame.legacy_schema() is not null then
    execute format($q$
      insert into sesame.carried_access (token_id, metadata %s)
      select distinct on (token.id) token.id, said.metadata %s
      from sesame.old_access as access
      join (
        select key, row, case when jsonb_typeof(old -> 'metadata') = 'object' then old -> 'metadata' else '{}' end as metadata
        from (%s) as rows
      ) as said on said.key = access.metadata #>> '{legacy,id}'
      join public.access_tokens as token on token.id = case when access.is_covered then access.token_id else access.id end
      where access.problem is null and (%L or said.metadata <> '{}')
      order by token.id, access.is_active desc, access.expires_at desc nulls first, said.key
      on conflict (token_id) do nothing
    $q$,
      sesame.carried_list('module_access', '%I'),
      sesame.carried_list('module_access', '(said.row).%I'),
      sesame.old_rows_query('module_access'),
      sesame.carried_list('module_access', '%I') <> ''
    );
  end if;
  return v_came;
end
$$;

comment on function sesame.move_access_in is
  'Brings old access across that no token covers. Answers how many rows. Call it after the tokens.';

-- Tokens that were written while their trigger was off, for instance by a restore.
create function sesame.carry_missed_tokens() returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  -- The long look comes first, before the lock: so no other call waits for it.
  v_owners uuid[] := array(select distinct user_id from sesame.drifted_access);
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('token');
  perform sesame.block_tokens(array(
    select id from public.access_tokens where created_by = any (v_owners) and payment_id is not null
  ));
  perform sesame.project_access(v_owners);
  perform sesame.claim_tokens_for_members(array(select id from public.access_tokens where created_by is null));
  return cardinality(v_owners);
end
$$;

comment on function sesame.carry_missed_tokens is
  'Carries tokens into access that are missing there, and gives waiting tokens to members that exist by now. '
  'Answers for how many members access differed from its sources.';

-- chapter: 20261121007080_moving_in_report.sql

-- Moving in, 8: the state of each old row, and what still uses the old tables on the site's side.

create function sesame.moving_in_rows()
returns table (old_table text, old_id text, token_id uuid, state text, why text)
language plpgsql stable set search_path = '' set work_mem = '64MB' as $$
begin
  return query
    with old as (
      select 'access_tokens' as old_table, false as is_covered, row.* from sesame.read_old_tokens('access_tokens') as row
      union all
      select 'module_access', access.is_covered, access.id, access.created_by, access.user_ref, access.module_id,
        access.access_type, access.access_level, access.expires_at, access.max_usage, access.usage_count,
        access.is_active, access.payment_id, access.metadata, access.created_at, access.problem
      from sesame.old_access as access
    )
    select
      old.old_table, old.metadata -> 'legacy' ->> 'id', here.id,
      case
        when old.problem is not null then 'stays'
        when old.is_covered then 'came'
        when here.id is null then 'is to come'
        when member.id is null then 'waits'
        else 'came'
      end,
      case
        when old.problem is not null then old.problem
        when old.is_covered then 'its token says it'
        when here.id is not null and member.id is null then 'its owner is not a known user'
      end
    from old
    left join public.access_tokens as here on here.id = old.id
    left join auth.users as member on member.id = here.created_by;
end
$$;

comment on function sesame.moving_in_rows is
  'The state of each old row: came, waits, is to come, or stays in schema legacy, with the reason.';

-- The source text is searched, because only there a function names its tables.
create view sesame.old_writers as
select
  routine.oid::regprocedure::text as routine, written.name as writes_to,
  (
    select string_agg(distinct tgrelid::regclass::text, ', ')
    from pg_catalog.pg_trigger
    where tgfoid = routine.oid
  ) as called_on
from pg_catalog.pg_proc as routine
cross join unnest(array['access_tokens', 'module_access', 'modules']) as written (name)
where sesame.legacy_schema() is not null
  and routine.pronamespace not in ('sesame'::regnamespace, 'pg_catalog'::regnamespace)
  and routine.oid <> 'public.sesame_create_access_token(text, text, text, text, integer, integer)'::regprocedure
  and routine.prosrc ~* (
    '\m(insert\s+into|update|delete\s+from|merge\s+into)\s+(only\s+)?("?public"?\s*\.\s*)?"?' || written.name || '\M'
  );

comment on view sesame.old_writers is
  'Functions of an old database''s own that still write to tables with these names, and the tables whose '
  'triggers call them. See docs/moving_in.md.';

create function sesame.moving_in_report() returns table (old_table text, state text, why text, number bigint)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      'modules',
      case when problem is not null then 'stays' when moved.old_id is null then 'is to come' else 'came' end,
      problem, count(*)
    from (
      select old ->> 'id' as id, case
        when old ->> 'id' is null then 'it has no id'
        when row_number() over (partition by old ->> 'id') > 1 then 'another row has its id'
      end as problem
      from sesame.old_rows('modules')
    ) as old
    left join sesame.moved_modules as moved on moved.old_id = old.id
    group by 2, 3
    union all
    select row.old_table, row.state, row.why, count(*)
    from sesame.moving_in_rows() as row
    group by 1, 2, 3
    union all
    select routine, 'writes to', writes_to || coalesce(', whenever ' || called_on || ' changes', ''), null
    from sesame.old_writers
    union all
    select
      'legacy.' || old.target, 'is pointed at', format('by %s (%s)', old.of_table, old.name) || coalesce(': ' || known.why, ''),
      null
    from sesame.old_keys() as old
    left join sesame.moved_keys as known on (known.of_table, known.name) = (old.of_table, old.name)
    union all
    select target, 'is read by', reader, null from sesame.readers_of(sesame.legacy_schema())
    order by 1, 2, 3;
end
$$;

comment on function sesame.moving_in_report is
  'Moving in, counted. For each old table: which rows came, wait, are to come or stay, with the reason. Also '
  'which of the site''s own objects still write to the old tables, point at them or read them.';

-- chapter: 20261121007090_move_in.sql

-- Moving in, 9: all of it in one call, and the way back.

create function sesame.move_in() returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.set_cause('moving in');
  perform sesame.carry_columns();
  perform sesame.move_modules_in();
  perform sesame.reserve_access_ids();
  perform sesame.move_tokens_in();
  perform sesame.move_access_in();
  perform sesame.restore_access_ids();
  perform sesame.carry_into_access();
  perform sesame.move_keys();
end
$$;

comment on function sesame.move_in is
  'Brings all of an old database across, in one transaction. A second call brings what is missing.';

create function sesame.is_pointed_at(module_id bigint) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_key record;
  v_is_pointed_at boolean;
begin
  -- This includes tables of the site's own: the site decides what happens to their rows.
  for v_key in
    select source.attrelid::regclass as of_table, source.attname as column, target.attname as pointed_at
    from pg_catalog.pg_constraint
    join pg_catalog.pg_attribute as source on (source.attrelid, source.attnum) = (conrelid, conkey[1])
    join pg_catalog.pg_attribute as target on (target.attrelid, target.attnum) = (confrelid, confkey[1])
    where contype = 'f' and confrelid = 'public.modules'::regclass
      and conrelid <> 'sesame.moved_modules'::regclass
  loop
    execute format(
      'select exists (select from %s as pointing join public.modules as module on module.%I = pointing.%I where module.id = $1)',
      v_key.of_table, v_key.pointed_at, v_key.column
    ) into v_is_pointed_at using module_id;
    exit when v_is_pointed_at;
  end loop;
  return v_is_pointed_at;
end
$$;

create function sesame.move_out() returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_gone bigint;
begin
  -- Rows are found by their ids: their metadata may have been changed since.
  delete from public.access_tokens as token
  using (
    select id from sesame.read_old_tokens('access_tokens') where problem is null
    union
    select id from sesame.read_old_tokens('module_access') where problem is null
  ) as old
  where token.id = old.id;
  get diagnostics v_gone = row_count;
  delete from public.modules as module
  using sesame.moved_modules as moved
  where moved.module_id = module.id and not sesame.is_pointed_at(module.id);
  return v_gone;
end
$$;

comment on function sesame.move_out is
  'Takes back what move_in brought, and nothing else. Answers how many tokens. A module stays if a row points at '
  'it by now. The old tables are not changed.';

-- chapter: 20261121007100_moving_in.sql

-- Moving in, 10: the rows of old tables are brought across as the first chapter requested. `now`: all in this
-- transaction. `later`: in parts beside live traffic, by the command `backfill`.

set local statement_timeout = 0;

do $$
declare
  v_comment text := obj_description(sesame.legacy_schema(), 'pg_namespace');
  v_answer text := substring(v_comment from 'sesame\.move_in = (\w+)$');
begin
  if v_answer is null or v_answer not in ('now', 'later') then
    return;
  end if;
  perform sesame.carry_columns();
  perform sesame.move_modules_in();
  perform sesame.reserve_access_ids();
  if v_answer = 'now' then
    perform sesame.move_in();
  end if;
  -- Once: rows that were taken back must not come again when this chapter is pushed again.
  execute format('comment on schema legacy is %L', regexp_replace(v_comment, '\w+$', 'done'));
end
$$;

-- chapter: 20261121007200_surface.sql

-- Stepping aside, 1: Sesame's objects in schema public, and the move of an object from one schema to another.

create table sesame.sleeping_functions (
  name text primary key,
  definition text not null
);

alter table sesame.sleeping_functions enable row level security;

comment on table sesame.sleeping_functions is
  'Functions as they were before Sesame stepped aside. Empty while Sesame is active. Private: no policy, written '
  'by step_aside and step_in only.';

create table sesame.returned_objects (
  id oid primary key
);

alter table sesame.returned_objects enable row level security;

comment on table sesame.returned_objects is
  'Objects that went back from schema legacy to schema public. Empty while Sesame is active. Private: no policy, '
  'written by step_aside and step_in only.';

create function sesame.is_aside() returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (select from sesame.sleeping_functions);
end
$$;

comment on function sesame.is_aside is 'Whether the old tables are back and Sesame is asleep (step_aside).';

create function sesame.objects_in(of_schema regnamespace)
returns table (id oid, title text, of_owner oid, taken text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    -- An index moves with its table, and so does a sequence that belongs to a column.
    select
      relation.oid,
      format('%s %I.%I', case relation.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
        else 'table'
      end, of_schema, relation.relname),
      relation.relowner, relation.relname::text
    from pg_catalog.pg_class as relation
    where relation.relnamespace = of_schema and relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (
        select from pg_catalog.pg_depend as owned
        where relation.relkind = 'S' and owned.classid = 'pg_catalog.pg_class'::regclass and owned.objid = relation.oid
          and owned.refclassid = 'pg_catalog.pg_class'::regclass and owned.deptype in ('a', 'i')
      )
    union all
    select
      routine.oid,
      format('routine %I.%I(%s)', of_schema, proname, pg_get_function_identity_arguments(routine.oid)), proowner,
      format('%I(%s)', proname, oidvectortypes(proargtypes))
    from pg_catalog.pg_proc as routine
    where pronamespace = of_schema
      and not exists (select from pg_catalog.pg_depend where objid = routine.oid and deptype = 'e');
end
$$;

comment on function sesame.objects_in is
  'The objects that alter … set schema moves out of a schema: the title, the owner, and the name that each takes '
  'elsewhere.';

create function sesame.move_object(object oid, to_schema text) returns void
language plpgsql volatile set search_path = '' as $$
begin
  -- The name is read at this moment: an argument of a routine may be a row of a table that has moved already.
  execute format('alter %s set schema %I', coalesce(
    (select 'table ' || oid::regclass from pg_catalog.pg_class where oid = object),
    (select 'routine ' || oid::regprocedure from pg_catalog.pg_proc where oid = object)
  ), to_schema);
end
$$;

-- In schema public only Sesame's own objects count: another function with the same name may be the site's.
create function sesame.surface(in_schema regnamespace) returns table (id oid, title text, taken text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select object.id, object.title, object.taken
    from sesame.objects_in(in_schema) as object
    where object.taken in ('modules', 'module_prices', 'module_access', 'access_tokens', 'my_modules')
      or object.title like 'routine %' and split_part(object.taken, '(', 1) ~ ('^(sesame_.*|has_module_access|'
        'claim_free_module|claim_purchase|explain_module_access|grant_module_access|revoke_module_access|move_purchase|'
        'remap_price|create_claim_link|revoke_claim_link|erase_user)$')
        and exists (
          select from pg_catalog.pg_proc as routine
          where routine.oid = object.id
            and (routine.prosrc ~ '\msesame\.' or object.taken = 'has_module_access(text)')
        );
end
$$;

comment on function sesame.surface is
  'Sesame''s objects in schema public, now or before it stepped aside. process_stripe_events and '
  'fold_received_events are not among them: they stay, to answer that Sesame is asleep.';

-- chapter: 20261121007210_fall_asleep.sql

-- Stepping aside, 2: Sesame falls asleep. Its public tables and functions lie in schema sesame_aside. Every writer
-- raises SE011, so that Stripe keeps its events meanwhile.

create function sesame.fall_asleep() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_function record;
begin
  for v_function in
    select
      routine.oid, routine.proname, routine.pronamespace::regnamespace,
      case
        when routine.prorettype = 'trigger'::regtype then 'begin return null; end'
        -- Policies of the site's own may call it: it answers as of now.
        when routine.proname = 'has_module_access' then replace(routine.prosrc, 'public.', 'sesame_aside.')
        else $body$begin
  raise sqlstate 'SE011' using
    message = 'Sesame stands aside: the old tables are in its place',
    hint = 'The command backfill --redo brings it back. Stripe keeps its events for three days; the command reconcile fetches the rest.';
end$body$
      end as body
    from pg_catalog.pg_proc as routine
    where routine.pronamespace = 'sesame'::regnamespace
      and routine.proname in ('lock_fold', 'project_access', 'tg_welcome_user', 'tg_welcome_back')
      or routine.oid = 'public.has_module_access(text)'::regprocedure
  loop
    insert into sesame.sleeping_functions (name, definition)
    values (v_function.proname, pg_get_functiondef(v_function.oid));
    execute format(
      'create or replace function %s.%I(%s) returns %s language plpgsql volatile %s set search_path = '''' as %L',
      v_function.pronamespace, v_function.proname, pg_get_function_arguments(v_function.oid), pg_get_function_result(v_function.oid),
      case when (select prosecdef from pg_catalog.pg_proc where oid = v_function.oid) then 'security definer' else '' end,
      v_function.body
    );
  end loop;
end
$$;

comment on function sesame.fall_asleep is
  'From now on every writer of access raises SE011, and a new account is ignored. has_module_access answers from '
  'schema sesame_aside.';

create function sesame.wake_up() returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_definition text;
begin
  for v_definition in select definition from sesame.sleeping_functions loop
    execute v_definition;
  end loop;
  delete from sesame.sleeping_functions where true;
end
$$;

create function sesame.switch_cron(is_on boolean) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if to_regclass('cron.job') is not null then
    execute $q$ select cron.alter_job(jobid, active := $1) from cron.job where jobname like 'sesame-%' $q$ using is_on;
  end if;
end
$$;

-- Access that an operator has to enter into the old tables by hand, or may leave to Stripe, in the words of the old
-- tables.
create function sesame.export_new_access() returns void
language plpgsql volatile set search_path = '' as $$
begin
  create table sesame_aside.new_access as
  with came as (
    select old.created_by as user_id, old.module_id, array_agg(old.id::text) as ids, bool_or(old.is_active) as is_active,
      max(coalesce(old.expires_at, 'infinity')) filter (where old.is_active) as ends
    from (
      select * from sesame.read_old_tokens('access_tokens') union all select * from sesame.read_old_tokens('module_access')
    ) as old
    where old.problem is null and old.created_by is not null
    group by 1, 2
  )
  select
    access.user_id, coalesce(moved.old_id, access.module_id::text) as module_id, module.slug as module,
    access.access_type, access.is_active, access.expires_at, access.created_at, access.metadata,
    case when came.user_id is null then 'new' else 'changed' end as what
  from public.module_access as access
  join public.modules as module on module.id = access.module_id
  left join sesame.moved_modules as moved on moved.module_id = access.module_id
  left join came on (came.user_id, came.module_id) = (access.user_id, access.module_id)
  where (came.is_active, case when came.is_active then came.ends end)
      is distinct from (access.is_active, case when access.is_active then coalesce(access.expires_at, 'infinity') end)
    or (access.metadata ->> 'source_id' = any (came.ids)) is not true;
  alter table sesame_aside.new_access enable row level security;
  revoke all on sesame_aside.new_access from anon, authenticated;
  comment on table sesame_aside.new_access is
    'Access that was opened, bought again, prolonged or closed since the old tables moved to schema legacy. It has the '
    'module''s old id, and metadata holds the id at Stripe.';
end
$$;

-- chapter: 20261121007220_step_aside.sql

-- Stepping aside, 3: the old tables return to their places, and Sesame steps aside with all its data. A second
-- function does the reverse. Each is one transaction, and runs only if no object is in the way.

create function sesame.refuse_swap(to_public text, from_public text) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_lines text;
begin
  select string_agg('- ' || line, e'\n' order by line) into v_lines
  from (
    select format('%s is in the way of %s. Rename it first.', there.title, back.title) as line
    from sesame.objects_in(to_regnamespace(to_public)) as back
    join sesame.objects_in('public') as there on there.taken = back.taken
    where there.id not in (select surface.id from sesame.surface('public') as surface)
      and there.id not in (select returned.id from sesame.returned_objects as returned)
    union all
    select format('%s belongs to role %s, so role %I may not move it.', moving.title, moving.of_owner::regrole, current_user)
    from (
      select * from sesame.objects_in(to_regnamespace(to_public))
      union all
      select object.* from sesame.objects_in('public') as object
      where object.id in (select surface.id from sesame.surface('public') as surface)
        or object.id in (select returned.id from sesame.returned_objects as returned)
    ) as moving
    where not pg_has_role(moving.of_owner, 'usage')
    union all
    select format('schema %I exists already. Rename it, and change what uses it.', from_public)
    where to_regnamespace(from_public) is not null
  ) as found;
  if v_lines is not null then
    raise sqlstate 'SE010' using
      message = 'the tables can not change places yet; nothing was changed',
      detail = v_lines,
      hint = 'Do what each line says, then run it again. See docs/moving_in.md.';
  end if;
end
$$;

comment on function sesame.refuse_swap is
  'Raises SE010 with all obstacles to moving one schema to schema public, and Sesame''s objects to another schema.';

create function sesame.restore_keys() returns table (of_table text, name text, is_whole boolean)
language plpgsql volatile set search_path = '' as $$
declare
  v_key record;
begin
  for v_key in
    select known.of_table, known.name, replace(known.definition, ' REFERENCES legacy.', ' REFERENCES public.') as definition
    from sesame.moved_keys as known
    where known.why is null and to_regclass(known.of_table) is not null
    order by known.of_table, known.name
  loop
    execute format('alter table %s drop constraint if exists %I', v_key.of_table, v_key.name);
    execute format('alter table %s add constraint %I %s not valid',
      v_key.of_table, v_key.name, replace(v_key.definition, ' NOT VALID', ''));
    restore_keys.of_table := v_key.of_table;
    restore_keys.name := v_key.name;
    begin
      execute format('alter table %s validate constraint %I', v_key.of_table, v_key.name);
      restore_keys.is_whole := true;
    exception when foreign_key_violation then
      -- Rows written meanwhile name rows that only Sesame had. The key is checked for new rows, and not for those.
      restore_keys.is_whole := false;
    end;
    return next;
  end loop;
  delete from sesame.moved_keys as known where known.why is null;
end
$$;

comment on function sesame.restore_keys is
  'Points the site''s foreign keys at the old tables again. is_whole: the key is true for all present rows.';

create function sesame.step_aside() returns table (what text, number bigint)
language plpgsql volatile set search_path = '' set lock_timeout = '10s' as $$
declare
  v_object oid;
begin
  if sesame.legacy_schema() is null then
    raise sqlstate 'SE012' using
      message = 'there are no old tables to bring back',
      hint = 'Schema legacy, where a push moved them, is not here. See docs/moving_in.md.';
  end if;
  perform sesame.lock_fold();
  perform sesame.refuse_swap('legacy', 'sesame_aside');
  create schema sesame_aside;
  comment on schema sesame_aside is 'Sesame: asleep since its old tables are back. The command backfill --redo wakes it.';
  perform sesame.export_new_access();
  return query execute 'select ''access '' || what, count(*) from sesame_aside.new_access group by 1 order by 1';

  perform sesame.fall_asleep();
  perform sesame.switch_cron(false);
  for v_object in select id from sesame.surface('public') loop
    perform sesame.move_object(v_object, 'sesame_aside');
  end loop;
  for v_object in select id from sesame.objects_in('legacy') loop
    perform sesame.move_object(v_object, 'public');
    insert into sesame.returned_objects (id) values (v_object);
  end loop;
  alter schema legacy rename to sesame_legacy;
  return query
    select format('foreign key %s of %s points at the old table again', name, of_table)
      || case when is_whole then '' else ', but not yet for rows written since' end, null::bigint
    from sesame.restore_keys();
  return query
    select format('%s still asks %s', reader, target), null::bigint from sesame.readers_of('sesame_aside')
    union all
    select format('foreign key %s of %s still points at %s', conname, conrelid::regclass, confrelid::regclass), null::bigint
    from pg_catalog.pg_constraint
    join pg_catalog.pg_class as target on target.oid = confrelid
    join pg_catalog.pg_class as source on source.oid = conrelid
    where contype = 'f' and target.relnamespace = 'sesame_aside'::regnamespace
      and source.relnamespace not in ('sesame_aside'::regnamespace, 'sesame'::regnamespace)
    order by 1;
  notify pgrst, 'reload schema';
end
$$;

comment on function sesame.step_aside is
  'Puts the old tables back into schema public, exactly as they were. Sesame''s own objects go to schema '
  'sesame_aside, where they sleep, with the access that is new since (new_access). Answers what the operator has '
  'to know. Raises SE010 or SE012 before any object moves.';

create function sesame.step_in() returns void
language plpgsql volatile set search_path = '' set lock_timeout = '10s' as $$
declare
  v_object oid;
begin
  if not sesame.is_aside() then
    raise sqlstate 'SE012' using
      message = 'Sesame does not stand aside',
      hint = 'Nothing has to be brought back.';
  end if;
  perform sesame.refuse_swap('sesame_aside', 'legacy');
  alter schema sesame_legacy rename to legacy;
  for v_object in select id from sesame.returned_objects loop
    perform sesame.move_object(v_object, 'legacy');
  end loop;
  delete from sesame.returned_objects where true;
  drop table sesame_aside.new_access;
  for v_object in select id from sesame.objects_in('sesame_aside') loop
    perform sesame.move_object(v_object, 'public');
  end loop;
  drop schema sesame_aside;
  perform sesame.wake_up();
  perform sesame.switch_cron(true);
  perform sesame.move_keys();
  notify pgrst, 'reload schema';
end
$$;

comment on function sesame.step_in is
  'The reverse of step_aside: the old tables move to schema legacy again, and Sesame moves back. Raises SE010, '
  'SE012.';

-- chapter: 20261121008000_address_spellings.sql

-- Every way to write an address in a text. Erasure has to find all of them, and no other address.
--
-- A spelling is a regular expression of Postgres, for text in lower case of ASCII. A character may be written as it
-- is, escaped as JSON does (\u0061, also twice), or percent-encoded (%61, also twice).

create function sesame.unicode_label(label text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  -- The algorithm and the names are those of RFC 3492, section 6.2.
  v_encoded text := substr(label, 5);
  v_basic text := coalesce(substring(v_encoded from '^(.*)-'), '');
  v_points integer[] := array(select ascii(letter) from string_to_table(nullif(v_basic, ''), null) with ordinality as t (letter, n) order by n);
  v_n integer := 128;
  v_i bigint := 0;
  v_bias integer := 72;
  v_old bigint;
  v_weight bigint;
  v_k integer;
  v_t integer;
  v_digit integer;
  v_rest text := case when v_basic = '' then ltrim(v_encoded, '-') else substr(v_encoded, length(v_basic) + 2) end;
begin
  while v_rest <> '' loop
    v_old := v_i;
    v_weight := 1;
    v_k := 36;
    loop
      v_digit := position(left(v_rest, 1) in 'abcdefghijklmnopqrstuvwxyz0123456789') - 1;
      if v_rest = '' or v_digit < 0 or v_weight > 2147483647 then
        return null;
      end if;
      v_rest := substr(v_rest, 2);
      v_i := v_i + v_digit * v_weight;
      v_t := least(greatest(v_k - v_bias, 1), 26);
      exit when v_digit < v_t;
      v_weight := v_weight * (36 - v_t);
      v_k := v_k + 36;
    end loop;
    v_bias := sesame.punycode_bias(v_i - v_old, cardinality(v_points) + 1, v_old = 0);
    v_n := v_n + v_i / (cardinality(v_points) + 1);
    v_i := v_i % (cardinality(v_points) + 1);
    if v_n not between 128 and 1114111 or v_n between 55296 and 57343 then
      return null;
    end if;
    v_points := v_points[:v_i::integer] || v_n || v_points[v_i::integer + 1:];
    v_i := v_i + 1;
  end loop;
  return (select string_agg(chr(point), '' order by place) from unnest(v_points) with ordinality as t (point, place));
end
$$;

comment on function sesame.unicode_label is
  'A label of a domain that begins with xn--, in Unicode. Null: it is not a valid one.';

-- é, É, and e with its accent are the same letter. Some letters share their other case with another letter (ß and SS,
-- the Kelvin sign and k). Those have one case only.
create function sesame.forms_of(letter text) returns text[]
language plpgsql immutable strict set search_path = '' as $$
declare
  v_lower text;
  v_upper text;
begin
  begin
    v_lower := case when upper(lower(letter collate "und-x-icu")) = letter then lower(letter collate "und-x-icu") end;
    v_upper := case when lower(upper(letter collate "und-x-icu")) = letter then upper(letter collate "und-x-icu") end;
  exception when undefined_object then
    -- This Postgres has no ICU: the case rules of its own locale must do.
    v_lower := case when upper(lower(letter)) = letter then lower(letter) end;
    v_upper := case when lower(upper(letter)) = letter then upper(letter) end;
  end;
  return array(
    select distinct form from (
      select form from unnest(array[letter, v_lower, v_upper]) as form
      union all
      select normalize(form, nfd) from unnest(array[letter, v_lower, v_upper]) as form
      where normalize(normalize(form, nfd), nfc) = form
    ) as forms (form)
    where form is not null
  );
end
$$;

create function sesame.spelled_point(letter text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  v_point integer := ascii(letter);
  v_hex text := lpad(to_hex(v_point), 4, '0');
begin
  return format(
    '%s|%s|%s',
    case when letter ~ '[a-z0-9]' collate "C" then letter else '\\*\U' || lpad(to_hex(v_point), 8, '0') end,
    case when v_point < 65536 then '\\+u' || v_hex else format(
      '\\+u%s\\+u%s', to_hex(55296 + (v_point - 65536) / 1024), to_hex(56320 + (v_point - 65536) % 1024)
    ) end,
    regexp_replace(encode(convert_to(letter, 'UTF8'), 'hex'), '(..)', '%(?:25)*\1', 'g')
  );
end
$$;

comment on function sesame.spelled_point is
  'One character: as it is, as JSON escapes it, or percent-encoded.';

create function sesame.spelled(written text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return (
    select coalesce(string_agg(format('(?:%s)', (
      select string_agg(
        (
          select string_agg(format('(?:%s)', sesame.spelled_point(point)), '' order by n)
          from string_to_table(form, null) with ordinality as points (point, n)
        ), '|'
      )
      from unnest(sesame.forms_of(letter)) as form
    )), '' order by place), '')
    from string_to_table(written, null) with ordinality as letters (letter, place)
  );
end
$$;

comment on function sesame.spelled is 'A text with every spelling of each of its letters.';

create function sesame.spelled_domain(domain text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return (
    select string_agg(
      case when label like 'xn--%' and sesame.unicode_label(label) is not null
        then format('(?:%s|%s)', sesame.spelled(label), sesame.spelled(sesame.unicode_label(label)))
        else sesame.spelled(label)
      end, format('(?:%s)', sesame.spelled_point('.')) order by place
    )
    from string_to_table(domain, '.') with ordinality as labels (label, place)
  );
end
$$;

create function sesame.spellings(address text) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  -- The part before the @ may be in quotes.
  return sesame.spelled(regexp_replace(address, '@[^@]*$', ''))
    || format('(?:%s)?(?:%s)', sesame.spelled_point('"'), sesame.spelled_point('@'))
    || sesame.spelled_domain(substring(address from '@([^@]*)$'));
end
$$;

comment on function sesame.spellings is
  'A regular expression that finds a tidy address in a text in lower case, also within a longer address.';

-- chapter: 20261121008010_sought_words.sql

-- A search for addresses and ids in texts. It finds a word in any spelling, and never as a part of a longer word.

create function sesame.bounded(spellings text) returns text
language plpgsql immutable strict set search_path = '' as $$
declare
  -- These are letters beyond ASCII, without the quotation marks and spaces among them.
  v_letters text := '\u00c0-\u1fff\u2070-\u2fff\u3040-\uffff\U00010000-\U0010ffff';
begin
  return
    -- Before the word: no character that an address may have there, or an escape of a character that it may not have.
    format($re$(?:(?<![a-z0-9._+%s-]|[a-z0-9]')$re$, v_letters)
    || $re$|(?<=\\[bfnrt]|\\u00(?:[0189ab].|2[0-689acf]|3[a-f]|40|5[b-e]|60|7[b-f])|\\u(?:20[0-6]|30[0-3]).)$re$
    || $re$|(?<=%(?:[01].|2[0-689acf]|3[a-f]|40|5[b-e]|60|7[b-f]|c2%[89ab].|e2%80%[89ab].))$re$
    || $re$|(?<=(?:^|[^a-z0-9])(?:\\u0027|%27)))$re$
    || format('(?:%s)', spellings)
    -- After the word: no character that would continue the domain.
    || $re$(?!(?:[.-]|\\+u002[de]|%(?:25)*2[de])*(?:[a-z0-9$re$ || v_letters || $re$]$re$
    || $re$|\\+u(?:003[0-9]|00[46][1-9a-f]|00[57][0-9a]|00[c-f].|0[1-9a-f]..|1...|2[1-9a-f]..|[4-9a-f]...)$re$
    || $re$|%(?:25)*(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|c[3-9a-f]|[df].|e[013-9a-f])))$re$;
end
$$;

comment on function sesame.bounded is
  'The same expression, but never within a longer address: nada@… and …com.au are other addresses.';

create type sesame.sought as (piece text, disguises text, spellings text, bounded text);

comment on type sesame.sought is
  'A word to find: a piece that every plain spelling has, escapes that may hide it, and the expression that it '
  'has to match.';

-- Ids as they are. What is no address stands in too many texts that are not about anybody.
create function sesame.sought_words(words text[]) returns sesame.sought[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(
    select case
      when position('@' in word) = 0 then (lower(word collate "C"), null, null, null)::sesame.sought
      else (
        piece,
        (
          select format($re$(?:\\+u00|%%(?:25)*)(?:%s)$re$, string_agg(distinct to_hex(ascii(letter)), '|'))
          from string_to_table(piece || upper(piece collate "C"), null) as letter
        ),
        sesame.spellings(word),
        sesame.bounded(sesame.spellings(word))
      )::sesame.sought
    end
    from unnest(words) as word
    cross join lateral (
      -- The piece is from the part before the @, which tells addresses apart; or from the domain, if that part has
      -- none.
      select coalesce((
        select run from regexp_split_to_table(split_part(word, '@', 1), '[^a-z0-9]+' collate "C") as run
        where length(run) > 1 order by length(run) desc limit 1
      ), (
        select label from string_to_table(substring(word from '@([^@]*)$'), '.') as label
        where label ~ '^[a-z0-9]+$' collate "C" order by length(label) desc limit 1
      ), '') as piece
    ) as pieces
  );
end
$$;

create function sesame.names(body text, sought sesame.sought) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  -- The order matters: each test costs more than the one before, and fewer texts reach it.
  return case
    when position(sought.piece in body) > 0
      or (position('\u00' in body) > 0 or position('%' in body) > 0) and body ~ sought.disguises
    then sought.spellings is null
      or body collate "C" ~ sought.spellings and body collate "C" ~ sought.bounded
    else false
  end;
end
$$;

comment on function sesame.names is 'Whether a text, in lower case of ASCII, contains this word.';

-- chapter: 20261121008100_named_person.sql

-- Erasure, 1: the data that names a user. It is their purchases and customers at Stripe, their addresses, and the
-- events whose body names them.

create function sesame.verified_address(of_user uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select sesame.tidy_email(email) from sesame.verified_users where id = of_user);
end
$$;

-- Paid sales without an owner. If a sale opens nothing yet, it has no grant, so grants are not enough.
create function sesame.sales_waiting_for(addresses text[]) returns table (source_id text, address text)
language plpgsql stable set search_path = '' as $$
declare
  v_address text;
  v_ids text[];
begin
  return query
    select held.source_id, held.waits_for from sesame.grants as held
    where held.user_id is null and held.waits_for = any (addresses);
  -- Each query comes after the one before: with a sub-query in each row, the view of all sales would be read to its
  -- end.
  foreach v_address in array coalesce(array_remove(addresses, null), '{}') loop
    v_ids := sesame.ids_in(sesame.objects_of(null, v_address));
    continue when v_ids = '{}';
    return query
      select sale.source_id, sale.waits_for
      from sesame.sales as sale
      where sale.source_id = any (v_ids) and sale.waits_for = v_address and sale.user_id is null
        and sale.code is distinct from 'not_bought';
  end loop;
end
$$;

comment on function sesame.sales_waiting_for is
  'Sales that were paid with these addresses and still wait for their owner.';

-- Every Stripe object of the user's purchases, and the user's customers.
create function sesame.bought_objects(of_user uuid) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_refs text[] := sesame.refs_of(of_user);
  v_ids text[] := array(
    select source_id from sesame.grants where user_id = of_user
    union select object_id from sesame.claims where user_id = any (sesame.accounts_of(of_user))
    union select payment_id from public.access_tokens where created_by = of_user and payment_id is not null
    union select id from sesame.checkout_sessions where user_ref = any (v_refs)
    union select id from sesame.payment_intents where user_ref = any (v_refs)
    union select id from sesame.charges where user_ref = any (v_refs)
    union select id from sesame.invoices where user_ref = any (v_refs) or subscription_user_ref = any (v_refs)
    union select id from sesame.subscriptions where user_ref = any (v_refs)
    union select id from sesame.customers where user_ref = any (v_refs)
    union select source_id from sesame.sales_waiting_for(array[sesame.verified_address(of_user)])
  );
  v_next text[] := v_ids;
begin
  loop
    v_next := array(select id from sesame.neighbours_of(v_next) as id where id <> all (v_ids));
    exit when v_next = '{}';
    v_ids := v_ids || v_next;
  end loop;
  return v_ids;
end
$$;

comment on function sesame.bought_objects is 'Every Stripe object that belongs to a user''s purchases.';

-- It follows the links in both directions, but never from a customer to all its purchases: several users may share
-- it.
create function sesame.neighbours_of(ids text[]) returns setof text
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return query
    select distinct id
    from (
      select unnest(array[id, payment_intent_id, invoice_id, subscription_id, customer_id])
      from sesame.checkout_sessions
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, charge_id, subscription_id, customer_id])
      from sesame.invoices
      where id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[invoice_id, payment_intent_id, charge_id, id])
      from sesame.invoice_payments
      where invoice_id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids)
      union all
      select unnest(array[id, invoice_id, customer_id]) from sesame.payment_intents
      where id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, invoice_id, customer_id]) from sesame.charges
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, latest_invoice_id, customer_id]) from sesame.subscriptions
      where id = any (ids)
      union all
      select id from sesame.refunds where charge_id = any (ids) or payment_intent_id = any (ids)
      union all
      select id from sesame.disputes where charge_id = any (ids) or payment_intent_id = any (ids)
    ) as linked (id)
    where id is not null;
end
$$;

-- The user's addresses: that of the account, and those given to Stripe.
create function sesame.addresses_of(of_user uuid, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select address
    from (
      select sesame.tidy_email(email) from auth.users where id = of_user
      union select email from sesame.checkout_sessions where id = any (ids)
      union select email from sesame.invoices where id = any (ids)
      union select email from sesame.customers where id = any (ids)
    ) as theirs (address)
    where position('@' in address) > 0
  );
end
$$;

-- An address that is not verified, and that something of another's still waits for, is left to whom it belongs.
create function sesame.own_addresses(addresses text[], verified text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select address from unnest(addresses) as address
    where address = verified
      or address <> all (array(select waiting.address from sesame.sales_waiting_for(addresses) as waiting))
        and not exists (
          select from public.access_tokens as token
          where token.created_by is null and sesame.tidy_email(token.user_ref) = address
        )
  );
end
$$;

create function sesame.words_for(of_user uuid, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return sesame.refs_of(of_user) || sesame.addresses_of(of_user, ids)
    || array(select id from unnest(ids) as id where sesame.kind_of(id) = 'customer');
end
$$;

-- Events of any type whose body names the user. The whole inbox is read once; a second call reads the events that
-- came meanwhile.
create function sesame.events_naming(ids text[], words text[], since timestamptz default '-infinity') returns setof text
language plpgsql stable set search_path = '' as $$
declare
  v_sought sesame.sought[] := sesame.sought_words(words);
begin
  return query
    select event.id from sesame.stripe_events as event where event.object_id = any (ids) and event.payload <> ''
    union
    select event.id
    from sesame.stripe_events as event
    cross join lateral (select lower(event.payload collate "C") as body offset 0) as told
    where event.payload <> '' and event.received_at >= since
      and exists (select from unnest(v_sought) as sought where sesame.names(told.body, sought));
end
$$;

-- chapter: 20261121008110_erase_facts.sql

-- Erasure, 2: addresses and names in the facts are emptied. The payments stay, under a user id that names no person
-- once the account is gone. See docs/decisions/0010_erasure.md.

create function sesame.erased_ref(ref text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  -- A name that is not the id of a user named no user before, and names none now.
  return case when ref is null or sesame.as_uuid(ref) is not null then ref else 'erased' end;
end
$$;

create function sesame.erased_snapshots(snapshots jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(
      snapshot - 'email' || jsonb_build_object(
        'changed_from', '{}'::jsonb, 'user_ref', sesame.erased_ref(snapshot ->> 'user_ref')
      )
      order by place
    ), '[]')
    from jsonb_array_elements(snapshots) with ordinality as kept (snapshot, place)
  );
end
$$;

create function sesame.fact_tables() returns regclass[]
language plpgsql stable set search_path = '' as $$
begin
  return array[
    'sesame.checkout_sessions', 'sesame.payment_intents', 'sesame.charges', 'sesame.refunds', 'sesame.invoices',
    'sesame.invoice_lines', 'sesame.subscriptions', 'sesame.disputes', 'sesame.invoice_payments', 'sesame.customers',
    'sesame.prices'
  ]::regclass[];
end
$$;

-- The user's verified address is removed everywhere, except where another user's purchase waits for it.
create function sesame.erase_facts(ids text[], addresses text[], verified text) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_waited text[] := array(select address from sesame.sales_waiting_for(addresses));
  v_erased bigint;
begin
  with sessions as (
    update sesame.checkout_sessions
    set (email, user_ref, client_reference_id)
      = (null, sesame.erased_ref(user_ref), sesame.erased_ref(client_reference_id))
    where id = any (ids)
    returning id
  ),
  invoices as (
    update sesame.invoices
    set (email, user_ref, subscription_user_ref)
      = (null, sesame.erased_ref(user_ref), sesame.erased_ref(subscription_user_ref))
    where id = any (ids)
    returning id
  ),
  payments as (
    update sesame.payment_intents set user_ref = sesame.erased_ref(user_ref) where id = any (ids)
    returning id
  ),
  charges as (
    update sesame.charges set user_ref = sesame.erased_ref(user_ref) where id = any (ids) and user_ref is not null
    returning id
  ),
  customers as (
    update sesame.customers
    set (email, user_ref, snapshots) = (null, sesame.erased_ref(user_ref), sesame.erased_snapshots(snapshots))
    where id = any (ids) and (email = any (v_waited)) is not true
    returning id
  ),
  subscriptions as (
    update sesame.subscriptions
    set (user_ref, snapshots) = (sesame.erased_ref(user_ref), sesame.erased_snapshots(snapshots))
    where id = any (ids)
    returning id
  ),
  others_sessions as (
    update sesame.checkout_sessions set email = null where email = verified and id <> all (ids)
    returning id
  ),
  others_invoices as (
    update sesame.invoices set email = null where email = verified and id <> all (ids)
    returning id
  ),
  others_customers as (
    update sesame.customers set (email, snapshots) = (null, sesame.erased_snapshots(snapshots))
    where email = verified and id <> all (ids)
    returning id
  )
  select count(*) into v_erased
  from (
    table sessions union all table invoices union all table payments union all table charges union all table customers
    union all table subscriptions union all table others_sessions union all table others_invoices
    union all table others_customers
  ) as erased;
  return v_erased;
end
$$;

-- chapter: 20261121008120_erase_words.sql

-- Erasure, 3: other data that is emptied: notes of operators, tokens and access, and addresses in any other place.

create function sesame.without(written text, sought sesame.sought) returns text
language plpgsql immutable strict set search_path = '' as $$
begin
  return regexp_replace(written collate "C", sought.bounded, 'erased', 'gi');
end
$$;

comment on function sesame.without is 'A text with "erased" in the place of an address, and all else as it was.';

-- All columns of ours that may hold texts of users. Left out: the site's own catalogue, derived data, the inbox (its
-- bodies are emptied), events that wait (they are folded first), and requests of modules (their ids are keys, and they
-- are deleted).
create function sesame.written_tables() returns regclass[]
language plpgsql stable set search_path = '' as $$
begin
  return array['public.access_tokens', 'public.module_access']::regclass[] || array(
    select held.oid::regclass
    from pg_catalog.pg_class as held
    where held.relnamespace = 'sesame'::regnamespace and held.relkind = 'r'
      and held.oid <> all (sesame.fact_tables() || array['sesame.stripe_events', 'sesame.waiting_events', 'sesame.grants', 'sesame.uses',
        'sesame.moved_modules', 'sesame.moved_keys', 'sesame.carried_columns', 'sesame.sleeping_functions']::regclass[])
    order by held.relname
  );
end
$$;

-- Notes that operators wrote about the user.
create function sesame.erase_words(of_user uuid, ids text[], event_ids text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
begin
  perform set_config('sesame.erasing', 'yes', true);
  with claims as (
    update sesame.claims set why = 'erased'
    where way = 'operator' and (user_id = any (sesame.accounts_of(of_user)) or object_id = any (ids))
    returning 1
  ),
  links as (
    update sesame.claim_links set why = 'erased' where object_id = any (ids)
    returning 1
  ),
  grants as (
    update sesame.manual_grants
    set (why, revoked_why) = ('erased', case when revoked_why is not null then 'erased' end)
    where user_id = of_user and kind <> 'claim'
    returning 1
  ),
  dismissals as (
    update sesame.alerts set dismissed_why = 'erased'
    where about = any (ids || event_ids) and dismissed_why is not null
    returning 1
  ),
  log as (
    update sesame.access_log set cause = regexp_replace(cause, '^(operator: [^:]*): .*$', '\1: erased')
    where cause like 'operator: %' and (
      user_id = any (sesame.accounts_of(of_user)) or metadata ->> 'source_id' = any (ids)
      -- The former owner of a moved purchase: the log names what they still have.
      or cause in (
        select format('operator: %s: %s', claim.actor, claim.why)
        from sesame.claims as claim where claim.way = 'operator' and claim.object_id = any (ids)
      )
    )
    returning 1
  ),
  -- The access log will name this cause.
  unfolded as (
    update sesame.unfolded_objects set cause = regexp_replace(cause, '^(operator: [^:]*): .*$', '\1: erased')
    where id = any (ids) and cause like 'operator: %'
    returning 1
  )
  select count(*) into v_erased
  from (
    table claims union all table links union all table grants union all table dismissals union all table log
    union all table unfolded
  ) as erased;
  perform set_config('sesame.erasing', '', true);
  return v_erased;
end
$$;

-- Addresses in any other place: the site may have put them into metadata of Stripe or a token, operators into a name.
create function sesame.erase_addresses(addresses text[], tables regclass[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_target record;
  v_erased bigint := 0;
  v_count bigint;
  v_folding text := sesame.begin_folding();
begin
  for v_target in
    select sought.*::sesame.sought as word, attribute.attrelid::regclass as of_table, attribute.attname as name, attribute.atttypid::regtype as type
    from unnest(tables) with ordinality as wanted (of_table, place)
    cross join unnest(sesame.sought_words(addresses)) as sought
    join pg_catalog.pg_attribute as attribute on attribute.attrelid = wanted.of_table and attribute.attnum > 0
    where attribute.atttypid in ('text'::regtype, 'varchar'::regtype, 'text[]'::regtype, 'json'::regtype, 'jsonb'::regtype)
      and not attribute.attisdropped
    order by wanted.place, attribute.attnum
  loop
    -- Most rows hold neither the piece nor an escape that could hide it: this test is the fastest.
    execute format($sql$
      update %1$s as held set %2$I = sesame.without(held.%2$I::text, $1)::%3$s
      where case
        when held.%2$I::text ~* ($1).piece or held.%2$I::text ~ '[%%\\]'
        then sesame.names(lower(held.%2$I::text collate "C"), $1)
      end
    $sql$, v_target.of_table, v_target.name, v_target.type) using v_target.word;
    get diagnostics v_count = row_count;
    v_erased := v_erased + v_count;
  end loop;
  perform sesame.end_folding(v_folding);
  return v_erased;
end
$$;

create function sesame.erase_tokens(of_user uuid, addresses text[]) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_erased bigint;
  v_folding text;
begin
  update public.access_tokens set (user_ref, metadata) = (null, '{}')
  where created_by = of_user and (user_ref is not null or metadata <> '{}');
  get diagnostics v_erased = row_count;
  -- The site's own data in access, beside the words of the fold.
  v_folding := sesame.begin_folding();
  update public.module_access set metadata = metadata - array(
    select key from jsonb_object_keys(metadata) as key where key <> all (sesame.fold_keys())
  )
  where user_id = of_user and metadata - sesame.fold_keys() <> '{}';
  perform sesame.end_folding(v_folding);
  perform sesame.erase_carried(of_user);
  delete from sesame.uses
  where user_id = any (sesame.accounts_of(of_user)) or exists (
    select from unnest(sesame.sought_words(addresses)) as sought
    where sesame.names(lower(request_id collate "C"), sought)
  );
  delete from sesame.respelled_users where user_id = of_user;
  -- It may be any number that no address has: a claim keeps its place among those of its purchase.
  update sesame.claims set address_hash = id where user_id = of_user and address_hash is not null;
  delete from sesame.deleted_accounts where user_id = of_user;
  return v_erased;
end
$$;

-- chapter: 20261121008130_erase_user.sql

-- Erasure, 4: the call. After it, no data names the user. Their payments, and the access that these opened, stay on
-- record. See docs/decisions/0010_erasure.md.

-- Purchases that wait for the user's verified address are bound to the user first, while the address still names
-- them.
create function sesame.claim_before_erasing(of_user uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
  select sale.livemode, sale.account, sale.object_kind, sale.object_id, of_user, 'email', 'member', 'verified the address'
  from sesame.sales_waiting_for(array[sesame.verified_address(of_user)]) as waiting
  cross join lateral sesame.find_purchase(waiting.source_id) as sale
  on conflict do nothing;
end
$$;

create function sesame.refuse_erasing(ids text[], event_ids text[]) returns void
language plpgsql stable set search_path = '' as $$
declare
  v_running text := (
    select min(subscription.id) from sesame.subscriptions as subscription
    where subscription.id = any (ids) and subscription.status not in ('canceled', 'incomplete_expired')
  );
  v_unapplied text := (
    select min(event.id) from sesame.stripe_events as event
    where event.id = any (event_ids) and event.outcome in ('received', 'failed')
  );
begin
  if v_running is not null then
    raise sqlstate 'SE060' using
      message = 'a subscription of this user still runs',
      detail = v_running,
      hint = 'Cancel it in Stripe, and erase the user once its last event has arrived: until then Stripe goes on naming them.';
  end if;
  if v_unapplied is not null then
    raise sqlstate 'SE061' using
      message = 'an event of this user is not applied yet',
      detail = v_unapplied,
      hint = 'Replay it first, with the command reconcile: its content is kept only in its body.';
  end if;
end
$$;

create function public.erase_user(user_id uuid, actor text, why text) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set jit = off
-- A large inbox takes longer than a role's own limit. The Data API applies this setting of the function.
set statement_timeout = '10min' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_ids text[] := sesame.bought_objects(user_id);
  v_words text[] := sesame.words_for(user_id, v_ids);
  -- The long part comes first, without a lock: so no other call waits for it.
  v_event_ids text[] := array(select sesame.events_naming(v_ids, v_words));
  v_addresses text[];
  v_verified text := sesame.verified_address(user_id);
  v_erased jsonb;
begin
  perform sesame.lock_fold();
  -- What waits may be about the user. Its facts are erased where the fold puts them.
  perform sesame.fold_waiting();
  perform sesame.set_cause('operator: erasure');
  -- Then the events that came meanwhile. An event is stamped when its transaction begins, and that transaction waits
  -- for the lock.
  v_ids := sesame.bought_objects(user_id);
  v_event_ids := v_event_ids || array(select sesame.events_naming(
    v_ids, sesame.words_for(user_id, v_ids),
    case when v_words @> sesame.words_for(user_id, v_ids) then v_begun - interval '1 minute' else '-infinity' end
  ));
  perform sesame.refuse_erasing(v_ids, v_event_ids);
  perform sesame.claim_before_erasing(user_id);
  update sesame.stripe_events set payload = '' where id = any (v_event_ids) and payload <> '';

  v_addresses := sesame.addresses_of(user_id, v_ids);
  v_erased := jsonb_build_object(
    'bodies', (select count(distinct id) from unnest(v_event_ids) as id),
    'facts', sesame.erase_facts(v_ids, v_addresses, v_verified),
    'words', sesame.erase_words(user_id, v_ids, v_event_ids),
    'tokens', sesame.erase_tokens(user_id, v_addresses)
  );
  perform set_config('sesame.erasing', 'yes', true);
  v_erased := v_erased || jsonb_build_object('elsewhere',
    sesame.erase_addresses(sesame.own_addresses(v_addresses, v_verified), sesame.written_tables())
    + sesame.erase_addresses(array_remove(array[v_verified], null), sesame.fact_tables()));
  perform set_config('sesame.erasing', '', true);
  perform sesame.fold_sources(sesame.find_dependents(sesame.by_kind(v_ids)));
  insert into sesame.erasures (user_id, actor, why, erased) values (user_id, actor, why, v_erased);
  return v_erased;
end
$$;

select sesame.revoke_default_grants('public.erase_user');
grant execute on function public.erase_user(uuid, text, text) to service_role;

comment on function public.erase_user is
  'Erases a user: bodies of events that name them, their addresses, and notes about them. Their payments, and '
  'the access that these opened, stay under their user id. Answers what was erased, with counts. Delete their '
  'account and their Stripe customer as well. SE060: a subscription still runs; SE061: an event about them is '
  'not applied; 23514: actor or why is empty.';

-- chapter: 20261121009000_private.sql

-- Only the owner has rights on the objects of schema sesame, whatever the project's default privileges say. Three
-- functions are exceptions, because they run with the rights of another role. That role still cannot call them by name.

select sesame.revoke_default_grants(format('sesame.%I', name))
from (
  select relname from pg_catalog.pg_class
  where relnamespace = 'sesame'::regnamespace and relkind in ('r', 'p', 'v')
  union
  select proname from pg_catalog.pg_proc
  where pronamespace = 'sesame'::regnamespace
) as object (name);

-- An index of access_tokens calls it when a server inserts.
grant execute on function sesame.tidy_email(text) to service_role;
-- The view my_modules calls them when a member reads.
grant execute on function sesame.status_now(boolean, timestamptz, jsonb), sesame.reason_now(timestamptz, jsonb)
  to authenticated;

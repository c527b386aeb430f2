-- The house rules, checked against the catalogue. Each rule is a query that returns its violations. Each is
-- shown to catch one: an object that breaks the rule is created, found, and rolled back.
begin;
\ir helpers/ours.psql

create temporary table house_rules (
  rule text primary key,
  offenders text not null,  -- a query for their names
  offence text not null     -- a statement that breaks the rule
);

create temporary view house_tables as
select relation.oid, relation.oid::regclass::text as name, relation.relkind, relation.relname,
  relation.relnamespace::regnamespace::text as schema, relation.relrowsecurity, relation.reloptions
from our_relations as relation
where relation.relkind in ('r', 'p', 'v', 'm', 'f');

create temporary view house_functions as
select routine.oid, routine.oid::regprocedure::text as name, routine.prosecdef, routine.proconfig,
  routine.pronamespace::regnamespace::text as schema
from our_functions as routine;

-- The view calls them with the rights of the member who reads it.
create temporary view called_by_my_modules (name) as values
  ('sesame.status_now(boolean,timestamp with time zone,jsonb)'),
  ('sesame.reason_now(timestamp with time zone,jsonb)');

-- A project may put policies of its own on our tables. Ours are named after their table.
create temporary view house_policies as
select policy.*
from pg_catalog.pg_policies as policy
join house_tables on house_tables.oid = format('%I.%I', schemaname, tablename)::regclass
where policyname ~ ('^' || tablename || '_(select|insert|update|delete)_(own|all)$');

-- The rights of all roles but the owner. A project may give its own roles what it wants. A role that is null is PUBLIC.
create temporary view house_rights as
select name, is_sequence, nullif(access.grantee, 0)::regrole as role, access.privilege_type as privilege
from (
  select 'schema sesame' as name, false as is_sequence, nspowner as owner, nspacl as acl
  from pg_catalog.pg_namespace where nspname = 'sesame'
  union all
  select relation.oid::regclass::text, relkind = 'S', relowner, relacl
  from our_relations as relation
  union all
  select name, false, proowner, coalesce(proacl, acldefault('f', proowner))
  from house_functions
  join pg_catalog.pg_proc as routine on routine.oid = house_functions.oid
) as object
cross join lateral aclexplode(acl) as access
where access.grantee <> object.owner;

insert into house_rules values
('every table has row level security on',
  $$ select name from house_tables where relkind in ('r', 'p') and not relrowsecurity $$,
  $$ create table sesame.open_door (id bigint primary key) $$),

('every table has a primary key',
  $$ select name from house_tables where relkind in ('r', 'p')
     and not exists (select from pg_catalog.pg_index where indrelid = house_tables.oid and indisprimary) $$,
  $$ create table sesame.keyless (id bigint) $$),

('every table and view is commented',
  $$ select name from house_tables where obj_description(oid, 'pg_class') is null $$,
  $$ create view sesame.silent as select 1 as one $$),

('every function a caller sees is commented',
  $$ select name from house_functions where schema = 'public' and obj_description(oid, 'pg_proc') is null $$,
  $$ comment on function public.erase_user is null $$),

-- See docs/decisions/0016_why_plpgsql.md.
('every function is plpgsql and pins an empty search_path',
  $$ select name from house_functions
     join pg_catalog.pg_proc as routine on routine.oid = house_functions.oid
     join pg_catalog.pg_language as lang on lang.oid = routine.prolang
     where lanname <> 'plpgsql' or ('search_path=""' = any (routine.proconfig)) is not true $$,
  $$ create function sesame.wandering() returns int language plpgsql as 'begin return 1; end' $$),

('every foreign key has an index that starts with its columns',
  $$ select conrelid::regclass || ' ' || conname from pg_catalog.pg_constraint
     where contype = 'f' and conrelid in (select oid from house_tables)
       and not exists (select from pg_catalog.pg_index
         where indrelid = conrelid and indpred is null
           and (indkey::smallint[])[0:array_length(conkey, 1) - 1] @> conkey) $$,
  $$ create table sesame.unindexed (id bigint primary key, module_id bigint references public.modules (id) on delete restrict) $$),

('every foreign key states what happens on delete',
  $$ select conrelid::regclass || ' ' || conname from pg_catalog.pg_constraint
     where contype = 'f' and conrelid in (select oid from house_tables) and confdeltype = 'a' $$,
  $$ create table sesame.unsaid (id bigint primary key references public.modules (id)) $$),

('every check is named after the fact it states',
  $$ select conrelid::regclass || ' ' || conname from pg_catalog.pg_constraint
     where contype = 'c' and conrelid in (select oid from house_tables) and conname ~ '_check[0-9]*$' $$,
  $$ create table sesame.nameless (id bigint primary key check (id > 0)) $$),

('every time has a zone',
  $$ select name || '.' || attname from house_tables join pg_catalog.pg_attribute on attrelid = house_tables.oid
     where atttypid = 'timestamp'::regtype and attnum > 0 $$,
  $$ create table sesame.zoneless (id bigint primary key, at timestamp) $$),

('every view a member reads runs with their own rights',
  $$ select name from house_tables where schema = 'public' and relkind = 'v'
     and ('security_invoker=true' = any (reloptions)) is not true $$,
  $$ alter view public.my_modules reset (security_invoker) $$),

('every policy names one command and its roles',
  $$ select tablename || ' ' || policyname from house_policies where cmd = 'ALL' or roles = '{public}' $$,
  $$ create policy modules_update_all on public.modules using (true) $$),

('every policy reads the caller once, not once a row',
  $$ select tablename || ' ' || policyname from house_policies
     where regexp_replace(coalesce(qual, '') || coalesce(with_check, ''), 'SELECT auth\.\w+\(\)', '', 'g') ~ 'auth\.\w+\(\)' $$,
  $$ create policy modules_update_own on public.modules for update to authenticated using (auth.uid() is not null) $$),

('members read tables and write none',
  $$ select name || ' ' || role || ' ' || privilege
     from house_tables
     cross join unnest(array['anon', 'authenticated']) as role
     cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as privilege
     where has_table_privilege(role, oid, privilege)
        or privilege in ('INSERT', 'UPDATE') and has_any_column_privilege(role, oid, privilege) $$,
  $$ grant insert (user_id) on public.module_access to authenticated $$),

('members execute only three functions, and those that their view calls',
  $$ select name || ' ' || role
     from house_functions
     cross join unnest(array['anon', 'authenticated']) as role
     where has_function_privilege(role, oid, 'execute')
       and (role, name) not in (select 'authenticated', name from called_by_my_modules)
       and (role, name) not in (('authenticated', 'has_module_access(text)'),
         ('authenticated', 'claim_free_module(text)'), ('authenticated', 'claim_purchase(text)')) $$,
  $$ grant execute on function public.process_stripe_events(jsonb, boolean) to authenticated $$),

('no function is executable by PUBLIC',
  $$ select name from house_functions
     join pg_catalog.pg_proc as routine on routine.oid = house_functions.oid
     cross join lateral aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) as access
     where access.grantee = 0 $$,
  $$ grant execute on function public.has_module_access(text) to public $$),

('the API roles have no right in the private schema',
  $$ select 'schema sesame ' || role from unnest(array['anon', 'authenticated', 'service_role', 'sesame_webhook']) as role
     where has_schema_privilege(role, 'sesame', 'usage')
     union all
     select name || ' ' || role
     from house_tables
     cross join unnest(array['anon', 'authenticated', 'service_role', 'sesame_webhook']) as role
     where schema = 'sesame' and has_table_privilege(role, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
     union all
     select name || ' ' || role
     from house_functions
     cross join unnest(array['anon', 'authenticated', 'service_role', 'sesame_webhook']) as role
     where schema = 'sesame' and has_function_privilege(role, oid, 'execute')
       -- An index of access_tokens calls it.
       and (name, role) <> ('sesame.tidy_email(text)', 'service_role')
       and (name, role) not in (select name, 'authenticated' from called_by_my_modules) $$,
  $$ grant usage on schema sesame to service_role $$),

('every right on an object of ours is written in its chapter, for a role that we know',
  $$ select name || ' ' || coalesce(role::text, 'public') || ' ' || privilege from house_rights
     where role is null
       or role not in ('anon', 'authenticated', 'service_role', 'sesame_webhook')
         and (role::text ~ '^(pg|supabase|sesame)_' or role in ('authenticator', 'dashboard_user')) $$,
  $$ grant select on public.modules to pg_monitor $$),

('the server writes only what was granted to it',
  $$ select name || ' ' || privilege from house_rights
     where role in ('service_role', 'sesame_webhook') and privilege not in ('SELECT', 'EXECUTE')
       and (name, privilege) not in (
         ('modules', 'INSERT'), ('modules', 'UPDATE'), ('module_prices', 'INSERT'),
         ('price_terms', 'INSERT'), ('price_terms', 'UPDATE'),
         ('module_access', 'INSERT'), ('module_access', 'UPDATE'), ('module_access', 'DELETE')) $$,
  $$ grant delete on public.modules to service_role $$),

('every code in the private schema is of the type sesame.code, so that Postgres refuses any other',
  $$ select relation.oid::regclass || '.code' from pg_catalog.pg_class as relation
     join pg_catalog.pg_attribute on attrelid = relation.oid
     where relnamespace = 'sesame'::regnamespace and attname = 'code' and atttypid <> 'sesame.code'::regtype
     union all
     select routine.oid::regprocedure || ' ' || argument.name from pg_catalog.pg_proc as routine
     cross join lateral unnest(proargnames, coalesce(proallargtypes, proargtypes::oid[])) as argument (name, type)
     where pronamespace = 'sesame'::regnamespace and argument.name = 'code' and argument.type <> 'sesame.code'::regtype $$,
  $$ create view sesame.puzzles as select 'price_unmaped' as code $$),

('every word that closes access is a code',
  $$ select closing.enumlabel::text from pg_catalog.pg_enum as closing
     where closing.enumtypid = 'sesame.reason'::regtype
       and closing.enumsortorder > (select enumsortorder from pg_catalog.pg_enum
         where enumtypid = 'sesame.reason'::regtype and enumlabel = 'free')
       and closing.enumlabel not in (select enumlabel from pg_catalog.pg_enum where enumtypid = 'sesame.code'::regtype) $$,
  $$ alter type sesame.reason rename value 'revoked' to 'withdrawn' $$),

('no role but the owner uses a sequence',
  $$ select name || ' ' || coalesce(role::text, 'public') from house_rights where is_sequence $$,
  $$ grant usage on sequence public.modules_id_seq to service_role $$),

-- A column in the wrong place would take another one's value.
('every row (excluded.*) is written into all columns of its table, in their order',
  $$ select name || ' ' || merge[1]
     from house_functions
     join pg_catalog.pg_proc as routine on routine.oid = house_functions.oid
     cross join lateral regexp_matches(routine.prosrc,
       'insert into ([a-z_.]+) as held(?:(?!insert into).)*?do update set\s+\(([^)]*)\)\s+= row \(excluded\.\*\)', 'g') as merge
     where regexp_split_to_array(merge[2], ',\s*') <> array(
       select attname::text from pg_catalog.pg_attribute
       where attrelid = merge[1]::regclass and attnum > 0 and not attisdropped order by attnum)
     union all
     select name || ' is not read by this rule'
     from house_functions
     join pg_catalog.pg_proc as routine on routine.oid = house_functions.oid
     where regexp_count(routine.prosrc, 'excluded\.\*') <> regexp_count(routine.prosrc,
       'insert into ([a-z_.]+) as held(?:(?!insert into).)*?do update set\s+\(([^)]*)\)\s+= row \(excluded\.\*\)') $$,
  $$ create function sesame.swapped() returns void language sql set search_path = '' as
       'insert into sesame.prices as held select * from sesame.prices on conflict (id, account, livemode) do update set
          (livemode, id, account, is_recurring)
          = row (excluded.*)' $$);

-- apply_events names every kind of facts and the table of it. A place that needs all kinds is compared with that.
create temporary view house_kinds (kind, name) as
select merged[2], merged[1]
from regexp_matches(
  pg_get_functiondef('sesame.apply_events(jsonb)'::regprocedure),
  'sesame\.merge_(\w+)\(v_facts -> ''(\w+)''\)', 'g') as merged;

insert into house_rules values
('every table of facts is merged by apply_events, and is one that erasure empties',
  $$ select name from house_tables
     where schema = 'sesame' and relkind = 'r' and to_regproc('sesame.merge_' || relname) is not null
       and (relname not in (select house_kinds.name from house_kinds)
         -- The site's own catalogue at Stripe names no user.
         or oid <> all (sesame.fact_tables()::oid[] || '{sesame.price_listings,sesame.products}'::regclass[]::oid[])) $$,
  $$ create table sesame.made_up_objects (id text primary key);
     create function sesame.merge_made_up_objects(facts jsonb) returns void language sql set search_path = '' as '' $$),

('every kind that names a user is searched by that name, and erased',
  $$ select house_kinds.kind || ' ' || routine
     from house_kinds
     cross join unnest(array['sesame.objects_of(uuid,text)', 'sesame.bought_objects(uuid)',
       'sesame.erase_facts(text[],text[],text)']) as routine
     where exists (select from pg_catalog.pg_attribute
         where attrelid = to_regclass('sesame.' || house_kinds.name) and attname = 'user_ref')
       and pg_get_functiondef(routine::regprocedure) !~ format('(from|update) sesame\.%s\s', house_kinds.name) $$,
  $$ alter table sesame.refunds add user_ref text $$),

('every kind that may be read again is searched among the given objects',
  $$ select kind from house_kinds
     where pg_get_viewdef('sesame.pending_fetches'::regclass) like format('%%''%s''::text%%', kind)
       and pg_get_functiondef('sesame.fetches_of(text,text[])'::regprocedure) not like format('%%''%s''%%', kind) $$,
  $$ create or replace view sesame.pending_fetches as
     select 'refund'::text as kind, livemode, account, id as object_id, 'tie'::text as why from sesame.refunds $$),

('every source of grants is folded by fold_everything',
  $$ select source[1]
     from regexp_matches(pg_get_functiondef('sesame.derive_grants(jsonb)'::regprocedure), 'when ''(\w+)'' then', 'g') as source
     where pg_get_functiondef('sesame.fold_everything()'::regprocedure) not like format('%%''%s'', (select%%', source[1]) $$,
  $$ create or replace function sesame.fold_everything() returns void language sql set search_path = '' as '' $$),

('every source of grants is derived by derive_grants',
  $$ select distinct source[1]
     from unnest(array['purchase_grants', 'subscription_grants', 'manual_sources', 'derived_grants', 'purchases']) as of_view
     cross join lateral regexp_matches(
       pg_get_viewdef(('sesame.' || of_view)::regclass), '''(\w+)''::text AS source\M', 'g') as source
     where pg_get_functiondef('sesame.derive_grants(jsonb)'::regprocedure) not like format('%%when ''%s'' then%%', source[1]) $$,
  $$ create or replace function sesame.derive_grants(objects jsonb) returns setof sesame.derived_grants
     language sql stable set search_path = '' as 'select * from sesame.derived_grants' $$);

-- The violation is a kind that only apply_events knows.
insert into house_rules
select 'every kind of facts is named in ' || place, format($$ select kind from house_kinds where not (%s) $$, is_named),
  $$ create or replace function sesame.apply_events(events jsonb) returns jsonb language plpgsql set search_path = '' as
     'begin perform sesame.merge_made_up_objects(v_facts -> ''made_up_object''); end' $$
from (values
  -- An operator never asks about a price or a product.
  ('kind_of', $$ kind in ('price', 'price_listing', 'product') or pg_get_functiondef('sesame.kind_of(text)'::regprocedure) like format('%%then ''%s''%%', kind) $$),
  -- What a list of prices shows decides no access.
  ('dependents', $$ kind in ('price_listing', 'product') or pg_get_viewdef('sesame.dependents'::regclass) like format('%%''%s''::text%%', kind) $$),
  ('dependents_of',
    $$ kind in ('price_listing', 'product')
       or pg_get_functiondef('sesame.dependents_of(text, text[])'::regprocedure) like format('%%from_kind = ''%s'' and%%', kind) $$),
  -- Erasure goes neither from a customer nor from a price to everything that was bought.
  ('neighbours_of',
    $$ kind in ('customer', 'price', 'price_listing', 'product')
       or pg_get_functiondef('sesame.neighbours_of(text[])'::regprocedure) ~ format('from sesame\.%s\s', name) $$)
) as places (place, is_named);

-- Creates the violation and reads it. The error at the end of the block rolls it back.
create function pg_temp.offenders_after(offence text, offenders text) returns bigint
language plpgsql as $$
declare
  v_found bigint;
begin
  begin
    execute offence;
    execute format('select count(*) from (%s) as offender', offenders) into v_found;
    raise sqlstate 'ZZZZZ';
  exception when sqlstate 'ZZZZZ' then
    return v_found;
  end;
end
$$;

create function pg_temp.offenders_now(offenders text) returns setof text
language plpgsql as $$
begin
  return query execute offenders;
end
$$;

select plan(2 * count(*)::integer) from house_rules;

select is_empty(format('select * from pg_temp.offenders_now(%L)', offenders), rule)
from house_rules order by rule;

select cmp_ok(pg_temp.offenders_after(offence, offenders), '>', 0::bigint, 'and if not, it is found: ' || rule)
from house_rules order by rule;

select * from finish();
rollback;

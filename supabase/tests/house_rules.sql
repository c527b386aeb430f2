-- The house rules, kept by the catalogue itself. Each rule is a query for those who break it; each is
-- shown to catch one: the object that breaks it is made, found, and undone.
begin;

create temporary table house_rules (
  rule text primary key,
  offenders text not null,  -- a query for their names
  offence text not null     -- a statement that breaks the rule
);

create temporary view house_tables as
select relation.oid, relation.oid::regclass::text as name, relation.relkind, relation.relname,
  relation.relnamespace::regnamespace::text as schema, relation.relrowsecurity, relation.reloptions
from pg_catalog.pg_class as relation
where relation.relnamespace in ('public'::regnamespace, 'sesame'::regnamespace)
  and relation.relkind in ('r', 'p', 'v', 'm', 'f');

create temporary view house_functions as
select routine.oid, routine.oid::regprocedure::text as name, routine.prosecdef, routine.proconfig,
  routine.pronamespace::regnamespace::text as schema
from pg_catalog.pg_proc as routine
where routine.pronamespace in ('public'::regnamespace, 'sesame'::regnamespace)
  and not exists (select from pg_catalog.pg_depend where objid = routine.oid and deptype = 'e');

-- Of everybody but the owner; a role that is null is PUBLIC.
create temporary view house_rights as
select name, is_sequence, nullif(access.grantee, 0)::regrole as role, access.privilege_type as privilege
from (
  select 'schema sesame' as name, false as is_sequence, nspowner as owner, nspacl as acl
  from pg_catalog.pg_namespace where nspname = 'sesame'
  union all
  select relation.oid::regclass::text, relkind = 'S', relowner, relacl
  from pg_catalog.pg_class as relation
  where relnamespace in ('public'::regnamespace, 'sesame'::regnamespace)
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
  $$ create table public.open_door (id bigint primary key) $$),

('every table has a primary key',
  $$ select name from house_tables where relkind in ('r', 'p')
     and not exists (select from pg_catalog.pg_index where indrelid = house_tables.oid and indisprimary) $$,
  $$ create table public.keyless (id bigint) $$),

('every table and view is commented',
  $$ select name from house_tables where obj_description(oid, 'pg_class') is null $$,
  $$ create view sesame.silent as select 1 as one $$),

('every function a caller sees is commented',
  $$ select name from house_functions where schema = 'public' and obj_description(oid, 'pg_proc') is null $$,
  $$ create function public.silent() returns int language sql set search_path = '' as 'select 1' $$),

('every function pins an empty search_path',
  $$ select name from house_functions where ('search_path=""' = any (proconfig)) is not true $$,
  $$ create function sesame.wandering() returns int language sql as 'select 1' $$),

('every foreign key has an index that starts with its columns',
  $$ select conrelid::regclass || ' ' || conname from pg_catalog.pg_constraint
     where contype = 'f' and connamespace in ('public'::regnamespace, 'sesame'::regnamespace)
       and not exists (select from pg_catalog.pg_index
         where indrelid = conrelid and indpred is null
           and (indkey::smallint[])[0:array_length(conkey, 1) - 1] @> conkey) $$,
  $$ create table sesame.unindexed (id bigint primary key, module_id bigint references public.modules (id) on delete restrict) $$),

('every foreign key states what happens on delete',
  $$ select conrelid::regclass || ' ' || conname from pg_catalog.pg_constraint
     where contype = 'f' and connamespace in ('public'::regnamespace, 'sesame'::regnamespace) and confdeltype = 'a' $$,
  $$ create table sesame.unsaid (id bigint primary key references public.modules (id)) $$),

('every check is named after the fact it states',
  $$ select conrelid::regclass || ' ' || conname from pg_catalog.pg_constraint
     where contype = 'c' and connamespace in ('public'::regnamespace, 'sesame'::regnamespace) and conname ~ '_check[0-9]*$' $$,
  $$ create table sesame.nameless (id bigint primary key check (id > 0)) $$),

('every time has a zone',
  $$ select table_name || '.' || column_name from information_schema.columns
     where table_schema in ('public', 'sesame') and data_type = 'timestamp without time zone' $$,
  $$ create table sesame.zoneless (id bigint primary key, at timestamp) $$),

('every view a member reads runs with their own rights',
  $$ select name from house_tables where schema = 'public' and relkind = 'v'
     and ('security_invoker=true' = any (reloptions)) is not true $$,
  $$ create view public.all_access as select * from public.module_access $$),

('every policy names one command, its roles, and itself after them',
  $$ select tablename || ' ' || policyname from pg_catalog.pg_policies
     where schemaname in ('public', 'sesame')
       and (cmd = 'ALL' or roles = '{public}' or policyname !~ ('^' || tablename || '_' || lower(cmd) || '_(own|all)$')) $$,
  $$ create policy "Users can view!" on public.modules using (true) $$),

('every policy asks who is there once, not once a row',
  $$ select tablename || ' ' || policyname from pg_catalog.pg_policies
     where schemaname in ('public', 'sesame')
       and regexp_replace(coalesce(qual, '') || coalesce(with_check, ''), 'SELECT auth\.\w+\(\)', '', 'g') ~ 'auth\.\w+\(\)' $$,
  $$ create policy modules_update_own on public.modules for update to authenticated using (auth.uid() is not null) $$),

('members read tables and write none',
  $$ select name || ' ' || role || ' ' || privilege
     from house_tables
     cross join unnest(array['anon', 'authenticated']) as role
     cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as privilege
     where has_table_privilege(role, oid, privilege)
        or privilege in ('INSERT', 'UPDATE') and has_any_column_privilege(role, oid, privilege) $$,
  $$ grant insert (user_id) on public.module_access to authenticated $$),

('members execute three functions, nothing else',
  $$ select name || ' ' || role
     from house_functions
     cross join unnest(array['anon', 'authenticated']) as role
     where has_function_privilege(role, oid, 'execute')
       and (role, name) not in (('authenticated', 'has_module_access(text)'),
         ('authenticated', 'claim_free_module(text)'), ('authenticated', 'claim_purchase(text)')) $$,
  $$ grant execute on function public.process_stripe_events(jsonb) to authenticated $$),

('in public only what members or the site call by hand has a name of its own; the rest begins with sesame_',
  $$ select name from house_functions
     where schema = 'public' and name !~ '^sesame_'
       and split_part(name, '(', 1) not in ('has_module_access', 'claim_free_module', 'claim_purchase',
         'process_stripe_events', 'explain_module_access', 'grant_module_access', 'revoke_module_access',
         'move_purchase', 'remap_price', 'create_claim_link', 'revoke_claim_link', 'erase_user') $$,
  $$ create function public.examine() returns int language sql set search_path = '' as 'select 1' $$),

('nobody executes a function because it is public',
  $$ select name from house_functions
     join pg_catalog.pg_proc as routine on routine.oid = house_functions.oid
     cross join lateral aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) as access
     where access.grantee = 0 $$,
  $$ grant execute on function public.has_module_access(text) to public $$),

('the API roles have no foot in the private schema',
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
       and (name, role) <> ('sesame.tidy_email(text)', 'service_role') $$,
  $$ grant usage on schema sesame to service_role $$),

('every right on an object of ours is written in its chapter, for a role that we know',
  $$ select name || ' ' || coalesce(role::text, 'public') || ' ' || privilege from house_rights
     where role is null or role not in ('anon', 'authenticated', 'service_role', 'sesame_webhook') $$,
  $$ grant select on public.modules to pg_monitor $$),

('the server writes what was granted to it, nothing else',
  $$ select name || ' ' || privilege from house_rights
     where role in ('service_role', 'sesame_webhook') and privilege not in ('SELECT', 'EXECUTE')
       and (name, privilege) not in (
         ('modules', 'INSERT'), ('modules', 'UPDATE'), ('module_prices', 'INSERT'),
         ('module_access', 'INSERT'), ('module_access', 'UPDATE'), ('module_access', 'DELETE')) $$,
  $$ grant delete on public.modules to service_role $$),

('what the private schema calls a code is one of sesame.code, so that Postgres refuses any other',
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

('nobody but the owner uses a sequence',
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

-- The offence is committed, looked at, and undone by the error that ends the block.
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

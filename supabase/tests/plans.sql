-- With 100,000 rows of access, a member's queries use indexes only.
begin;
\ir helpers/personas.psql
select plan(7);

insert into public.modules (slug, title)
select 'module-' || n, 'Module ' || n from generate_series(1, 1000) as n;
alter table public.module_access disable trigger user;  -- each would become a token
insert into public.module_access (user_id, module_id, access_type, is_active)
select gen_random_uuid(), module.id, 'purchase', true
from generate_series(1, 100) as n
cross join (select id from public.modules order by id desc limit 1000) as module;
insert into public.module_access (user_id, module_id, access_type, is_active)
select pg_temp.user_id('ada'), id, 'purchase', true from public.modules order by id limit 5;
alter table public.module_access enable trigger user;
analyze public.modules, public.module_access;

create function pg_temp.plan_as(persona text, query text) returns text
language plpgsql as $$
declare
  v_line text;
  v_plan text := '';
begin
  perform pg_temp.become(persona);
  for v_line in execute 'explain (costs off) ' || query loop
    v_plan := v_plan || v_line || E'\n';
  end loop;
  perform set_config('role', 'none', true);
  return v_plan;
end
$$;

select cmp_ok((select count(*) from public.module_access), '>=', 100000::bigint, 'there are 100,000 rows of access');
select unalike(pg_temp.plan_as('ada', 'select * from public.my_modules'), '%Seq Scan%', 'my_modules has no sequential scan');
select alike(pg_temp.plan_as('ada', 'select * from public.my_modules'), '%module_access_user_id_module_id_key%', 'my_modules finds a member''s rows by the user''s index');
select unalike(pg_temp.plan_as('ada', $$ select * from public.module_access where is_active $$), '%Seq Scan%', 'reading module_access under row level security has no sequential scan');

-- The plan of has_module_access() cannot be read, but its scans are counted.
create function pg_temp.scans_of(persona text, query text) returns text
language plpgsql as $$
declare
  v_before bigint[];
  v_after bigint[];
  v_count text := 'select array[sum(seq_scan), sum(idx_scan)] from pg_catalog.pg_stat_xact_user_tables
    where schemaname = ''public''';
begin
  execute v_count into v_before;
  perform pg_temp.answer_as(persona, query);
  execute v_count into v_after;
  return format('%s sequential, %s by index', v_after[1] - v_before[1], v_after[2] - v_before[2]);
end
$$;

select is(pg_temp.scans_of('ada', $$ select public.has_module_access('stable-diffusion') $$),
  '0 sequential, 2 by index', 'has_module_access has no sequential scan');
select is(pg_temp.scans_of('ada', $$ select count(*) from public.modules $$),
  '1 sequential, 0 by index', 'a sequential scan of another table is counted');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('stable-diffusion') $$), 'true', 'has_module_access answers true');

select * from finish();
rollback;

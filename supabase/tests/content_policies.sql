-- The policies of docs/protecting_content.md show the content of open modules only, and use the index.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(13);

create table public.test_images (id bigint generated always as identity primary key, title text not null);
alter table public.test_images enable row level security;
create policy test_images_select_own on public.test_images
  for select to authenticated
  using ((select public.has_module_access('stable-diffusion')));
grant select on public.test_images to authenticated;
insert into public.test_images (title) select 'Image ' || n from generate_series(1, 1000) as n;

create table public.test_lessons (
  id bigint generated always as identity primary key,
  module_id bigint not null references public.modules (id) on delete restrict,
  title text not null,
  is_preview boolean not null default false
);
create index test_lessons_module_id_id_idx on public.test_lessons (module_id, id);
alter table public.test_lessons enable row level security;
create policy test_lessons_select_own on public.test_lessons
  for select to authenticated
  using (module_id = any (array(select module_id from public.my_modules where status = 'active')));
grant select on public.test_lessons to anon, authenticated;
insert into public.modules (slug, title) select 'course-' || n, 'Course ' || n from generate_series(1, 100) as n;
insert into public.test_lessons (module_id, title) select module.id, 'Lesson ' || n from generate_series(1, 100) as n cross join public.modules as module;
analyze public.test_lessons;

select pg_temp.send(
  pg_temp.event(0, pg_temp.session('cs_1')),
  pg_temp.event(0, pg_temp.session('cs_2', '{"module_ref": "course-7"}')),
  pg_temp.event(0, pg_temp.session('cs_3', '{"module_ref": "course-8"}'), pg_temp.refund('re_3', 'pi_3', 1000)),
  pg_temp.event(-40, pg_temp.subscription('sub_4', 'active', -1, '{"module_ref": "course-9"}'
    || jsonb_build_object('items', jsonb_build_array(jsonb_build_object(
      'price_id', 'price_unmapped', 'quantity', 1, 'current_period_end', pg_temp.at(-10)))))));

select is(pg_temp.answer_as('ada', 'select count(*) from public.test_images'), '1000', 'a member with the module reads its table');
select is(pg_temp.answer_as('bob', 'select count(*) from public.test_images'), '0', 'a member without the module reads nothing');
select is(pg_temp.answer_as('ada', $$ select string_agg(distinct slug, ', ') from public.test_lessons join public.modules on modules.id = module_id $$),
  'course-7, stable-diffusion', 'a member reads the content of open modules, not of refunded or expired ones');
select is(pg_temp.answer_as('bob', 'select count(*) from public.test_lessons'), '0', 'a member without modules reads no lessons');
select is(pg_temp.answer_as('eve', 'select count(*) from public.test_lessons'), '0', 'a session without a user reads no lessons');
select is(pg_temp.answer_as('anon', 'select count(*) from public.test_lessons'), '0', 'an anonymous caller reads no lessons');
select pg_temp.send(1, pg_temp.refund('re_1', 'pi_1', 1000), pg_temp.refund('re_2', 'pi_2', 1000));
select is(pg_temp.answer_as('ada', 'select (select count(*) from public.test_images) + (select count(*) from public.test_lessons)'), '0',
  'a refund closes the content');

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
-- Before Postgres 17 a plan shows $0 instead of InitPlan 1.
select matches(pg_temp.plan_as('ada', 'select * from public.test_images'), 'Filter: (\(InitPlan|\$\d)', 'the access function is called once for each query');
select matches(pg_temp.plan_as('ada', 'select count(*) from public.test_lessons'), 'Index Cond: \(module_id = ANY \((\(InitPlan|\$\d)', 'a member''s modules are a condition of the index');
select unalike(pg_temp.plan_as('ada', 'select count(*) from public.test_lessons'), '%Seq Scan on test_lessons%', 'a member''s query does not scan the content');

create index test_lessons_preview_idx on public.test_lessons (id) where is_preview;
create policy test_lessons_select_all on public.test_lessons
  for select to anon, authenticated
  using (is_preview);
update public.test_lessons set is_preview = true where title = 'Lesson 1';
select is(pg_temp.answer_as('anon', 'select count(distinct title) from public.test_lessons'), '1', 'an anonymous caller reads previews');
select is(pg_temp.answer_as('ada', 'select count(distinct title) from public.test_lessons'), '1', 'a member reads previews');
select unalike(pg_temp.plan_as('ada', 'select count(*) from public.test_lessons'), '%Seq Scan on test_lessons%', 'a member''s query with previews does not scan the content');

select * from finish();
rollback;

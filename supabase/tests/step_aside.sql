-- Stepping aside and stepping in: the old tables are back exactly as they were, and Sesame keeps its data aside.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/old_site.psql
select plan(33);

-- The site's tables before the push, with the names of ours.
create function pg_temp.described(of_schema text) returns text
language plpgsql as $$
declare
  v_told text := '';
  v_part text;
  v_table text;
begin
  foreach v_table in array '{modules,access_tokens,module_access}'::text[] loop
    execute format('select string_agg(old::text, '','' order by id) from %I.%I as old', of_schema, v_table) into v_part;
    v_told := v_told || coalesce(v_part, '');
    select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attacl,
      pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)), ', ' order by attnum) into v_part
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = to_regclass(of_schema || '.' || v_table);
    v_told := v_told || coalesce(v_part, '');
    select string_agg(conname || pg_get_constraintdef(oid), ', ' order by conname) into v_part
    from pg_constraint where to_regclass(of_schema || '.' || v_table) in (conrelid, confrelid);
    v_told := v_told || coalesce(v_part, '');
    select concat(relacl, relrowsecurity, relowner) into v_part from pg_class where oid = to_regclass(of_schema || '.' || v_table);
    v_told := v_told || coalesce(v_part, '');
  end loop;
  -- A foreign key of another table that new rows violate is reported.
  return replace(replace(replace(v_told, of_schema || '.', ''), 'public.', ''), ' NOT VALID', '');
end
$$;
create function legacy.has_module_access(module text) returns boolean language sql as 'select true';
create temporary table was as select pg_temp.described('legacy') as tables;

select sesame.move_in();
-- A week later: new purchases, closed access, and the site's own writes.
select pg_temp.send(0, pg_temp.session('cs_new', '{"module_ref": "studio"}'));
select pg_temp.send(0, pg_temp.session('cs_bob', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', 'whisper')));
update public.access_tokens set is_active = false where created_by = pg_temp.user_id('ada') and module_id = 72;
update public.modules set price = 99 where id = 71;
insert into public.modules (slug, title) values ('fresh', 'Fresh');
insert into public.test_orders (module_id) select id from public.modules where slug = 'fresh';
create table public.test_reviews (module_id bigint constraint test_reviews_module_id_fkey references public.modules (id));
create table public.test_lessons (id bigint primary key);
alter table public.test_lessons enable row level security;
create policy test_lessons_select_own on public.test_lessons for select to authenticated using ((select public.has_module_access('studio')));
grant select on public.test_lessons to authenticated;
insert into public.test_lessons values (1);
create temporary table ours as
select (select jsonb_agg(to_jsonb(access) order by id) from public.module_access as access) as access,
  (select string_agg(module::text, ',' order by id) from public.modules as module) as modules,
  (select md5(string_agg(pg_get_functiondef(oid), ' ' order by oid)) from pg_proc where pronamespace in ('sesame'::regnamespace, 'public'::regnamespace) and prokind = 'f') as functions;

-- Refused before anything moves.
create function public.test_step_aside() returns int language sql as 'select 1';
create view public.test_modules_old as select 1 as one;
alter view public.test_modules_old rename to test_has_been;
create table legacy.test_has_been (id int);
select throws_ok('select sesame.step_aside()', 'SE010', 'the tables can not change places yet; nothing was changed', 'a table with a name in the way is reported and nothing is changed');
select has_table('legacy', 'modules', 'a refused step aside has moved nothing');
drop table legacy.test_has_been;
create schema sesame_aside;
select throws_ok('select sesame.step_aside()', 'SE010', null, 'a schema with a name in the way is refused');
drop schema sesame_aside;

create temporary table report as select * from sesame.step_aside();
select is(pg_temp.described('public'), (select replace(tables, 'legacy.', '') from was), 'the old tables have their rows, columns, defaults, constraints and rights back');
select is(public.has_module_access('anything'), true, 'the old functions are back');
select has_function('public', 'test_step_aside', 'attack: a function of the site''s own is left where it is');
select is((select string_agg(concat_ws(' ', what, number), e'\n' order by what) from report
    where what ~ '^access|test_'),  -- The project's own objects may be in it too.
  E'access changed 2\naccess new 1\n'
  'foreign key test_orders_module_id_fkey of public.test_orders points at the old table again, but not yet for rows written since'
  '\nforeign key test_reviews_module_id_fkey of public.test_reviews still points at sesame_aside.modules\n'
  'policy test_lessons_select_own on public.test_lessons still asks sesame_aside.has_module_access(text)',
  'the report counts what is new and names what could not be restored');
select is((select string_agg(concat_ws(' ', what, module, case when module_id::integer > 70 then module_id end, is_active), ', ' order by what, module) from sesame_aside.new_access),
  'changed atelier 72 f, changed studio 71 t, new whisper t', 'new access can be read by the old ids of modules');
select is((select price from sesame_aside.modules where id = 71), 99.00, 'values that the site wrote into our tables are kept');
select is((select count(*) from public.test_orders), 2::bigint, 'no row of the site''s tables is lost');
select throws_ok($$ insert into public.test_orders (module_id) values (12345) $$, '23503', null, 'the site''s foreign key holds for new rows');
select is((select count(*) from information_schema.role_table_grants where table_schema = 'sesame_aside' and table_name = 'new_access' and grantee in ('anon', 'authenticated')), 0::bigint,
  'attack: anonymous callers and members cannot read the new access');
select is(pg_temp.answer_as('ada', 'select count(*) from public.test_lessons'), '1', 'a policy that asks Sesame answers for a member with the module');
select is(pg_temp.answer_as('bob', 'select count(*) from public.test_lessons'), '1', 'a policy that asks Sesame answers for each member');

-- While Sesame is aside.
select throws_ok($$ select pg_temp.deliver(pg_temp.event('evt_3', 'x', 0, pg_temp.session('cs_3'))) $$, 'SE011', 'Sesame stands aside: the old tables are in its place', 'an event is refused, so that Stripe sends it again');
select throws_ok(format('select sesame.project_access(array[%L]::uuid[])', pg_temp.user_id('ada')), 'SE011', null, 'attack: folding a user cannot write into the old tables');
select lives_ok($$ insert into auth.users (id, email, email_confirmed_at) values ('d0d00000-0000-4000-8000-000000000009', 'dora@example.com', now()) $$, 'a new account can sign up');
select lives_ok($$ update auth.users set last_sign_in_at = now() where email = 'bob@example.com' $$, 'an account can sign in');
select is(pg_temp.described('public'), (select replace(tables, 'legacy.', '') from was), 'the old tables are unchanged by sign-ups and sign-ins');
select throws_ok('select sesame.step_aside()', 'SE012', 'there are no old tables to bring back', 'stepping aside twice is refused');
select is(sesame.is_aside(), true, 'is_aside is true');

-- Stepping in, with the site's sales in between.
insert into public.module_access (id, user_id, module_id) values (990, pg_temp.user_id('bob')::text, 72);
create schema legacy;
select throws_ok('select sesame.step_in()', 'SE010', null, 'stepping in with a name in the way is refused');
drop schema legacy;
select sesame.step_in();
select is((select jsonb_agg(to_jsonb(access) order by id) from public.module_access as access), (select access from ours), 'after stepping in all access is as it was');
select is((select string_agg(module::text, ',' order by id) from public.modules as module), (select modules from ours), 'after stepping in all modules are as they were');
drop function public.test_step_aside();
select is((select md5(string_agg(pg_get_functiondef(oid), ' ' order by oid)) from pg_proc where pronamespace in ('sesame'::regnamespace, 'public'::regnamespace) and prokind = 'f'),
  (select functions from ours), 'after stepping in all functions are as they were');
select is(sesame.is_aside(), false, 'is_aside is false');
select hasnt_schema('sesame_aside', 'nothing is left behind');
select is((select pg_get_constraintdef(oid) from pg_constraint where conname = 'test_orders_module_id_fkey'), 'FOREIGN KEY (module_id) REFERENCES modules(id) ON DELETE CASCADE', 'the site''s foreign key points at our table again');
select sesame.move_in();
select pg_temp.access_is('bob', 'atelier', 'open', 'a module that the site sold in between opens after the next move');
select is(pg_temp.deliver(pg_temp.event('evt_3', 'x', 0, pg_temp.session('cs_3', '{"module_ref": "llama"}'))), 'applied', 'after stepping in events are applied');
select pg_temp.access_is_derived();
select throws_ok('select sesame.step_in()', 'SE012', 'Sesame does not stand aside', 'stepping in twice is refused');
select sesame.step_aside();
select is(sesame.is_aside(), true, 'Sesame can step aside again');

select * from finish();
rollback;

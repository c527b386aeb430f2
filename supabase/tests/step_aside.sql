-- Back again: the old tables are where they were, exactly, and Sesame asleep with all it knows; and the other way.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/old_site.psql
select plan(33);

-- What was there before the push: tables of our names, without a difference that anybody could see.
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
  -- A key of another table is not valid for rows that were written since: that is told.
  return replace(replace(replace(v_told, of_schema || '.', ''), 'public.', ''), ' NOT VALID', '');
end
$$;
create function legacy.has_module_access(module text) returns boolean language sql as 'select true';
create temporary table was as select pg_temp.described('legacy') as told;

select sesame.move_in();
-- A week of new purchases, of closing, and of writes of the site's own.
select pg_temp.tell(0, pg_temp.session('cs_new', '{"module_ref": "studio"}'));
select pg_temp.tell(0, pg_temp.session('cs_bob', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', 'whisper')));
update public.access_tokens set is_active = false where created_by = pg_temp.user_id('ada') and module_id = 72;
update public.modules set price = 99 where id = 71;
insert into public.modules (slug, title) values ('fresh', 'Fresh');
insert into public.orders (module_id) select id from public.modules where slug = 'fresh';
create table public.reviews (module_id bigint constraint reviews_module_id_fkey references public.modules (id));
create table public.lessons (id bigint primary key);
alter table public.lessons enable row level security;
create policy lessons_select_own on public.lessons for select to authenticated using ((select public.has_module_access('studio')));
grant select on public.lessons to authenticated;
insert into public.lessons values (1);
create temporary table ours as
select (select jsonb_agg(to_jsonb(access) order by id) from public.module_access as access) as access,
  (select string_agg(module::text, ',' order by id) from public.modules as module) as modules,
  (select md5(string_agg(pg_get_functiondef(oid), ' ' order by oid)) from pg_proc where pronamespace in ('sesame'::regnamespace, 'public'::regnamespace) and prokind = 'f') as functions;

-- Refused before anything moves.
create function public.step_aside() returns int language sql as 'select 1';
create view public.modules_old as select 1 as one;
alter view public.modules_old rename to has_been;
create table legacy.has_been (id int);
select throws_ok('select sesame.step_aside()', 'SE010', 'the tables can not change places yet; nothing was changed', 'a name in the way is told');
select has_table('legacy', 'modules', 'and nothing has moved');
drop table legacy.has_been;
create schema sesame_aside;
select throws_ok('select sesame.step_aside()', 'SE010', null, 'so is a schema of that name');
drop schema sesame_aside;

create temporary table told as select * from sesame.step_aside();
select is(pg_temp.described('public'), (select replace(told, 'legacy.', '') from was), 'the old tables are as they were: rows, columns, defaults, constraints, rights');
select is(public.has_module_access('anything'), true, 'so are functions');
select has_function('public', 'step_aside', 'attack: a function of the site''s own is left where it is');
select is((select string_agg(concat_ws(' ', what, number), e'\n' order by what) from told),
  E'access changed 2\naccess new 1\n'
  'foreign key orders_module_id_fkey of public.orders points at the old table again, but not yet for rows written since'
  '\nforeign key reviews_module_id_fkey of public.reviews still points at sesame_aside.modules\n'
  'policy lessons_select_own on public.lessons still asks sesame_aside.has_module_access(text)',
  'what is new is counted, and what could not be as before is told');
select is((select string_agg(concat_ws(' ', what, module, case when module_id::integer > 70 then module_id end, is_active), ', ' order by what, module) from sesame_aside.new_access),
  'changed atelier 72 f, changed studio 71 t, new whisper t', 'and is there to be read, by the old ids of modules');
select is((select price from sesame_aside.modules where id = 71), 99.00, 'what the site wrote into our tables is kept beside');
select is((select count(*) from public.orders), 2::bigint, 'no row of the site''s is lost');
select throws_ok($$ insert into public.orders (module_id) values (12345) $$, '23503', null, 'and its foreign key holds for what comes');
select is((select count(*) from information_schema.role_table_grants where table_schema = 'sesame_aside' and table_name = 'new_access' and grantee in ('anon', 'authenticated')), 0::bigint,
  'attack: nobody else reads what is new');
select is(pg_temp.answer_as('ada', 'select count(*) from public.lessons'), '1', 'a policy that asks Sesame is answered as of now');
select is(pg_temp.answer_as('bob', 'select count(*) from public.lessons'), '1', 'for each member');

-- Asleep.
select throws_ok($$ select pg_temp.deliver(pg_temp.event('evt_3', 'x', 0, pg_temp.session('cs_3'))) $$, 'SE011', 'Sesame stands aside: the old tables are in its place', 'a webhook is refused, so that Stripe sends again');
select throws_ok(format('select sesame.project_access(array[%L]::uuid[])', pg_temp.user_id('ada')), 'SE011', null, 'attack: nothing writes into the old tables by the runbook');
select lives_ok($$ insert into auth.users (id, email, email_confirmed_at) values ('d0d00000-0000-4000-8000-000000000009', 'dora@example.com', now()) $$, 'an account that signs up is left alone');
select lives_ok($$ update auth.users set last_sign_in_at = now() where email = 'bob@example.com' $$, 'and one that signs in');
select is(pg_temp.described('public'), (select replace(told, 'legacy.', '') from was), 'none of it touched the old tables');
select throws_ok('select sesame.step_aside()', 'SE012', 'there are no old tables to bring back', 'it is done once');
select is(sesame.is_aside(), true, 'the doctor can see it');

-- Back, with what the site sold meanwhile.
insert into public.module_access (id, user_id, module_id) values (990, pg_temp.user_id('bob')::text, 72);
create schema legacy;
select throws_ok('select sesame.step_in()', 'SE010', null, 'the way back refuses as well');
drop schema legacy;
select sesame.step_in();
select is((select jsonb_agg(to_jsonb(access) order by id) from public.module_access as access), (select access from ours), 'all access is as it was');
select is((select string_agg(module::text, ',' order by id) from public.modules as module), (select modules from ours), 'and all modules');
drop function public.step_aside();
select is((select md5(string_agg(pg_get_functiondef(oid), ' ' order by oid)) from pg_proc where pronamespace in ('sesame'::regnamespace, 'public'::regnamespace) and prokind = 'f'),
  (select functions from ours), 'and every function');
select is(sesame.is_aside(), false, 'it is awake');
select hasnt_schema('sesame_aside', 'nothing is left behind');
select is((select pg_get_constraintdef(oid) from pg_constraint where conname = 'orders_module_id_fkey'), 'FOREIGN KEY (module_id) REFERENCES modules(id) ON DELETE CASCADE', 'the foreign key is ours again');
select sesame.move_in();
select pg_temp.access_is('bob', 'atelier', 'open', 'what was sold meanwhile comes with the next backfill');
select is(pg_temp.deliver(pg_temp.event('evt_3', 'x', 0, pg_temp.session('cs_3', '{"module_ref": "llama"}'))), 'applied', 'and Stripe is heard');
select pg_temp.access_is_derived();
select throws_ok('select sesame.step_in()', 'SE012', 'Sesame does not stand aside', 'it comes back once');
select sesame.step_aside();
select is(sesame.is_aside(), true, 'and can step aside once more');

select * from finish();
rollback;

-- Members read their own access by table, view and function, and no other member's.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(36);

-- Ada bought Stable Diffusion, was refunded Llama, waits for Whisper, and her studio month is over. Bob has nothing.
select pg_temp.send(
  pg_temp.event(0, pg_temp.session('cs_1')),
  pg_temp.event(0, pg_temp.session('cs_2', '{"module_ref": "llama"}'), pg_temp.refund('re_2', 'pi_2', 1000)),
  pg_temp.event(0, pg_temp.session('cs_3', '{"module_ref": "whisper", "payment_status": "unpaid"}')),
  pg_temp.event(-40, pg_temp.subscription('sub_4', 'active', -1, '{"module_ref": "playground"}'
    || jsonb_build_object('items', jsonb_build_array(jsonb_build_object(
      'price_id', 'price_unmapped', 'quantity', 1, 'current_period_end', pg_temp.at(-10)))))));

select is(pg_temp.answer_as('ada', $$ select count(*) from public.module_access $$), '4', 'a member reads their own access');
select is(pg_temp.answer_as('bob', $$ select count(*) from public.module_access $$), '0', 'a member does not read another member''s access');
select is(pg_temp.refusal_as('anon', $$ select from public.module_access $$), '42501', 'an anonymous caller cannot read access');
select is(pg_temp.refusal_as('anon', $$ select from public.my_modules $$), '42501', 'an anonymous caller cannot read my_modules');
select is(pg_temp.refusal_as('anon', $$ select public.has_module_access('llama') $$), '42501', 'an anonymous caller cannot call has_module_access');
select is(pg_temp.answer_as('anon', $$ select count(*) from public.modules $$), '4', 'everyone can read the catalogue');
select is(pg_temp.answer_as('anon', $$ select count(*) > 0 from public.module_prices $$), 'true', 'everyone can read the prices');

select is(pg_temp.answer_as('ada', $$ select string_agg(concat_ws(' ', slug, status, reason), ', ' order by slug) from public.my_modules $$),
  'llama closed refunded, playground expired expired, stable-diffusion active purchase, whisper pending pending_payment',
  'my_modules says in words what each row means now');
select is(pg_temp.answer_as('bob', $$ select count(*) from public.my_modules $$), '0', 'my_modules does not show another member''s modules');

select is(pg_temp.answer_as('ada', $$ select public.has_module_access('stable-diffusion') $$), 'true', 'a bought module is true by its slug');
select is(pg_temp.answer_as('ada', format($$ select public.has_module_access(%L) $$,
  (select id from public.modules where slug = 'stable-diffusion'))), 'true', 'a bought module is true by its id');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('llama') $$), 'false', 'a refunded module is false');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('whisper') $$), 'false', 'an unpaid module is false');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('playground') $$), 'false', 'an expired module is false');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('no-such-module') $$), 'false', 'an unknown module is false');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('99999999999999999999999') $$), 'false', 'an id longer than any module''s is false');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access(null) $$), 'false', 'null is false');
select is(pg_temp.answer_as('bob', $$ select public.has_module_access('stable-diffusion') $$), 'false', 'another member''s module is false');

-- It runs with its owner's rights, and answers what row level security lets the member read.
create function pg_temp.answers_of(persona text, rule text) returns text
language sql as $$
  select pg_temp.answer_as(persona, format('select string_agg(slug, %L order by slug) from public.modules where %s', ' ', rule))
$$;
select is_empty($$
  select persona
  from unnest(array['ada', 'bob', 'cleo', 'eve']) as persona
  where pg_temp.answers_of(persona, 'public.has_module_access(slug)')
    is distinct from pg_temp.answers_of(persona, $q$id in (select module_id from public.my_modules where status = 'active')$q$)
$$, 'given each member and each module, has_module_access says the same as my_modules');
select is(pg_temp.answers_of('ada', 'public.has_module_access(slug)'), 'stable-diffusion', 'the comparison holds an open module');
select is(pg_temp.refusal_as('service_role', $$ select public.has_module_access('stable-diffusion') $$), '42501', 'service_role, which is no member, cannot call has_module_access');

-- In another table's policy.
create table public.test_lessons (id bigint primary key, title text);
alter table public.test_lessons enable row level security;
create policy test_lessons_select_own on public.test_lessons
  for select to authenticated using ((select public.has_module_access('stable-diffusion')));
grant select on public.test_lessons to authenticated;
insert into public.test_lessons values (1, 'Images from words');
select is(pg_temp.answer_as('ada', $$ select count(*) from public.test_lessons $$), '1', 'a policy with has_module_access shows a row to a member with the module');
select is(pg_temp.answer_as('bob', $$ select count(*) from public.test_lessons $$), '0', 'a policy with has_module_access hides a row from a member without it');

-- service_role.
select is(pg_temp.answer_as('service_role', $$ select count(*) from public.module_access $$), '4', 'service_role reads all access');
select is(pg_temp.refusal_as('service_role', $$ select from sesame.grants $$), '42501', 'service_role cannot read private tables');
select is(pg_temp.refusal_as('service_role', $$ update public.module_access set is_active = true $$), '', 'service_role can write access');
select is(pg_temp.refusal_as('sesame_webhook', $$ select from public.module_access $$), '42501', 'the role of the direct door cannot read access');

-- The site's own keys of metadata, and one of our keys changed by hand.
update public.module_access
set metadata = metadata || '{"campaign": "may", "note": {"seats": 2}, "reason": "manual"}'
where metadata ->> 'source_id' = 'cs_2';
create temporary table logged as select count(*) from sesame.access_log;
select sesame.project_access(array[pg_temp.user_id('ada')]);
select is(
  (select metadata - 'source_id' from public.module_access where metadata ? 'campaign'),
  '{"campaign": "may", "note": {"seats": 2}, "source": "checkout_session", "reason": "refunded", "reason_after": "refunded",
    "access_level": "standard", "max_usage": null}',
  'a key of ours changed by hand is restored, and the site''s keys stay');
select pg_temp.send(1, pg_temp.session('cs_5', '{"module_ref": "llama"}'));
select is(
  (select metadata ->> 'source_id' || (metadata ->> 'campaign') from public.module_access where metadata ? 'campaign'),
  'cs_5may', 'the site''s keys stay when another source decides');
select is((select count(*) from sesame.access_log where metadata ? 'campaign'), 0::bigint, 'the access log holds only our own keys');
select sesame.project_access(array[pg_temp.user_id('ada')]);
select is((select count(*) from sesame.access_log), (table logged) + 1, 'the access log gets no row where nothing changed');
select is(
  (select array_agg(key order by key) from public.module_access, jsonb_object_keys(metadata) as key where metadata ->> 'source_id' = 'cs_1'),
  (select array_agg(key order by key) from unnest(sesame.fold_keys()) as key),
  'fold_keys lists the keys of ours in metadata');

-- Without a user.
select is(pg_temp.answer_as('eve', $$ select count(*) from public.module_access $$), '0', 'a session without a user reads no access');
select is((select count(*) from public.module_access where user_id is null), 0::bigint, 'every row of access has a user');

-- "Open now" is written three times: in is_open, in status_now (my_modules) and in has_module_access.
select is_empty($$
  select is_active, expires_at
  from unnest(array[true, false]) as is_active
  cross join unnest(array[null, now() - interval '1 second', now(), now() + interval '1 second']::timestamptz[]) as expires_at
  where sesame.is_open(is_active, expires_at) is distinct from (sesame.status_now(is_active, expires_at, '{}') = 'active')
$$, 'is_open and status_now agree, also at the instant of the end');
alter table public.module_access disable trigger user;
update public.module_access set is_active = true, expires_at = now()
where module_id = (select id from public.modules where slug = 'llama') and user_id = pg_temp.user_id('ada');
alter table public.module_access enable trigger user;
select is(pg_temp.answer_as('ada', $$
  select string_agg(status || ' ' || public.has_module_access(slug), ', ' order by slug) from public.my_modules $$),
  'expired false, expired false, active true, pending false', 'has_module_access and my_modules agree, also at the instant of the end');

select * from finish();
rollback;

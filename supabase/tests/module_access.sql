-- What a member reads: his own rows, by table, view and function, and nothing of anybody else.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(31);

-- Ada bought StableDiffusion, refunded Llama, waits for Whisper; her studio month is over. Bob: nothing.
select pg_temp.tell(
  pg_temp.event(0, pg_temp.session('cs_1')),
  pg_temp.event(0, pg_temp.session('cs_2', '{"module_ref": "llama"}'), pg_temp.refund('re_2', 'pi_2', 1000)),
  pg_temp.event(0, pg_temp.session('cs_3', '{"module_ref": "whisper", "payment_status": "unpaid"}')),
  pg_temp.event(-40, pg_temp.subscription('sub_4', 'active', -1, '{"module_ref": "playground"}'
    || jsonb_build_object('items', jsonb_build_array(jsonb_build_object(
      'price_id', 'price_unmapped', 'quantity', 1, 'current_period_end', pg_temp.at(-10)))))));

select is(pg_temp.answer_as('ada', $$ select count(*) from public.module_access $$), '4', 'ada reads her own rows');
select is(pg_temp.answer_as('bob', $$ select count(*) from public.module_access $$), '0', 'bob reads none of hers');
select is(pg_temp.refusal_as('anon', $$ select from public.module_access $$), '42501', 'a stranger may not even ask');
select is(pg_temp.refusal_as('anon', $$ select from public.my_modules $$), '42501', 'nor for his modules');
select is(pg_temp.refusal_as('anon', $$ select public.has_module_access('llama') $$), '42501', 'nor whether he has one');
select is(pg_temp.answer_as('anon', $$ select count(*) from public.modules $$), '4', 'the catalogue is open to all');
select is(pg_temp.answer_as('anon', $$ select count(*) > 0 from public.module_prices $$), 'true', 'with its prices');

select is(pg_temp.answer_as('ada', $$ select string_agg(concat_ws(' ', slug, status, reason), ', ' order by slug) from public.my_modules $$),
  'llama closed refunded, playground expired expired, stable-diffusion active purchase, whisper pending pending_payment',
  'my_modules says in words what each row means now');
select is(pg_temp.answer_as('bob', $$ select count(*) from public.my_modules $$), '0', 'and shows nobody else''s');

select is(pg_temp.answer_as('ada', $$ select public.has_module_access('stable-diffusion') $$), 'true', 'ada has what she bought');
select is(pg_temp.answer_as('ada', format($$ select public.has_module_access(%L) $$,
  (select id from public.modules where slug = 'stable-diffusion'))), 'true', 'by its id as well');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('llama') $$), 'false', 'not what was refunded');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('whisper') $$), 'false', 'not what is not paid yet');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('playground') $$), 'false', 'not what has expired');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('no-such-module') $$), 'false', 'not what does not exist');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access('99999999999999999999999') $$), 'false', 'nor an id too long to be one');
select is(pg_temp.answer_as('ada', $$ select public.has_module_access(null) $$), 'false', 'nor nothing');
select is(pg_temp.answer_as('bob', $$ select public.has_module_access('stable-diffusion') $$), 'false', 'bob has nothing of hers');

-- In another table's policy.
create table public.lessons (id bigint primary key, title text);
alter table public.lessons enable row level security;
create policy lessons_select_own on public.lessons
  for select to authenticated using ((select public.has_module_access('stable-diffusion')));
grant select on public.lessons to authenticated;
insert into public.lessons values (1, 'Images from words');
select is(pg_temp.answer_as('ada', $$ select count(*) from public.lessons $$), '1', 'a policy of another table can ask has_module_access: open to ada');
select is(pg_temp.answer_as('bob', $$ select count(*) from public.lessons $$), '0', 'closed to bob');

-- service_role.
select is(pg_temp.answer_as('service_role', $$ select count(*) from public.module_access $$), '4', 'service_role reads all access');
select is(pg_temp.refusal_as('service_role', $$ select from sesame.grants $$), '42501', 'and no private table');
select is(pg_temp.refusal_as('service_role', $$ update public.module_access set is_active = true $$), '', 'and writes access: see server_writes');
select is(pg_temp.refusal_as('sesame_webhook', $$ select from public.module_access $$), '42501', 'the direct door''s role reads nothing');

-- What the site itself keeps in metadata, and a key of the fold's written by hand.
update public.module_access
set metadata = metadata || '{"campaign": "may", "note": {"seats": 2}, "reason": "manual"}'
where metadata ->> 'source_id' = 'cs_2';
create temporary table logged as select count(*) from sesame.access_log;
select sesame.project_access(array[pg_temp.user_id('ada')]);
select is(
  (select metadata - 'source_id' from public.module_access where metadata ? 'campaign'),
  '{"campaign": "may", "note": {"seats": 2}, "source": "checkout_session", "reason": "refunded", "reason_after": "refunded",
    "access_level": "standard", "max_usage": null}',
  'a key of the fold is put right; the others are the site''s, and stay');
select pg_temp.tell(1, pg_temp.session('cs_5', '{"module_ref": "llama"}'));
select is(
  (select metadata ->> 'source_id' || (metadata ->> 'campaign') from public.module_access where metadata ? 'campaign'),
  'cs_5may', 'also where another source decides from now on');
select is((select count(*) from sesame.access_log where metadata ? 'campaign'), 0::bigint, 'the log says what the fold decided, no more');
select sesame.project_access(array[pg_temp.user_id('ada')]);
select is((select count(*) from sesame.access_log), (table logged) + 1, 'and nothing where nothing changed');
select is(
  (select array_agg(key order by key) from public.module_access, jsonb_object_keys(metadata) as key where metadata ->> 'source_id' = 'cs_1'),
  (select array_agg(key order by key) from unnest(sesame.fold_keys()) as key),
  'fold_keys names the keys that the fold writes');

-- Nobody.
select is(pg_temp.answer_as('eve', $$ select count(*) from public.module_access $$), '0', 'a session without a user reads nothing');
select is((select count(*) from public.module_access where user_id is null), 0::bigint, 'no row belongs to nobody');

select * from finish();
rollback;

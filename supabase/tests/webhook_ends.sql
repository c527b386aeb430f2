-- Outgoing webhooks: access also ends by the clock. Each end is told once, before it comes and when it has come.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/outbox.psql
select plan(22);

create temporary table crm as select pg_temp.endpoint('crm') as id;

create function pg_temp.give(persona text, module text, until timestamptz) returns void
language sql as $$ select public.grant_module_access(pg_temp.user_id(persona), module, 'olga', 'a gift', until) $$;

-- In this transaction now() stands still: ends are moved to the past instead.
create function pg_temp.skip_to_end(persona text) returns void
language sql as $$
  update sesame.awaited_ends set (expires_at, expiring_at) = (now(), null) where user_id = pg_temp.user_id(persona);
  select sesame.begin_folding();
  update public.module_access set expires_at = now() where user_id = pg_temp.user_id(persona) and expires_at is not null;
  select sesame.end_folding('');
$$;

-- The end.
select pg_temp.give('ada', 'llama', now() + interval '9 days');
select is(sesame.tell_ends(), 0, 'an end that has not come is not told');
select pg_temp.skip_to_end('ada');
select is(sesame.tell_ends(), 1, 'an end that has come is told');
select is(sesame.tell_ends(), 0, 'an end is told once');
select is(pg_temp.told('ada'), 'opened llama manual, closed llama expired', 'the end by the clock tells that access has closed');
select results_eq($$ select pg_temp.data('ada') ->> 'is_active', pg_temp.data('ada') #>> '{former,is_active}' $$, $$ values ('false', 'true') $$,
  'a closing by the clock says that the access was open before');
select pg_temp.give('ada', 'llama', now() + interval '20 days');
select is(pg_temp.told('ada'), 'opened llama manual, closed llama expired, opened llama manual', 'access that begins again after its end is told as opened');

-- Extended before the end is told.
select pg_temp.give('bob', 'llama', now() + interval '9 days');
select pg_temp.skip_to_end('bob');
select pg_temp.give('bob', 'llama', now() + interval '20 days');
select is(sesame.tell_ends(), 0, 'an end that was put off before it was told is not told');
select is(pg_temp.told('bob'), 'opened llama manual, changed llama manual', 'access that was extended in time has only changed');

-- A stale row.
insert into sesame.awaited_ends (user_id, module_id, expires_at)
select pg_temp.user_id('cleo'), id, now() - interval '1 day' from public.modules where slug = 'llama';
update sesame.awaited_ends set expires_at = now() - interval '1 day' where user_id = pg_temp.user_id('bob');
select is(sesame.tell_ends(), 2, 'ends that access does not have are taken off the list');
select is(pg_temp.told('cleo') || pg_temp.told('bob'), 'nothingopened llama manual, changed llama manual', 'an end that access does not have is not told');

-- Before the end.
delete from sesame.webhook_messages where true;
select pg_temp.give('cleo', 'llama', now() + interval '4 days');
select is(sesame.tell_ends(), 0, 'four days before the end nothing is told');
update sesame.settings set expiring_notice = '5 days';
select is(sesame.tell_ends(), 1, 'a longer notice counts for access that is open already');
select is(sesame.tell_ends(), 0, 'access.expiring is told once');
select is(pg_temp.told('cleo'), 'opened llama manual, expiring llama manual', 'access.expiring is told some days before the end');
select pg_temp.give('cleo', 'llama', now() + interval '40 days');
update sesame.awaited_ends set expiring_at = now() where user_id = pg_temp.user_id('cleo');
select sesame.tell_ends();
select is(pg_temp.told('cleo'), 'opened llama manual, expiring llama manual, changed llama manual, expiring llama manual', 'a new end is announced again');
select pg_temp.give('cleo', 'whisper', now() + interval '1 day');
select sesame.tell_ends();
select is(pg_temp.told('cleo') ~ 'whisper manual$', true, 'access that opens for a day does not expire at once');
update sesame.settings set expiring_notice = '0';
select pg_temp.give('ada', 'whisper', now() + interval '1 day');
select is((select expiring_at from sesame.awaited_ends where user_id = pg_temp.user_id('ada') and expires_at < now() + interval '2 days'), null, 'a notice of 0 switches access.expiring off');
update sesame.settings set expiring_notice = '3 days';

-- A subscription that renews: its period ends in 30 days, its access three days later.
delete from sesame.webhook_messages where true;
delete from sesame.awaited_ends where true;
select pg_temp.send(0, pg_temp.subscription('renews', 'active', 1, jsonb_build_object('user_ref', pg_temp.user_id('bob'))));
update sesame.awaited_ends set expiring_at = now();
select sesame.tell_ends();
select is((select expires_at - expiring_at from sesame.awaited_ends), interval '2 days',
  'a subscription that renews says nothing until a day after its period');
select is(pg_temp.told('bob'), 'opened whisper subscription', 'a renewal that is on its way is not announced as an end');
select pg_temp.send(1, pg_temp.again(pg_temp.subscription('renews', 'active', 1,
  jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'cancel_at_period_end', true))));
update sesame.awaited_ends set expiring_at = now();
select sesame.tell_ends();
select is(pg_temp.told('bob'), 'opened whisper subscription, changed whisper subscription, expiring whisper subscription', 'a subscription that was canceled expires');

-- In parts.
insert into public.access_tokens (created_by, module_id, access_level, expires_at)
select gen_random_uuid(), (select id from public.modules where slug = 'llama'), 'standard', now() + interval '90 days' from generate_series(1, 5);
update sesame.awaited_ends set expiring_at = now() where expires_at = now() + interval '90 days';
select is(sesame.tell_ends(2) + sesame.tell_ends(2), 4, 'ends are told in parts');

select is(pg_temp.refusal_as('service_role', 'select sesame.tell_ends()'), '42501', 'service_role cannot call the private function');

select * from finish();
rollback;

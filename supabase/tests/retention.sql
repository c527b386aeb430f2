-- Retention: old bodies of applied events are emptied. Facts, access and failed events stay.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(9);

select pg_temp.send(pg_temp.event('evt_old', 'x', 0, pg_temp.session('old')), pg_temp.event('evt_new', 'x', 0, pg_temp.session('young')));
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload)
values ('evt_failed', 'x', now(), false, '', 'failed', '22P02', '{}'), ('evt_live', 'x', now(), true, '', 'quarantined', 'wrong_mode', '{}');
update sesame.stripe_events set received_at = now() - interval '91 days' where id <> 'evt_new';
insert into sesame.uses (user_id, module_id, request_id, used_at)
select pg_temp.user_id('ada'), min(id), 'r1', now() - interval '91 days' from public.modules;

select results_eq('select payloads, requests from sesame.purge()', $$ values (1::bigint, 1::bigint) $$, 'a purge counts the old bodies and the old requests');
select is((select payload from sesame.stripe_events where id = 'evt_old'), '', 'the body of an old event that was applied is emptied');
select is((select payload from sesame.stripe_events where id = 'evt_new'), '{}', 'the body of a young event stays');
select is((select string_agg(payload, '' order by id) from sesame.stripe_events where outcome in ('failed', 'quarantined')), '{}{}', 'the body of an event that failed or is quarantined stays, however old');
select is(pg_temp.deliver(pg_temp.event('evt_old', 'x', 0, pg_temp.session('old'))), 'duplicate', 'a purged event that is delivered again is a duplicate');
select results_eq('select payloads, requests from sesame.purge()', $$ values (0::bigint, 0::bigint) $$, 'a second purge finds nothing');
select sesame.fold_everything();
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a purge leaves facts and access as they were');
select throws_ok($$ select * from sesame.purge(interval '7 days') $$, 'SE009', 'too young to be purged', 'a purge of what Stripe still has is refused');
select is(pg_temp.refusal_as('service_role', 'select * from sesame.purge()'), '42501', 'service_role cannot purge');

select * from finish();
rollback;

-- Retention: bodies go once they are old and handled; facts, access and whatever failed stay.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(9);

select pg_temp.tell(pg_temp.event('evt_old', 'x', 0, pg_temp.session('cs_1')), pg_temp.event('evt_new', 'x', 0, pg_temp.session('cs_2')));
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload)
values ('evt_failed', 'x', now(), false, '', 'failed', '22P02', '{}'), ('evt_live', 'x', now(), true, '', 'quarantined', 'wrong_mode', '{}');
update sesame.stripe_events set received_at = now() - interval '91 days' where id <> 'evt_new';
insert into sesame.uses (user_id, module_id, request_id, used_at)
select pg_temp.user_id('ada'), min(id), 'r1', now() - interval '91 days' from public.modules;

select results_eq('select payloads, requests from sesame.purge()', $$ values (1::bigint, 1::bigint) $$, 'what is old and handled goes');
select is((select payload from sesame.stripe_events where id = 'evt_old'), '', 'the body, that is');
select is((select payload from sesame.stripe_events where id = 'evt_new'), '{}', 'what is young stays');
select is((select string_agg(payload, '' order by id) from sesame.stripe_events where outcome in ('failed', 'quarantined')), '{}{}', 'what was never handled stays, however old');
select is(pg_temp.deliver(pg_temp.event('evt_old', 'x', 0, pg_temp.session('cs_1'))), 'duplicate', 'a redelivery is known all the same');
select results_eq('select payloads, requests from sesame.purge()', $$ values (0::bigint, 0::bigint) $$, 'a second time there is nothing to purge');
select sesame.fold_everything();
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'facts and access are as they were');
select throws_ok($$ select * from sesame.purge(interval '7 days') $$, 'SE009', 'too young to be purged', 'nothing goes that Stripe itself still has');
select is(pg_temp.refusal_as('service_role', 'select * from sesame.purge()'), '42501', 'and only the owner purges');

select * from finish();
rollback;

-- Retention: old bodies of settled events are emptied, or never stored. Facts, access and all other events stay.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(26);

create function pg_temp.body(event_id text) returns text
language sql as $$ select payload from sesame.stripe_events where id = event_id $$;

select pg_temp.send(pg_temp.event('evt_old', 'x', 0, pg_temp.session('old')), pg_temp.event('evt_new', 'x', 0, pg_temp.session('young')));
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload)
values ('evt_failed', 'x', now(), false, '', 'failed', '22P02', '{}'), ('evt_live', 'x', now(), true, '', 'quarantined', 'wrong_mode', '{}');
update sesame.stripe_events set received_at = now() - interval '91 days' where id <> 'evt_new';
insert into sesame.uses (user_id, module_id, request_id, used_at)
select pg_temp.user_id('ada'), min(id), 'r1', now() - interval '91 days' from public.modules;

select results_eq('select payloads, requests from sesame.purge()', $$ values (1::bigint, 1::bigint) $$, 'a purge counts the old bodies and the old requests');
select is(pg_temp.body('evt_old'), '', 'the body of an old event that was applied is emptied');
select is(pg_temp.body('evt_new'), '{}', 'the body of a young event stays');
select is((select string_agg(payload, '' order by id) from sesame.stripe_events where outcome in ('failed', 'quarantined')), '{}{}', 'the body of an event that failed or is quarantined stays, however old');
select is(pg_temp.deliver(pg_temp.event('evt_old', 'x', 0, pg_temp.session('old'))), 'duplicate', 'a purged event that is delivered again is a duplicate');
select results_eq('select payloads, requests from sesame.purge()', $$ values (0::bigint, 0::bigint) $$, 'a second purge finds nothing');
select sesame.fold_everything();
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a purge leaves facts and access as they were');
select throws_ok($$ select * from sesame.purge(interval '7 days') $$, 'SE009', 'too young to be purged', 'a purge of what Stripe still has is refused');
select is(pg_temp.refusal_as('service_role', 'select * from sesame.purge()'), '42501', 'service_role cannot purge');

-- In parts.
insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
select 'evt_part_' || n, 'x', now(), now() - interval '92 days' - n * interval '1 minute', false, '', 'ignored', '{}' from generate_series(1, 3) as n;
select is((select payloads from sesame.purge(most => 2)), 2::bigint, 'a purge empties at most as many bodies as it is asked to');
select is(pg_temp.body('evt_part_1'), '{}', 'a purge begins with the oldest');
select is((select payloads from sesame.purge(most => 2)), 1::bigint, 'the next purge continues');

-- A shorter and a longer time.
update sesame.stripe_events set received_at = now() - interval '8 days' where id = 'evt_new';
select is((select payloads from sesame.purge()), 0::bigint, 'by default a body of eight days stays');
update sesame.settings set keep_bodies = '7 days';
select is((select payloads from sesame.purge()), 1::bigint, 'keep_bodies of seven days empties a body of eight days');
update sesame.settings set keep_bodies = '1 year';
insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
values ('evt_year', 'x', now(), now() - interval '200 days', false, '', 'applied', '{}');
select is((select payloads from sesame.purge()), 0::bigint, 'keep_bodies of a year keeps a body of 200 days');
select is((select payloads from sesame.purge('90 days')), 1::bigint, 'a purge that is given 90 days empties it all the same');
select throws_ok($$ update sesame.settings set keep_bodies = '-1 day' $$, '23514', null, 'a negative keep_bodies is refused');

-- None at all.
update sesame.settings set keep_bodies = '0';
select is(pg_temp.deliver(
  pg_temp.event('evt_bare', 'x', 0, pg_temp.session('bare')),
  pg_temp.event('evt_nothing', 'x', 0, null),
  pg_temp.event('evt_foreign', 'x', 0, null) || '{"quarantine": "wrong_mode"}',
  pg_temp.event('evt_odd', 'x', 0, null) || '{"error": "untranslatable"}',
  pg_temp.event('evt_broken', 'x', 0, '{"kind": "charge", "id": null}')
), 'applied ignored quarantined failed failed', 'without bodies every event has its outcome');
select is(pg_temp.body('evt_bare') || pg_temp.body('evt_nothing'), '', 'with keep_bodies 0 the body of an applied or ignored event is not stored');
select is(pg_temp.body('evt_foreign') || pg_temp.body('evt_odd') || pg_temp.body('evt_broken'), '{}{}{}', 'with keep_bodies 0 every other event keeps its body');
select isnt((select status from sesame.checkout_sessions where id = 'cs_bare'), null, 'with keep_bodies 0 the facts are stored');
select is(pg_temp.deliver(pg_temp.event('evt_bare', 'x', 0, pg_temp.session('bare'))), 'duplicate', 'an event without a body that is delivered again is a duplicate');
select is(pg_temp.deliver(pg_temp.event('evt_nothing', 'x', 0, null) || '{"error": "untranslatable", "facts": [{}]}'), 'failed', 'an event that was ignored can fail later');
select is(pg_temp.body('evt_nothing'), '{}', 'an event that fails later has its body again');
select is(pg_temp.deliver(pg_temp.event('evt_odd', 'x', 0, pg_temp.session('late'))), 'applied', 'an event that failed is applied later');
update sesame.stripe_events set received_at = now() - interval '1 second' where id = 'evt_odd';
select is((select payloads from sesame.purge()), 1::bigint, 'and the next purge empties its body');

select * from finish();
rollback;

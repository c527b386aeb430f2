-- The webhook's health: silence, failures, lag and latencies.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(19);

select is(public.sesame_webhook_health() -> 'troubles', '[]', 'a new project has no troubles');
select is(public.sesame_webhook_health() -> 'last_event_at', 'null', 'a new project has no last event');

select pg_temp.deliver(pg_temp.event('evt_' || n, 'x', -0.001, pg_temp.session('cs_' || n))) from generate_series(1, 3) as n;
select is(public.sesame_webhook_health() -> 'last_day' ->> 'events', '3', 'events are counted');
select cmp_ok((public.sesame_webhook_health() -> 'last_day' ->> 'lag_p95')::numeric, '>', 80::numeric, 'the lag of events is measured');
select is(public.sesame_webhook_health() -> 'access_by_day' -> 0 ->> 'opened', '1', 'access that opened is counted');

insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, detail, payload)
values ('evt_failed', 'x', now(), now() - interval '5 minutes', false, '', 'failed', '22P02', '{}');
select is(public.sesame_webhook_health() -> 'troubles', '[]', 'an event that has just failed is no trouble');
update sesame.stripe_events set received_at = now() - interval '11 minutes' where id = 'evt_failed';
select is(public.sesame_webhook_health() -> 'troubles', '["events_failed"]', 'an event that failed ten minutes ago is a trouble');
delete from sesame.stripe_events where id = 'evt_failed';

update sesame.stripe_events set received_at = now() - interval '5 hours';
select is(public.sesame_webhook_health() -> 'troubles', '[]', 'no event after only three events is no silence');
insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
select 'evt_r' || n, 'x', now(), now() - interval '5 hours' - n * interval '5 minutes', false, '', 'ignored', '{}' from generate_series(1, 100) as n;
select is(public.sesame_webhook_health() -> 'troubles', '["silence"]', 'no event for five hours after one each five minutes is a silence');
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, payload) values
  ('evt_doctor', 'sesame.doctor', now(), false, '', 'ignored', '{}'), ('evt_read', 'refund.fetched', now(), false, '', 'applied', '{}');
select is(public.sesame_webhook_health() -> 'troubles', '["silence"]', 'the doctor''s call and a fetch do not end the silence');
select pg_temp.send(0, null);
select is(public.sesame_webhook_health() -> 'troubles', '[]', 'the next event ends the silence');
select is(pg_temp.refusal_as('ada', 'select public.sesame_webhook_health()'), '42501', 'members cannot read the webhook''s health');

select is(public.sesame_webhook_health() -> 'latencies', '{}', 'routes without calls have no latencies');
select public.sesame_record_figures('{"latencies": [{"route": "checkout", "upper_ms": 100, "calls": 90}, {"route": "checkout", "upper_ms": 500, "calls": 8}]}');
select public.sesame_record_figures('{"latencies": [{"route": "checkout", "upper_ms": 2000, "calls": 1}, {"route": "checkout", "upper_ms": 2000, "calls": 1}]}');
select is(public.sesame_webhook_health() #> '{latencies,checkout}', '{"calls": 100, "p50": 100, "p95": 500, "p99": 2000}', 'latencies of several workers add up to quantiles');
insert into sesame.latencies values ('checkout', (now() at time zone 'utc')::date - 2, 5, 10000);
select is(public.sesame_webhook_health() #>> '{latencies,checkout,calls}', '100', 'latencies of earlier days do not count');
select throws_ok($$ select public.sesame_record_figures('{"latencies": [{"route": "checkout", "upper_ms": 7, "calls": 1}]}') $$, '23514', null, 'an unknown bucket is refused');
select is(pg_temp.refusal_as('ada', $$ select public.sesame_record_figures('{}') $$), '42501', 'members cannot record figures');
select is((select sum((hour ->> 'events')::integer) from jsonb_array_elements(public.sesame_webhook_health() -> 'events_by_hour') as hour)::text,
  (select count(*)::text from sesame.stripe_events), 'the hours of a day hold all its events');
select is(public.sesame_webhook_health() ->> 'alerts', '{"notice": 0, "warning": 0, "critical": 0}', 'alerts are counted by severity');

select * from finish();
rollback;

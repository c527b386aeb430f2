-- Events that are stored and wait for the fold: explain, the doctor, alerts, health, reconcile and retention know them.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(24);

create function pg_temp.waits(id text, minutes integer, body text default '{}') returns void
language sql as $$
  insert into sesame.stripe_events (id, type, created, received_at, livemode, account, object_id, outcome, payload)
  values (id, 'x', now(), now() - minutes * interval '1 minute', false, '', replace(id, 'evt_', 'cs_'), 'received', body)
$$;

create function pg_temp.found_waiting() returns text
language sql as $$
  select finding ->> 'examples'
  from jsonb_array_elements(public.sesame_examine() -> 'findings') as finding
  where finding ->> 'code' = 'event_waiting'
$$;

create function pg_temp.cause(persona text) returns text
language sql as $$
  select coalesce((
    select concat_ws(' ', answer.link, answer.code, answer.known ->> 'event_id')
    from public.explain_module_access(pg_temp.user_id(persona)::text, 'stable-diffusion') as answer
    where answer.state = 'broken' order by answer.place limit 1
  ), 'open')
$$;

select is(public.sesame_webhook_health() -> 'waiting', '0', 'in a new project no event waits');
select is(public.sesame_webhook_health() -> 'oldest_waiting_at', 'null', 'in a new project no waiting event is the oldest');

-- A young one.
select pg_temp.waits('evt_young', 1, jsonb_build_object('user', pg_temp.user_id('ada'))::text);
select is(public.sesame_webhook_health() -> 'waiting', '1', 'an event that waits is counted');
select cmp_ok((public.sesame_webhook_health() ->> 'waiting_seconds')::numeric, '>=', 60::numeric, 'the age of an event that waits is measured');
select is(public.sesame_webhook_health() -> 'troubles', '[]', 'an event that has waited for a minute is no trouble');
select is(pg_temp.found_waiting(), null, 'an event that has waited for a minute is no finding of the doctor');
select is_empty($$ select id from public.sesame_failed_events('', 10, false, '{}') $$, 'an event that has waited for a minute is left to the fold');
select is(pg_temp.cause('ada'), 'understood event_waiting evt_young', 'an event that waits and names the user explains the closed module at once');
select is((select string_agg(code || ' ' || (known ->> 'event_id'), ', ') from public.sesame_explain_reference(an_end)), 'event_waiting evt_young', format('%s tells that its event waits', an_end))
from unnest(array['evt_young', 'cs_young']) as an_end;
select is((select event_id from public.sesame_missing_events('{evt_young}') as event_id), null, 'an event that waits is not missing');

-- An old one.
select pg_temp.waits('evt_old', 6);
select is(public.sesame_webhook_health() -> 'troubles', '["events_waiting"]', 'an event that has waited for six minutes is a trouble');
select is(pg_temp.found_waiting(), '["evt_old"]', 'an event that has waited for six minutes is a finding of the doctor');
select public.sesame_refresh_alerts();
select is((select kind || ' ' || about || ' ' || severity from public.sesame_open_alerts()), 'event_waiting evt_old warning', 'an event that has waited for six minutes raises an alert');
select results_eq($$ select id from public.sesame_failed_events('', 10, false, '{}') $$, $$ values ('evt_old') $$, 'an event that has waited for six minutes is given to reconcile');
select results_eq($$ select id from public.sesame_failed_events('', 10, true, '{}') $$, $$ values ('evt_old') $$, 'an event that waits is given to reconcile in any mode: it was ours when it came');
select results_eq($$ select id, payload from public.sesame_failed_event('evt_old') $$, $$ values ('evt_old', '{}') $$, 'an event that waits is given to a replay with its body');

-- Neither retention nor an erasure loses it.
update sesame.stripe_events set received_at = now() - interval '1 year' where id = 'evt_old';
update sesame.settings set keep_bodies = '0';
select is((select payloads from sesame.purge()), 0::bigint, 'a purge leaves an event that waits, however old');
select is((select payload from sesame.stripe_events where id = 'evt_old'), '{}', 'an event that waits keeps its body');
select throws_ok(format('select public.erase_user(%L, %L, %L)', pg_temp.user_id('ada'), 'olga', 'they asked'),
  'SE061', 'an event of this user is not applied yet', 'a user whom an event that waits names cannot be erased');

-- A failure is graver, another mode is not.
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, detail, payload)
values ('evt_mode', 'x', now(), true, '', 'cs_mode', 'quarantined', 'wrong_mode', jsonb_build_object('user', pg_temp.user_id('ada'))::text);
select is(pg_temp.cause('ada'), 'understood event_waiting evt_young', 'an event that waits comes before one of another mode');
update sesame.stripe_events set (outcome, detail) = ('failed', '22P02') where id = 'evt_mode';
select is(pg_temp.cause('ada'), 'understood event_failed evt_mode', 'an event that failed comes before one that waits');

-- Applied.
select pg_temp.deliver(pg_temp.event('evt_old', 'x', 0, pg_temp.session('cs_old')), pg_temp.event('evt_young', 'x', 0, pg_temp.session('cs_young')));
select public.sesame_refresh_alerts();
select is_empty($$ select from public.sesame_open_alerts() where kind = 'event_waiting' $$, 'the alert ends when the event is applied');
select is(public.sesame_webhook_health() -> 'waiting', '0', 'an event that is applied waits no more');

select * from finish();
rollback;

-- Requests to stripe-webhook are counted, give a rate of success, and raise an alert where signed requests are
-- refused.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(34);

-- Records a worker's figures: `calls` deliveries of a kind, some time ago.
create function pg_temp.refuse(kind text, cause text, calls bigint, ago interval default '0') returns void
language sql as $$
  select public.sesame_record_figures(jsonb_build_object('deliveries', jsonb_build_array(
    jsonb_build_object('kind', kind, 'cause', cause, 'calls', calls))));
  update sesame.deliveries set (slot, last_at) = (slot - ago, last_at - ago) where last_at = now();
$$;
create function pg_temp.day() returns jsonb language sql as $$ select public.sesame_webhook_health() -> 'deliveries' $$;
create function pg_temp.refusal() returns text language sql as $$
  select public.sesame_webhook_health() #>> '{refusal,code}' $$;

select is(pg_temp.day(), '{"accepted": 0, "failed": 0, "refused": 0, "unsigned": 0, "success_rate": null, "refusals": []}',
  'a day without a delivery has no success rate');
select is(public.sesame_webhook_health() -> 'refusal', 'null', 'a day without a delivery has no refusal');

-- Counting.
select public.sesame_record_figures('{"latencies": [], "deliveries": [{"kind": "accepted", "cause": "unknown", "calls": 90}, {"kind": "failed", "cause": "unknown", "calls": 2}]}');
select public.sesame_record_figures('{"deliveries": [{"kind": "accepted", "cause": "unknown", "calls": 6}, {"kind": "no_match", "cause": "unknown", "calls": 1}, {"kind": "no_match", "cause": "wrong_secret", "calls": 1}]}');
select is(pg_temp.day() - 'refusals', '{"accepted": 96, "failed": 2, "refused": 2, "unsigned": 0, "success_rate": 0.9600}',
  'figures of several workers add up, and the rate is accepted out of all that was signed');
select is(pg_temp.day() -> 'refusals', '[{"kind": "no_match", "signed": true, "calls": 2, "cause": "wrong_secret"}]',
  'refusals of one kind are one figure, with the cause seen in some of them');
select pg_temp.refuse(kind, null, 1000) from unnest(array['wrong_method', 'unsigned', 'malformed']) as kind;
select is(pg_temp.day() ->> 'success_rate', '0.9600', 'attack: requests without Stripe''s signature do not change the success rate');
select is(pg_temp.day() ->> 'unsigned', '3000', 'requests without Stripe''s signature are counted');
select is(pg_temp.refusal(), null, 'attack: three thousand posts of a bot raise no alert');
select is(jsonb_array_length(pg_temp.day() -> 'refusals'), 4, 'each kind of refusal is listed');
select lives_ok($$ select public.sesame_record_figures('"{\"deliveries\": [{\"kind\": \"accepted\", \"calls\": 1}]}"') $$,
  'figures in a JSON string are recorded');
select public.sesame_record_figures('{}');
select is((select sum(calls) from sesame.deliveries where kind = 'accepted'), 97::numeric, 'an empty report adds nothing');
select throws_ok($$ select pg_temp.refuse('forged', 'unknown', 1) $$, '22P02', null, 'an unknown kind is refused');
select throws_ok($$ select pg_temp.refuse('no_match', 'whsec_eve', 1) $$, '22P02', null, 'an unknown cause is refused, so no secret can be stored as one');
select throws_ok($$ select pg_temp.refuse('no_match', 'unknown', 0) $$, '23514', null, 'a count below one is refused');
select is(pg_temp.refusal_as('ada', $$ select public.sesame_record_figures('{}') $$), '42501', 'members cannot record figures');
select is(pg_temp.refusal_as('sesame_webhook', $$ select public.sesame_record_figures('{}') $$), '42501', 'the role of the direct door cannot record figures');

-- A flood.
select pg_temp.refuse('no_match', 'unknown', 1) from generate_series(1, 1000);
select is((select count(*) from sesame.deliveries where kind = 'no_match'), 2::bigint, 'attack: a flood of one kind makes one row in ten minutes for each cause');

-- The alert.
delete from sesame.deliveries;
select pg_temp.refuse('no_match', 'wrong_secret', 2);
select is(pg_temp.refusal(), null, 'two refusals are no problem yet');
select pg_temp.refuse('no_match', 'unknown', 1);
select is((public.sesame_webhook_health() -> 'refusal') - 'last_at',
  '{"code": "webhook_refused_secret", "kind": "no_match", "cause": "wrong_secret", "refused": 3, "accepted": 0}',
  'three refusals of three are a problem, named by the likeliest cause');
select is(public.sesame_webhook_health() -> 'troubles', '["refused"]', 'webhook health lists refused as a trouble');
select pg_temp.refuse('accepted', 'unknown', 9);
select is(pg_temp.refusal(), 'webhook_refused_secret', 'a quarter of all deliveries refused is a problem');
select pg_temp.refuse('accepted', 'unknown', 1);
select is(pg_temp.refusal(), null, 'less than a quarter of all deliveries refused is no problem');


create function pg_temp.code_of(kind text, cause text) returns text language plpgsql as $$
begin
  delete from sesame.deliveries;
  perform pg_temp.refuse(kind, cause, 3);
  return pg_temp.refusal();
end
$$;
select is(pg_temp.code_of('no_match', cause), code, format('%s is %s', cause, code))
from (values
  ('thin_secret', 'webhook_refused_endpoint'), ('connect_secret', 'webhook_refused_endpoint'),
  ('other_mode_secret', 'webhook_refused_endpoint'), ('body_changed', 'webhook_refused_body')
) as known (cause, code);
select is(pg_temp.code_of('out_of_time', 'clock'), 'webhook_refused_clock', 'a good signature that is out of time gets webhook_refused_clock');
select is(pg_temp.code_of('too_large', 'unknown'), 'webhook_refused', 'a refusal without a known cause gets webhook_refused');

-- How long a problem lasts.
delete from sesame.deliveries;
select pg_temp.refuse('no_match', 'wrong_secret', 3, '20 hours');
select is(pg_temp.refusal(), 'webhook_refused_secret', 'refusals of a day ago count where nothing else came');
update sesame.deliveries set (slot, last_at) = (slot - interval '3 days', last_at - interval '3 days');
select is(pg_temp.refusal(), null, 'refusals of more than three days ago do not count');
delete from sesame.deliveries;
select pg_temp.refuse('no_match', 'wrong_secret', 30, '30 minutes');
select public.sesame_refresh_alerts();
update sesame.alerts set (first_seen, last_seen) = (first_seen - interval '10 minutes', last_seen - interval '10 minutes');
select public.sesame_refresh_alerts();
select results_eq('select kind, about, severity from public.sesame_open_alerts()',
  $$ values ('webhook_refused_secret', 'stripe-webhook', 'critical') $$, 'refusals that last ten minutes raise a critical alert');
select pg_temp.send(0, null);
select is(pg_temp.refusal(), null, 'an event ten minutes after the last refusal ends the problem');
select public.sesame_refresh_alerts();
select is_empty('select * from public.sesame_open_alerts()', 'an event ten minutes after the last refusal resolves the alert');
update sesame.deliveries set last_at = now() - interval '5 minutes';
select is(pg_temp.refusal(), 'webhook_refused_secret', 'one event among new refusals does not end the problem');

-- Old counts are deleted.
update sesame.deliveries set slot = now() - interval '91 days';
select sesame.purge();
select is_empty('select from sesame.deliveries', 'counts older than 90 days are deleted');

select * from finish();
rollback;

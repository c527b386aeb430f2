-- Alerts are raised once a condition has lasted, resolved when it ends, sent once, and dismissed by an operator.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql

create function pg_temp.alerts() returns text
language sql as $$
  select coalesce(string_agg(kind || ' ' || about, ', ' order by kind, about), 'none') from public.sesame_open_alerts()
$$;

-- Moves all alerts back by this span, as if it had passed.
create function pg_temp.wait(span interval) returns void
language sql as $$
  update sesame.alerts set (first_seen, last_seen, raised_at, telling_until)
    = (first_seen - span, last_seen - span, raised_at - span, telling_until - span);
$$;

select plan(37);

select is(public.sesame_refresh_alerts(), 0, 'a new project has no alerts');

-- A condition that has just begun.
select pg_temp.send(0, pg_temp.guest('cs_guest', 'eve@example.com'));
select is(public.sesame_refresh_alerts(), 0, 'a new purchase without a buyer raises no alert');
select pg_temp.wait('59 minutes');
select is(public.sesame_refresh_alerts(), 0, 'a purchase without a buyer raises no alert within an hour');
select pg_temp.wait('2 minutes');
select is(public.sesame_refresh_alerts(), 1, 'a purchase without a buyer raises an alert after an hour');
select is(pg_temp.alerts(), 'buyer_unknown cs_guest', 'the alert names the purchase');
select public.move_purchase('cs_guest', pg_temp.user_id('ada'), 'olga', 'the buyer wrote to us');
select is(public.sesame_refresh_alerts(), 0, 'a purchase that gets a buyer resolves its alert');
select isnt((select resolved_at from sesame.alerts where about = 'cs_guest'), null, 'a resolved alert stays on record');

select pg_temp.send(0, pg_temp.guest('cs_brief', 'eve@example.com'));
select public.sesame_refresh_alerts();
select public.move_purchase('cs_brief', pg_temp.user_id('ada'), 'olga', 'the buyer wrote to us');
select public.sesame_refresh_alerts();
select is_empty($$ select from sesame.alerts where about = 'cs_brief' $$, 'a condition that ends before its alert is raised leaves no alert');

-- Each kind.
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload) values
  ('evt_failed', 'x', now(), false, '', 'failed', '22P02', '{}'),
  ('evt_live', 'x', now(), true, '', 'quarantined', 'wrong_mode', '{}'),
  ('evt_theirs', 'x', now(), false, 'acct_1', 'quarantined', 'foreign_account', '{}');
insert into sesame.stripe_events (id, type, created, livemode, account, object_id, outcome, payload) values
  ('evt_fraud', 'radar.early_fraud_warning.created', now(), false, '', 'issfr_1', 'ignored', '{}');
select pg_temp.send(
  pg_temp.event(0, pg_temp.dispute('dp_1', 'pi_1', 'needs_response')),
  pg_temp.event(0, pg_temp.session('cs_price', '{"module_ref": null, "price_ids": ["price_new"]}')),
  pg_temp.event(0, pg_temp.session('cs_module', '{"module_ref": "atlantis"}')),
  pg_temp.event(0, pg_temp.session('cs_two')),
  pg_temp.event(0, pg_temp.payment('pi_two', jsonb_build_object('user_ref', pg_temp.user_id('bob'))))
);
select public.sesame_refresh_alerts();
select pg_temp.wait('2 hours');
select public.sesame_refresh_alerts();
select is(pg_temp.alerts(), concat_ws(', ',
  'buyers_differ cs_two', 'dispute_unanswered dp_1', 'event_failed evt_failed', 'fetch_pending pi_1',
  'foreign_account evt_theirs', 'fraud_warning issfr_1', 'module_unknown cs_module', 'price_unmapped price_new',
  'wrong_mode evt_live'), 'each condition raises an alert of its kind');
select is((select kind from public.sesame_open_alerts() limit 1), 'event_failed', 'the most severe alert comes first');
select is(public.sesame_webhook_health() #>> '{alerts,critical}', '2', 'webhook health counts alerts by severity');

select pg_temp.send(1, pg_temp.again(pg_temp.dispute('dp_1', 'pi_1', 'under_review')));
insert into public.module_prices (stripe_price_id, module_id) select 'price_new', id from public.modules where slug = 'llama';
update sesame.stripe_events set outcome = 'applied', detail = null where id = 'evt_failed';
update sesame.stripe_events set received_at = now() - interval '31 days' where id in ('evt_live', 'evt_theirs', 'evt_fraud');
insert into public.modules (slug, title) values ('atlantis', 'Atlantis');
select public.sesame_refresh_alerts();
select is(pg_temp.alerts(), 'buyers_differ cs_two, fetch_pending pi_1', 'an alert is resolved once its condition is over');

-- A purchase claimed by link and refunded.
insert into sesame.claims (livemode, account, object_kind, object_id, user_id, way, actor, why)
values (false, '', 'checkout_session', 'cs_brief', pg_temp.user_id('bob'), 'link', 'member', 'held the link');
select pg_temp.send(0, pg_temp.refund('re_brief', 'pi_brief', 1000));
select public.sesame_refresh_alerts();
select is((select severity from public.sesame_open_alerts() where kind = 'claim_refunded'), 'notice', 'a refund of a purchase that a link opened raises a notice');

-- Silence.
insert into sesame.stripe_events (id, type, created, received_at, livemode, account, outcome, payload)
select 'evt_r' || n, 'x', now(), now() - interval '5 hours' - n * interval '5 minutes', false, '', 'ignored', '{}' from generate_series(1, 100) as n;
update sesame.stripe_events set received_at = now() - interval '5 hours' where received_at > now() - interval '5 hours';
select public.sesame_refresh_alerts();
select is((select severity from public.sesame_open_alerts() where kind = 'webhook_silent'), 'critical', 'an unusual silence raises a critical alert');
select pg_temp.send(0, null);
select public.sesame_refresh_alerts();
select is_empty($$ select from public.sesame_open_alerts() where kind = 'webhook_silent' $$, 'the next event resolves the alert about silence');

-- A condition that returns.
insert into sesame.stripe_events (id, type, created, livemode, account, outcome, detail, payload) values ('evt_flap', 'x', now(), false, '', 'failed', '22P02', '{}');
select public.sesame_refresh_alerts();
select pg_temp.wait('11 minutes');
select public.sesame_refresh_alerts();
select public.sesame_refresh_alerts();
select is((select times from public.sesame_open_alerts() where about = 'evt_flap'), 1, 'two refreshes count one occurrence once');
update sesame.stripe_events set outcome = 'applied' where id = 'evt_flap';
select public.sesame_refresh_alerts();
update sesame.stripe_events set outcome = 'failed' where id = 'evt_flap';
select public.sesame_refresh_alerts();
select is_empty($$ select from public.sesame_open_alerts() where about = 'evt_flap' $$, 'a condition that returns waits again before it raises an alert');
select pg_temp.wait('11 minutes');
select public.sesame_refresh_alerts();
select is((select times from public.sesame_open_alerts() where about = 'evt_flap'), 2, 'a condition that returns counts as a second occurrence');

-- Dismissed.
select throws_ok($$ select public.sesame_dismiss_alert('buyers_differ', 'cs_two', 'olga', '') $$, '23514', null, 'dismissing an alert without a reason is refused');
select throws_ok($$ select public.sesame_dismiss_alert('buyers_differ', 'cs_two', null, 'a gift') $$, '23514', null, 'dismissing an alert without a name is refused');
select is(public.sesame_dismiss_alert('buyers_differ', 'cs_two', 'olga', 'a gift'), true, 'an operator can dismiss an alert');
select public.sesame_refresh_alerts();
select is_empty($$ select from public.sesame_open_alerts() where about = 'cs_two' $$, 'a refresh does not bring a dismissed alert back');
select is(public.sesame_dismiss_alert('buyers_differ', 'cs_two', 'olga', 'a gift'), false, 'dismissing an alert twice does nothing');
select is((select dismissed_by || ': ' || dismissed_why from sesame.alerts where about = 'cs_two'), 'olga: a gift', 'a dismissed alert keeps who dismissed it and why');

-- Sent.
select is((select string_agg(id, ', ' order by id) from public.sesame_claim_alerts()), 'event_failed:evt_flap:2, fetch_pending:pi_1:1',
  'open alerts above a notice that are not dismissed are claimed for sending');
select is((select count(*) from public.sesame_claim_alerts()), 0::bigint, 'alerts that one sender has claimed are not given to a second');
select pg_temp.wait('3 minutes');
select is((select count(*) from public.sesame_claim_alerts()), 2::bigint, 'alerts that were never confirmed are given to the next sender');
select public.sesame_confirm_alerts('{event_failed:evt_flap:2,fetch_pending:pi_1:1,event_failed:evt_flap:1}');
select pg_temp.wait('3 minutes');
select public.sesame_refresh_alerts();
select is((select count(*) from public.sesame_claim_alerts()), 0::bigint, 'confirmed alerts are not sent again');
update sesame.stripe_events set outcome = 'applied' where id = 'evt_flap';
select public.sesame_refresh_alerts();
update sesame.stripe_events set outcome = 'failed' where id = 'evt_flap';
select public.sesame_refresh_alerts();
select pg_temp.wait('11 minutes');
select public.sesame_refresh_alerts();
select is((select id from public.sesame_claim_alerts()), 'event_failed:evt_flap:3', 'an alert that is raised anew is sent as another one');

-- Old.
update sesame.stripe_events set outcome = 'applied' where id = 'evt_flap';
select public.sesame_refresh_alerts();
update sesame.alerts set resolved_at = resolved_at - interval '91 days' where about = 'evt_flap';
select public.sesame_refresh_alerts();
select is_empty($$ select from sesame.alerts where about = 'evt_flap' $$, 'an alert that was resolved 91 days ago is deleted');

select is_empty($$ select kind::text from sesame.alerts except select kind from sesame.alert_kinds $$, 'every alert has a kind with a severity');
select is(pg_temp.refusal_as(persona, call), '42501', format('%s is refused %s', persona, call))
from unnest(array['ada', 'anon']) as persona
cross join unnest(array[
  'select public.sesame_refresh_alerts()', 'select public.sesame_open_alerts()', 'select public.sesame_claim_alerts()'
]) as call;

select * from finish();
rollback;

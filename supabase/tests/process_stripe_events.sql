-- process_stripe_events applies every event once. An event that fails affects no other, and is applied later.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(24);

-- Outcomes.
select is(pg_temp.deliver(
    pg_temp.event('evt_a', 'checkout.session.completed', 0, pg_temp.session('cs_a')),
    pg_temp.event('evt_b', 'product.updated', 0, null),
    pg_temp.event('evt_c', 'checkout.session.completed', 0, null) || '{"quarantine": "wrong_mode", "livemode": true}',
    pg_temp.event('evt_d', 'invoice.paid', 0, null) || '{"error": "untranslatable"}'
  ), 'applied ignored quarantined failed', 'each event has its own outcome, in the order given');
select results_eq('select id, outcome::text, detail from sesame.stripe_events order by id',
  $$ values ('evt_a', 'applied', null), ('evt_b', 'ignored', null),
            ('evt_c', 'quarantined', 'wrong_mode'), ('evt_d', 'failed', 'untranslatable') $$,
  'each event is stored with its outcome');
select is(pg_temp.deliver(pg_temp.event('evt_a', 'checkout.session.completed', 0, pg_temp.session('cs_a')),
    pg_temp.event('evt_b', 'product.updated', 0, null)), 'duplicate duplicate', 'a second delivery is a duplicate');
select is(pg_temp.deliver(pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e')), pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e'))),
  'applied duplicate', 'a second delivery within one call is a duplicate');
select is((select count(*) from sesame.stripe_events where id = 'evt_e'), 1::bigint, 'an event delivered twice in one call is one row');
select is(pg_temp.deliver(pg_temp.event('evt_d', 'invoice.paid', 0, null) || '{"error": "untranslatable"}'),
  'failed', 'an event that failed fails again, and is no duplicate');

-- One bad event among good ones.
select is(pg_temp.deliver(
    pg_temp.event(0, pg_temp.session('cs_g1', '{"module_ref": "whisper"}')),
    pg_temp.event('evt_g2', 'x', 0, pg_temp.refund('re_g', 'pi_g', 1, 'no such status')),
    pg_temp.event(0, pg_temp.session('cs_g3', '{"module_ref": "llama"}'))
  ), 'applied failed applied', 'an event that fails leaves the other events of its call');
select is((select detail from sesame.stripe_events where id = 'evt_g2'), '22P02', 'an event that fails keeps its SQLSTATE');
select is(pg_temp.access_of('ada', 'whisper') || pg_temp.access_of('ada', 'llama'), 'openopen', 'the other events of the call open their modules');
select is(pg_temp.deliver(pg_temp.event('evt_g2', 'x', 0, pg_temp.refund('re_g', 'pi_g1', 1000))),
  'applied', 'an event that failed is applied when it comes valid');
select results_eq($$ select outcome::text, detail, attempts from sesame.stripe_events where id = 'evt_g2' $$,
  $$ values ('applied', null, 2) $$, 'an event that is applied in the end keeps the number of attempts');
select is(pg_temp.deliver(pg_temp.event('evt_b', 'product.updated', 0, pg_temp.session('cs_b'))), 'applied',
  'an ignored event is applied when it comes with facts');
select is(pg_temp.deliver(pg_temp.event('evt_c', 'checkout.session.completed', 0, pg_temp.session('cs_c'))), 'applied',
  'a quarantined event is applied when it comes as ours');

-- Bodies and arguments.
select is((select outcome from public.process_stripe_events(to_jsonb(jsonb_build_array(
    pg_temp.event(0, pg_temp.session('cs_h')))::text))), 'applied', 'events in a JSON string are applied');
select is((select outcome from public.process_stripe_events(jsonb_build_array(
    pg_temp.event('evt_i', 'x', 0, null) || jsonb_build_object('payload', '{"name": "\u0000 \ud800"}')))),
  'ignored', 'a body that jsonb would refuse is stored');
select is((select payload from sesame.stripe_events where id = 'evt_i'), '{"name": "\u0000 \ud800"}', 'a body that jsonb would refuse is stored unchanged');
select is((select count(*) from public.process_stripe_events('[]')), 0::bigint, 'an empty array answers no rows');
select throws_ok($$ select public.process_stripe_events('{}') $$, 'SE003', 'events must be a JSON array',
  'anything but an array is refused');
select throws_ok($$ select public.process_stripe_events(null) $$, 'SE003', 'events must be a JSON array', 'null is refused');
select throws_ok($$ select public.process_stripe_events('[{"id": null, "type": "x", "created": 1, "livemode": false, "payload": "", "facts": []}]') $$,
  '23502', null, 'an event without an id is refused, not dropped');

-- Facts of another mode or account never mix.
select pg_temp.send(pg_temp.event(0, pg_temp.session('cs_l', '{"module_ref": "playground"}')),
  pg_temp.event(0, pg_temp.refund('re_l', 'pi_l', 1000)) || '{"livemode": true}',
  pg_temp.event(0, pg_temp.again(pg_temp.refund('re_l', 'pi_l', 1000))) || '{"account": "acct_other"}');
select pg_temp.access_is('ada', 'playground', 'open', 'a refund of another mode or account changes nothing of ours');
select is((select count(*) from sesame.refunds where id = 're_l'), 2::bigint, 'a refund of another mode or account is stored beside one with the same id');

-- Rights.
select is(pg_temp.refusal_as('service_role', $$ select public.process_stripe_events('[]') $$), '', 'service_role may call it');
select is(pg_temp.refusal_as('sesame_webhook', $$ select public.process_stripe_events('[]') $$), '', 'the role of the direct door may call it');

select * from finish();
rollback;

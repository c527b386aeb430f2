-- The door: every event once, nothing lost, a failure harms nobody else and heals.
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
  'and is kept with it');
select is(pg_temp.deliver(pg_temp.event('evt_a', 'checkout.session.completed', 0, pg_temp.session('cs_a')),
    pg_temp.event('evt_b', 'product.updated', 0, null)), 'duplicate duplicate', 'a second delivery is a duplicate');
select is(pg_temp.deliver(pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e')), pg_temp.event('evt_e', 'x', 0, pg_temp.session('cs_e'))),
  'applied duplicate', 'also within one call');
select is((select count(*) from sesame.stripe_events where id = 'evt_e'), 1::bigint, 'which leaves one row');
select is(pg_temp.deliver(pg_temp.event('evt_d', 'invoice.paid', 0, null) || '{"error": "untranslatable"}'),
  'failed', 'what failed fails again, never becomes a duplicate');

-- One bad event among good ones.
select is(pg_temp.deliver(
    pg_temp.event(0, pg_temp.session('cs_g1', '{"module_ref": "whisper"}')),
    pg_temp.event('evt_g2', 'x', 0, pg_temp.refund('re_g', 'pi_g', 1, 'no such status')),
    pg_temp.event(0, pg_temp.session('cs_g3', '{"module_ref": "llama"}'))
  ), 'applied failed applied', 'an event that cannot be applied harms no other in its batch');
select is((select detail from sesame.stripe_events where id = 'evt_g2'), '22P02', 'and says why by its SQLSTATE');
select is(pg_temp.access_of('ada', 'whisper') || pg_temp.access_of('ada', 'llama'), 'openopen', 'the others opened');
select is(pg_temp.deliver(pg_temp.event('evt_g2', 'x', 0, pg_temp.refund('re_g', 'pi_g1', 1000))),
  'applied', 'a redelivery that can be applied heals it');
select results_eq($$ select outcome::text, detail, attempts from sesame.stripe_events where id = 'evt_g2' $$,
  $$ values ('applied', null, 2) $$, 'and the inbox says so');
select is(pg_temp.deliver(pg_temp.event('evt_b', 'product.updated', 0, pg_temp.session('cs_b'))), 'applied',
  'an event ignored by an older version is applied when it says something');
select is(pg_temp.deliver(pg_temp.event('evt_c', 'checkout.session.completed', 0, pg_temp.session('cs_c'))), 'applied',
  'an event leaves quarantine when it comes as ours');

-- Bodies and arguments.
select is((select outcome from public.process_stripe_events(to_jsonb(jsonb_build_array(
    pg_temp.event(0, pg_temp.session('cs_h')))::text))), 'applied', 'a JSON string that holds the array is taken as well');
select is((select outcome from public.process_stripe_events(jsonb_build_array(
    pg_temp.event('evt_i', 'x', 0, null) || jsonb_build_object('payload', '{"name": "\u0000 \ud800"}')))),
  'ignored', 'a body that jsonb would refuse is stored');
select is((select payload from sesame.stripe_events where id = 'evt_i'), '{"name": "\u0000 \ud800"}', 'to the letter');
select is((select count(*) from public.process_stripe_events('[]')), 0::bigint, 'no events, no rows');
select throws_ok($$ select public.process_stripe_events('{}') $$, 'SE003', 'events must be a JSON array',
  'anything but an array is refused');
select throws_ok($$ select public.process_stripe_events(null) $$, 'SE003', 'events must be a JSON array', 'nothing at all as well');
select throws_ok($$ select public.process_stripe_events('[{"id": null, "type": "x", "created": 1, "livemode": false, "payload": "", "facts": []}]') $$,
  '23502', null, 'an event without an id is refused, not dropped');

-- Facts of another mode or account never mix.
select pg_temp.tell(pg_temp.event(0, pg_temp.session('cs_l', '{"module_ref": "playground"}')),
  pg_temp.event(0, pg_temp.refund('re_l', 'pi_l', 1000)) || '{"livemode": true}',
  pg_temp.event(0, pg_temp.again(pg_temp.refund('re_l', 'pi_l', 1000))) || '{"account": "acct_other"}');
select pg_temp.access_is('ada', 'playground', 'open', 'a refund of another mode or account touches nothing of ours');
select is((select count(*) from sesame.refunds where id = 're_l'), 2::bigint, 'though it has the same id');

-- Who may.
select is(pg_temp.refusal_as('service_role', $$ select public.process_stripe_events('[]') $$), '', 'service_role may call it');
select is(pg_temp.refusal_as('sesame_webhook', $$ select public.process_stripe_events('[]') $$), '', 'the direct door''s role may call it');

select * from finish();
rollback;

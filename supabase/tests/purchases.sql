-- One-time purchases: what opens and closes them, in any order of events.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(30);

-- Paid.
select is(pg_temp.deliver(pg_temp.event('evt_1', 'checkout.session.completed', 0, pg_temp.session('ada first'))),
  'applied', 'a paid session is applied');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a paid session opens its module for the buyer, for ever');
select pg_temp.access_is('bob', 'stable-diffusion', 'none', 'a paid session opens nothing for another user');
select is(pg_temp.deliver(pg_temp.event('evt_1', 'checkout.session.completed', 0, pg_temp.session('ada first'))),
  'duplicate', 'the same event delivered again is a duplicate');
select is(pg_temp.deliver(pg_temp.event('checkout.session.completed', 0, pg_temp.again(pg_temp.session('ada first')))),
  'applied', 'the same session under another event id is applied');
select is((select count(*) from sesame.grants), 1::bigint, 'a session in two events is one grant');

-- Refunded.
select is(pg_temp.deliver(pg_temp.event('refund.created', 1, pg_temp.refund('ada part', 'ada first', 400))),
  'applied', 'a partial refund is applied');
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a partial refund leaves the module open');
select pg_temp.send('charge.refunded', 1, pg_temp.charge('ada first', 'ada first', 400));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a charge with the same refund does not count it twice');
select pg_temp.send('refund.created', 2, pg_temp.refund('ada rest', 'ada first', 600, 'pending'));
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'partial refunds that reach the amount close, even if one is pending');
select pg_temp.send('charge.refunded', 2, pg_temp.again(pg_temp.charge('ada first', 'ada first', 1000)));
select pg_temp.send('refund.failed', 20, pg_temp.again(pg_temp.refund('ada rest', 'ada first', 600, 'failed')));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a refund that fails opens the module again, whatever the charge said before');
select pg_temp.send('refund.updated', 3, pg_temp.again(pg_temp.refund('ada rest', 'ada first', 600, 'succeeded')));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'an older success of the failed refund changes nothing');

-- A refund that comes before its purchase, known only from the charge.
select pg_temp.send('charge.refunded', 1, pg_temp.charge('bob refunded', 'bob refunded', 1000));
select pg_temp.access_is('bob', 'stable-diffusion', 'none', 'a refund without its purchase opens nothing');
select pg_temp.send('checkout.session.completed', 0,
  pg_temp.session('bob refunded', jsonb_build_object('user_ref', pg_temp.user_id('bob'))));
select pg_temp.access_is('bob', 'stable-diffusion', 'refunded', 'a refund that came first closes the purchase when it arrives');

-- A refund that names only its charge.
select pg_temp.send('refund.created', 1,
  pg_temp.refund('ada llama', null, 1000) || '{"charge_id": "ch_ada_llama"}');
select pg_temp.send('checkout.session.completed', 0,
  pg_temp.session('ada llama', '{"module_ref": "llama"}'));
select pg_temp.access_is('ada', 'llama', 'open', 'a refund that names an unknown charge closes nothing yet');
select pg_temp.send('charge.succeeded', 0, pg_temp.charge('ada llama', 'ada llama', 0));
select pg_temp.access_is('ada', 'llama', 'refunded', 'a refund closes the purchase once the charge names its payment');

-- Two purchases of one module.
select pg_temp.send('checkout.session.completed', 3,
  pg_temp.session('ada llama again', '{"module_ref": "llama"}'));
select pg_temp.access_is('ada', 'llama', 'open', 'a second purchase opens the module after the first was refunded');
select is((select module_access.metadata ->> 'source_id' from public.module_access join public.modules on modules.id = module_id
  where slug = 'llama'), 'cs_ada_llama_again', 'access names the second purchase as its source');

-- Delayed payments.
select pg_temp.send('checkout.session.completed', 0,
  pg_temp.session('ada delayed', '{"module_ref": "whisper", "payment_status": "unpaid"}'));
select pg_temp.access_is('ada', 'whisper', 'pending_payment', 'a session with a delayed payment is pending');
select pg_temp.send('checkout.session.async_payment_failed', 5,
  pg_temp.again(pg_temp.session('ada delayed', '{"module_ref": "whisper", "payment_status": "unpaid", "async_failed": true}')));
select pg_temp.access_is('ada', 'whisper', 'payment_failed', 'a delayed payment that fails is payment_failed');
select pg_temp.send('payment_intent.succeeded', 6, pg_temp.payment('ada delayed'));
select pg_temp.access_is('ada', 'whisper', 'open', 'a payment that succeeds later opens the module');

-- Not a purchase.
select pg_temp.send('checkout.session.completed', 0,
  pg_temp.session('bob setup', jsonb_build_object('mode', 'setup', 'payment_status', 'no_payment_required',
    'payment_intent_id', null, 'user_ref', pg_temp.user_id('bob'), 'module_ref', 'whisper')));
select pg_temp.send('checkout.session.expired', 0,
  pg_temp.session('bob expired', jsonb_build_object('status', 'expired', 'payment_status', 'unpaid',
    'user_ref', pg_temp.user_id('bob'), 'module_ref', 'whisper')));
select pg_temp.send('payment_intent.succeeded', 0, pg_temp.payment('without module'));
select pg_temp.access_is('bob', 'whisper', 'none',
  'a setup session, an expired session and a payment without a module open nothing');
select pg_temp.send('checkout.session.completed', 0,
  pg_temp.session('bob discount', jsonb_build_object('payment_status', 'no_payment_required',
    'payment_intent_id', null, 'amount_total', 0, 'user_ref', pg_temp.user_id('bob'), 'module_ref', 'whisper')));
select pg_temp.access_is('bob', 'whisper', 'open', 'a session with a full discount opens its module');

-- A payment or an invoice without a session.
select pg_temp.send('payment_intent.succeeded', 0, pg_temp.payment('bob alone',
  jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'module_ref', 'playground')));
select pg_temp.access_is('bob', 'playground', 'open', 'a payment with a user and a module opens without a session');
select pg_temp.send('refund.created', 1, pg_temp.refund('bob alone', 'bob alone', 1000));
select pg_temp.access_is('bob', 'playground', 'refunded', 'a refund closes a payment without a session');
select pg_temp.send('invoice.paid', 0, pg_temp.invoice('bob studio', jsonb_build_object(
  'user_ref', pg_temp.user_id('bob'), 'lines', '[{"price_id": "price_studio_monthly", "proration": false}]'::jsonb)));
select pg_temp.access_is('bob', 'llama', 'open', 'an invoice paid outside Stripe opens the modules of its prices');
select pg_temp.access_is('bob', 'stable-diffusion', 'open', 'an invoice opens a module whose other purchase was refunded');

-- Prices and terms.
select pg_temp.send('checkout.session.completed', 0,
  pg_temp.session('ada day', '{"module_ref": null, "price_ids": ["price_stable_diffusion_day"]}'));
select is((select expires_at - now() from sesame.grants where source_id = 'cs_ada_day'), interval '1 day' - (now() - to_timestamp(pg_temp.at(0))),
  'a price with a duration opens for that long from its payment');

-- The buyer.
select pg_temp.send('checkout.session.completed', 9,
  pg_temp.again(pg_temp.session('ada delayed', jsonb_build_object('module_ref', 'whisper', 'user_ref', '00000000-0000-4000-8000-000000000000'))));
select is((select user_id from sesame.grants where source_id = 'cs_ada_delayed'), pg_temp.user_id('ada'),
  'a later change of the metadata does not move the purchase');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

-- Subscriptions: the status decides, the period sets the end, and the newest state counts.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(24);

-- T0 is now; access_of() shows the end in days from it.
select pg_temp.send('customer.subscription.created', 0,
  pg_temp.subscription('ada', 'incomplete', 1, '{"type_rank": 0}'));
select pg_temp.access_is('ada', 'whisper', 'pending_payment', 'an incomplete subscription is pending');
select pg_temp.send('customer.subscription.updated', 0, pg_temp.again(pg_temp.subscription('ada', 'active', 1)));
select pg_temp.access_is('ada', 'whisper', 'open until 33', 'an active subscription opens for its period and the renewal grace');
select pg_temp.send('customer.subscription.created', 0,
  pg_temp.again(pg_temp.subscription('ada', 'incomplete', 1, '{"type_rank": 0}')));
select pg_temp.access_is('ada', 'whisper', 'open until 33', 'an incomplete state of the same second that comes later changes nothing');
select pg_temp.send('customer.subscription.updated', 30, pg_temp.again(pg_temp.subscription('ada', 'active', 2)));
select pg_temp.access_is('ada', 'whisper', 'open until 63', 'a renewal moves the end');
select pg_temp.send('customer.subscription.updated', 29, pg_temp.again(pg_temp.subscription('ada', 'past_due', 1)));
select pg_temp.access_is('ada', 'whisper', 'open until 63', 'an older state changes nothing');

-- Past due.
select pg_temp.send('customer.subscription.updated', 60, pg_temp.again(pg_temp.subscription('ada', 'past_due', 3)));
select pg_temp.access_is('ada', 'whisper', 'open until 67', 'a past due subscription is open for the grace from the start of the unpaid period');
select is((select metadata ->> 'reason_after' from public.module_access), 'past_due_expired', 'a past due subscription will close as past_due_expired');
select pg_temp.send('invoice.payment_failed', 60,
  pg_temp.invoice('ada unpaid', jsonb_build_object('status', 'open', 'subscription_id', 'sub_ada', 'lines', jsonb_build_array(
    pg_temp.line('price_whisper_monthly', 61, 90, '{"subscription_id": "sub_ada"}')))));
select pg_temp.send('customer.subscription.updated', 61,
  pg_temp.again(pg_temp.subscription('ada', 'past_due', 3, '{"latest_invoice_id": "in_ada_unpaid"}')));
select pg_temp.access_is('ada', 'whisper', 'open until 68', 'a past due subscription with an unpaid line is open for the grace from that line''s start');
select pg_temp.send('customer.subscription.updated', 62, pg_temp.again(pg_temp.subscription('ada', 'unpaid', 3)));
select pg_temp.access_is('ada', 'whisper', 'unpaid', 'an unpaid subscription is closed');
select pg_temp.send('customer.subscription.updated', 63, pg_temp.again(pg_temp.subscription('ada', 'active', 3)));
select pg_temp.access_is('ada', 'whisper', 'open until 93', 'a subscription that is paid again opens');

-- The end.
select pg_temp.send('customer.subscription.updated', 64,
  pg_temp.again(pg_temp.subscription('ada', 'active', 3, '{"cancel_at_period_end": true}')));
select pg_temp.access_is('ada', 'whisper', 'open until 90', 'a subscription canceled at the period''s end is open to that end, without grace');
select pg_temp.send('customer.subscription.updated', 65,
  pg_temp.again(pg_temp.subscription('ada', 'active', 3, jsonb_build_object('cancel_at', pg_temp.at(70)))));
select pg_temp.access_is('ada', 'whisper', 'open until 70', 'a subscription canceled at a date is open to that date');
select pg_temp.send('customer.subscription.deleted', 66,
  pg_temp.again(pg_temp.subscription('ada', 'canceled', 3, '{"type_rank": 3}')));
select pg_temp.access_is('ada', 'whisper', 'canceled', 'a deleted subscription is closed at once');
select pg_temp.send('customer.subscription.updated', 67, pg_temp.again(pg_temp.subscription('ada', 'active', 3)));
select pg_temp.access_is('ada', 'whisper', 'canceled', 'an active state after the deletion opens nothing');

-- Trial, pause and unknown statuses.
select pg_temp.send('customer.subscription.created', 0,
  pg_temp.subscription('ada trial', 'trialing', 1, jsonb_build_object('type_rank', 0, 'trial_end', pg_temp.at(14))));
select pg_temp.access_is('ada', 'whisper', 'open until 17', 'a trial opens until its end and the renewal grace');
select pg_temp.send('customer.subscription.paused', 14, pg_temp.again(pg_temp.subscription('ada trial', 'paused', 1)));
select pg_temp.access_is('ada', 'whisper', 'canceled', 'a paused subscription beside a canceled one shows canceled');
select pg_temp.send('customer.subscription.updated', 15, pg_temp.again(pg_temp.subscription('ada trial', 'unknown', 1)));
select is((select reason::text from sesame.grants where source_id = 'sub_ada_trial'), 'unknown_status',
  'an unknown status opens nothing');

-- Items are replaced as a whole.
select pg_temp.send('customer.subscription.updated', 1,
  pg_temp.subscription('bob bundle', 'active', 1, jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'items', jsonb_build_array(
    jsonb_build_object('price_id', 'price_studio_monthly', 'quantity', 2, 'current_period_end', pg_temp.at(30))))));
select is((select string_agg(slug, ' ' order by slug) from public.module_access join public.modules on modules.id = module_id
  where user_id = pg_temp.user_id('bob') and module_access.is_active), 'llama stable-diffusion whisper',
  'a bundle opens all its modules');
select pg_temp.send('customer.subscription.updated', 2,
  pg_temp.again(pg_temp.subscription('bob bundle', 'active', 1, jsonb_build_object('user_ref', pg_temp.user_id('bob')))));
select is((select string_agg(slug, ' ' order by slug) from public.module_access join public.modules on modules.id = module_id
  where user_id = pg_temp.user_id('bob')), 'whisper', 'a downgrade leaves what the new price opens');
select pg_temp.send('customer.subscription.updated', 3,
  pg_temp.again(pg_temp.subscription('bob bundle', 'active', 1, jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'items', jsonb_build_array(
    jsonb_build_object('price_id', 'price_whisper_monthly', 'quantity', 0, 'current_period_end', pg_temp.at(30)))))));
select pg_temp.access_is('bob', 'whisper', 'none', 'an item of quantity 0 opens nothing');

-- A buyer named by the session.
select pg_temp.send('customer.subscription.updated', 0,
  pg_temp.subscription('bob session', 'active', 1, '{"user_ref": null}'));
select is((select user_id from sesame.grants where source_id = 'sub_bob_session'), null, 'a subscription without a buyer waits');
select pg_temp.send('checkout.session.completed', 0, pg_temp.session('bob session', jsonb_build_object(
  'mode', 'subscription', 'subscription_id', 'sub_bob_session', 'payment_intent_id', null, 'module_ref', null,
  'user_ref', pg_temp.user_id('bob'))));
select pg_temp.access_is('bob', 'whisper', 'open until 33', 'a subscription opens for the user that its session names');
select is((select count(*) from sesame.grants where source_id = 'cs_bob_session'), 0::bigint, 'the session of a subscription opens nothing itself');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

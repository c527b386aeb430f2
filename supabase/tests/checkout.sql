-- What `checkout` asks: what a user may buy, the status of a session, and the user's Stripe customer.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(96);

create function pg_temp.reason(persona text, module text, price text default null) returns text
language sql as $$
  select coalesce(reason, 'sell') from public.sesame_checkout_offer(pg_temp.user_id(persona), module, price, false)
$$;

create function pg_temp.doubts(persona text, module text, price text default null) returns text
language sql as $$
  select array_to_string(doubts, ' ') from public.sesame_checkout_offer(pg_temp.user_id(persona), module, price, false)
$$;

create function pg_temp.status(persona text, session_id text) returns text
language sql as $$
  select concat_ws(' ', coalesce(status, 'not seen'), modules -> 0 ->> 'slug', modules -> 0 ->> 'status')
  from public.sesame_checkout_status(pg_temp.user_id(persona), session_id, false)
$$;

create function pg_temp.customer_of(persona text) returns text
language sql as $$ select customer_id from public.sesame_stripe_customer(pg_temp.user_id(persona), false) $$;

insert into public.modules (slug, title, is_active) values ('retired', 'Retired', false), ('unpriced', 'Unpriced', true);

-- What is offered.
select is(pg_temp.reason('ada', 'stable-diffusion'), 'sell', 'a module is sold by its slug');
select is(pg_temp.reason('ada', (select id::text from public.modules where slug = 'whisper')), 'sell', 'a module is sold by its id');
select is(pg_temp.reason('ada', null, 'price_studio_monthly'), 'sell', 'a module is sold by its price');
select is(pg_temp.reason('ada', 'whisper', 'price_studio_monthly'), 'sell', 'a module is sold by its slug and its price');
select is(pg_temp.reason('ada', 'whisper', 'price_stable_diffusion'), 'no_such_price', 'a price that does not sell the module gets no_such_price');
select is(pg_temp.reason('ada', null, 'price_unknown'), 'no_such_price', 'an unmapped price gets no_such_price');
select is(pg_temp.reason('ada', 'nothing'), 'no_such_module', 'an unknown module gets no_such_module');
select is(pg_temp.reason('ada', 'retired'), 'no_such_module', 'a retired module gets no_such_module');
select is(pg_temp.reason('ada', 'unpriced'), 'not_for_sale', 'a module without a price gets not_for_sale');
select is(pg_temp.reason('ada', 'playground'), 'free', 'a free module gets free');
select results_eq($$ select price ->> 'price', jsonb_path_query_array(price, '$.modules[*].slug')
    from public.sesame_checkout_offer(pg_temp.user_id('ada'), 'stable-diffusion', null, false),
      jsonb_array_elements(prices) as price $$,
  $$ values ('price_stable_diffusion', '["stable-diffusion"]'::jsonb), ('price_stable_diffusion_day', '["stable-diffusion"]'),
            ('price_studio_monthly', '["stable-diffusion", "whisper", "llama"]') $$,
  'an offer lists all prices of a module and what each opens');
select is((select (prices #> '{0,modules,0}') - '{module_id,title}'::text[] from public.sesame_checkout_offer(pg_temp.user_id('ada'), null, 'price_stable_diffusion_day', false)),
  '{"slug": "stable-diffusion", "access_level": "standard", "max_usage": 100, "access_duration": "1 day"}'::jsonb, 'an offer says the terms of each price');

-- What the user has already.
select pg_temp.send(0, pg_temp.session('cs_1', '{"price_ids": ["price_stable_diffusion_day"]}'));
select is(pg_temp.reason('ada', 'stable-diffusion'), 'sell', 'a module that is owned for a day may be bought again');
select pg_temp.send(0, pg_temp.session('cs_2', '{"price_ids": ["price_stable_diffusion"]}'));
select is(pg_temp.reason('ada', 'stable-diffusion'), 'already_owned', 'a module that is owned for ever gets already_owned');
select is((select modules #>> '{0,status}' from public.sesame_checkout_offer(pg_temp.user_id('ada'), 'stable-diffusion', null, false)), 'active', 'an offer tells a user that the module is active');
select is(pg_temp.reason('bob', 'stable-diffusion'), 'sell', 'a module that one user owns is sold to another');
select is(pg_temp.reason('ada', null, 'price_studio_monthly'), 'sell', 'a bundle is sold while a part of it is missing');
select pg_temp.send(0, pg_temp.subscription('sub_1', 'active', 1));
select is(pg_temp.reason('ada', 'whisper'), 'already_owned', 'a module of a running subscription gets already_owned');
select is(pg_temp.doubts('ada', 'whisper'), '', 'a running subscription need not be checked at Stripe');
select pg_temp.send(1, pg_temp.again(pg_temp.subscription('sub_1', 'unpaid', 1)));
select is(pg_temp.reason('ada', 'whisper'), 'subscription_stalled', 'a module of an unpaid subscription gets subscription_stalled');
select is(pg_temp.doubts('ada', 'whisper'), 'sub_1', 'an unpaid subscription is checked at Stripe');
select pg_temp.send(2, pg_temp.again(pg_temp.subscription('sub_1', 'canceled', 1)));
select is(pg_temp.reason('ada', 'whisper') || pg_temp.doubts('ada', 'whisper'), 'sell', 'a module of a canceled subscription is sold, without a check');
select pg_temp.send(-90, pg_temp.subscription('sub_2', 'active', -1));
select is(pg_temp.doubts('ada', 'whisper'), 'sub_2', 'a subscription whose renewal is missing is checked at Stripe');

-- Pending payments.
select pg_temp.send(0, pg_temp.session('cs_3', '{"module_ref": "llama", "payment_status": "unpaid"}'));
select is(pg_temp.reason('ada', 'llama'), 'payment_pending', 'a module whose payment is pending gets payment_pending');
select is(pg_temp.doubts('ada', 'llama'), 'cs_3', 'a pending payment is checked at Stripe');
select pg_temp.send(1, pg_temp.again(pg_temp.session('cs_3', '{"module_ref": "llama", "payment_status": "unpaid", "async_failed": true}')));
select is(pg_temp.reason('ada', 'llama'), 'sell', 'a module whose payment has failed is sold');
select pg_temp.send(0, pg_temp.session('cs_4', '{"status": "open", "payment_status": "unpaid", "module_ref": null, "price_ids": ["price_studio_monthly"], "mode": "subscription"}'));
select is(pg_temp.doubts('ada', 'llama'), 'cs_4', 'an open session of the user is checked at Stripe');
select is(pg_temp.doubts('bob', 'llama'), '', 'an open session of another user is not checked');
select is((select price ->> 'former_sessions' from public.sesame_checkout_offer(pg_temp.user_id('ada'), 'llama', null, false), jsonb_array_elements(prices) as price), '0', 'an open session does not count as a former session');
select pg_temp.send(1, pg_temp.again(pg_temp.session('cs_4', '{"status": "expired", "payment_status": "unpaid", "module_ref": null, "price_ids": ["price_studio_monthly"], "mode": "subscription"}')));
select is((select price ->> 'former_sessions' from public.sesame_checkout_offer(pg_temp.user_id('ada'), 'llama', null, false), jsonb_array_elements(prices) as price), '1', 'an expired session counts as a former session');

-- Subscriptions with a pending payment, each with its own buyer and invoice.
create function pg_temp.buyer(nth text) returns uuid
language sql as $$ select ('b0000000-0000-4000-8000-' || lpad(nth, 12, '0'))::uuid $$;
create function pg_temp.reason_of(nth text) returns text
language sql as $$
  select coalesce(reason, 'sell') from public.sesame_checkout_offer(pg_temp.buyer(nth), 'whisper', null, false)
$$;
create function pg_temp.reason_with(nth text, variadic facts jsonb[] default '{}') returns text
language sql as $$
  select pg_temp.deliver(
    pg_temp.event('evt_i' || nth, 'x', 0, variadic pg_temp.subscription('sub_i' || nth, 'incomplete', 1, jsonb_build_object(
      'user_ref', pg_temp.buyer(nth), 'customer_id', 'cus_i' || nth, 'latest_invoice_id', 'in_i' || nth)) || facts));
  select pg_temp.reason_of(nth)
$$;
create function pg_temp.debit(nth text, fields jsonb default '{}') returns jsonb
language sql as $$
  select pg_temp.session('cs_i' || nth, jsonb_build_object('user_ref', pg_temp.buyer(nth), 'mode', 'subscription',
    'payment_status', 'unpaid', 'subscription_id', 'sub_i' || nth, 'module_ref', null, 'payment_intent_id', null,
    'customer_id', 'cus_i' || nth) || fields)
$$;
create function pg_temp.pays(nth text, status text, fields jsonb default '{}') returns jsonb
language sql as $$
  select pg_temp.payment('pi_i' || nth, jsonb_build_object('status', status, 'amount_received', 0) || fields)
$$;
create function pg_temp.link(nth text, status text default 'open') returns jsonb
language sql as $$
  select pg_temp.invoice_payment('inpay_i' || nth, 'in_i' || nth, 'pi_i' || nth) || jsonb_build_object('status', status, 'amount_paid', 0)
$$;
create function pg_temp.later(nth text, days integer, variadic facts jsonb[]) returns text
language sql as $$
  select pg_temp.send(days, variadic array(select pg_temp.again(fact) from unnest(facts) as fact));
  select pg_temp.reason_of(nth)
$$;
select is(pg_temp.reason_with('1'), 'sell', 'an incomplete subscription alone does not stop a sale');
select is((select doubts from public.sesame_checkout_offer(pg_temp.buyer('1'), 'whisper', null, false)), '{sub_i1}', 'an incomplete subscription is checked at Stripe');
select is(pg_temp.reason_with('2', pg_temp.debit('2')), 'payment_pending', 'a completed session that is unpaid gets payment_pending');
select is(pg_temp.reason_with('3', pg_temp.debit('3', '{"async_failed": true}')), 'sell', 'a completed session whose debit failed does not stop a sale');
select is(pg_temp.reason_with('4', pg_temp.debit('4', '{"status": "open"}')), 'sell', 'an open session does not stop a sale');
select is(pg_temp.reason_with('5', pg_temp.pays('5', 'processing')), 'sell', 'a processing payment that nothing links does not stop a sale');
select is(pg_temp.reason_with('6', pg_temp.pays('6', 'processing'), pg_temp.link('6')), 'payment_pending', 'a processing payment that an invoice payment links gets payment_pending');
select is(pg_temp.reason_with('7', pg_temp.pays('7', 'processing', '{"invoice_id": "in_i7"}')), 'payment_pending', 'a processing payment that names the invoice gets payment_pending');
select is(pg_temp.reason_with('8', pg_temp.pays('8', 'processing'), pg_temp.invoice('in_i8', '{"status": "open", "payment_intent_id": "pi_i8"}')), 'payment_pending', 'a processing payment that the invoice names gets payment_pending');
select is(pg_temp.reason_with('9', pg_temp.pays('9', 'requires_payment_method'), pg_temp.link('9')), 'sell', 'a declined card does not stop a sale');
select is(pg_temp.reason_with('10', pg_temp.pays('10', 'processing'), pg_temp.link('10', 'canceled')), 'sell', 'a canceled invoice payment does not stop a sale');
select is(pg_temp.reason_with('11', pg_temp.pays('11', 'processing', '{"invoice_id": "in_i11"}'), pg_temp.link('11', 'canceled')), 'sell', 'a canceled invoice payment counts more than the invoice that the payment names');
select is(pg_temp.reason_with('12', pg_temp.debit('12'), pg_temp.pays('12', 'canceled'), pg_temp.link('12')), 'sell', 'a canceled payment does not stop a sale');
select is(pg_temp.reason_with('13', pg_temp.debit('13'), pg_temp.link('13', 'canceled')), 'sell', 'a session whose invoice payment is canceled does not stop a sale');
select is(pg_temp.reason_with('14', pg_temp.debit('14'), pg_temp.pays('14', 'requires_action'), pg_temp.link('14')), 'payment_pending', 'a voucher that waits to be paid gets payment_pending');
select is(pg_temp.reason_with('15', pg_temp.debit('15'), pg_temp.pays('15', 'processing'), pg_temp.link('15')), 'payment_pending', 'a session and its processing payment get payment_pending');
select is(pg_temp.later('15', 5, pg_temp.pays('15', 'requires_payment_method')), 'sell', 'a session whose payment fails later does not stop a sale');
select is(pg_temp.later('15', 3, pg_temp.pays('15', 'processing')), 'sell', 'an older state of the payment changes nothing');
select is(pg_temp.later('15', 7, pg_temp.pays('15', 'processing')), 'payment_pending', 'a second attempt that is processing gets payment_pending');
select is(pg_temp.later('15', 9, pg_temp.pays('15', 'canceled')), 'sell', 'a second attempt that is canceled does not stop a sale');
select pg_temp.send(pg_temp.event(0, pg_temp.pays('16', 'processing', '{"invoice_id": "in_i16"}')) || '{"livemode": true}');
select is(pg_temp.reason_with('16'), 'sell', 'a payment of live mode does not stop a sale in test mode');
select pg_temp.send(pg_temp.event(0, pg_temp.debit('17')) || '{"account": "acct_1"}');
select is(pg_temp.reason_with('17'), 'sell', 'a session of another account does not stop a sale');

-- Denied modules are not sold.
select public.revoke_module_access(pg_temp.user_id('bob'), 'llama', 'olga', 'abuse', deny => true);
select is(pg_temp.reason('bob', 'llama'), 'denied', 'a module that is denied to the user gets denied');
select is(pg_temp.reason('bob', null, 'price_studio_monthly'), 'denied', 'a bundle with a denied module gets denied');

-- The status of a session.
select is(pg_temp.status('ada', 'cs_2'), 'paid stable-diffusion active', 'a paid session answers paid and the module''s status');
select is(pg_temp.status('bob', 'cs_2'), pg_temp.status('bob', 'cs_nothing'), 'another user''s session id answers exactly as an unknown one');
select is(pg_temp.status('ada', 'cs_3'), 'failed llama closed', 'a session whose payment failed answers failed');
select is(pg_temp.status('ada', 'cs_4'), 'expired', 'an expired session answers expired');
select pg_temp.send(0, pg_temp.session('cs_5', '{"module_ref": "unpriced", "payment_status": "unpaid"}'));
select is(pg_temp.status('ada', 'cs_5'), 'processing unpriced pending', 'a session whose payment is pending answers processing');
select pg_temp.send(0, pg_temp.session('cs_6', jsonb_build_object('user_ref', null, 'client_reference_id', pg_temp.user_id('bob'))));
select is(pg_temp.status('bob', 'cs_6'), 'not seen', 'a session that only a client_reference_id links to the user answers not seen');
select pg_temp.send(0, pg_temp.session('cs_7', '{"mode": "subscription", "subscription_id": "sub_7", "module_ref": null, "payment_intent_id": null}'));
select is(pg_temp.status('ada', 'cs_7'), 'not seen', 'a session whose subscription is not known yet answers not seen');
select pg_temp.send(0, pg_temp.subscription('sub_7', 'active', 1));
select is(pg_temp.status('ada', 'cs_7'), 'paid whisper active', 'a session whose subscription is known answers paid');
select is((select status from public.sesame_checkout_status(pg_temp.user_id('ada'), 'cs_2', true)), null, 'a session of test mode is unknown in live mode');

-- The user's customer.
select is(pg_temp.customer_of('ada'), 'cus_ada', 'a user''s customer is the one that bought for the user');
select is(pg_temp.customer_of('bob'), null, 'a user without purchases has no customer');
select pg_temp.send(0, pg_temp.session('cs_8', jsonb_build_object('user_ref', pg_temp.user_id('bob'))));
select is(coalesce(pg_temp.customer_of('ada'), '') || coalesce(pg_temp.customer_of('bob'), ''), '', 'a customer that bought for two users belongs to neither');
select pg_temp.send(0, pg_temp.customer('cus_ada', 'ada'));
select is(coalesce(pg_temp.customer_of('ada'), '') || coalesce(pg_temp.customer_of('bob'), ''), 'cus_ada', 'a customer that names its user belongs to that user');
select pg_temp.send(1, pg_temp.again(pg_temp.customer('cus_ada', 'ada')) || '{"is_deleted": true}');
select results_eq($$ select customer_id, former_customers from public.sesame_checkout_offer(pg_temp.user_id('ada'), 'whisper', null, false) $$,
  $$ values (null::text, 1) $$, 'a deleted customer is not used, and counts as a former one');

-- A guest's subscription.
create function pg_temp.guest_subscribes(nth text, customer text, email text) returns text
language sql as $$
  select pg_temp.deliver(
    pg_temp.event('evt_s' || nth, 'x', 0, pg_temp.subscription('sub_g' || nth, 'active', 1, jsonb_build_object('user_ref', null, 'customer_id', customer))),
    pg_temp.event('evt_c' || nth, 'x', 0, pg_temp.guest('cs_g' || nth, email,
      jsonb_build_object('mode', 'subscription', 'subscription_id', 'sub_g' || nth, 'payment_intent_id', null, 'customer_id', customer))))
$$;
select pg_temp.account('cleo', 'cleo@example.com');
select pg_temp.guest_subscribes('1', 'cus_guest', 'cleo@example.com');
select is(pg_temp.access_of('cleo', 'whisper') || ' ' || coalesce(pg_temp.customer_of('cleo'), 'no customer'), 'open until 33 no customer',
  'a verified address opens a guest''s subscription, but not the guest''s customer portal');
select is((select customer_id from public.sesame_checkout_offer(pg_temp.user_id('cleo'), 'llama', null, false)), null, 'a guest''s customer is not used for the member''s next purchase');
select pg_temp.guest_subscribes('2', 'cus_linked', 'firm@example.com');
select pg_temp.answer_as('ada', format('select public.claim_purchase(%L)', public.create_claim_link('cs_g2', 'olga', 'x')));
select is(pg_temp.customer_of('ada'), null, 'a claim link does not give the member the buyer''s customer');
select public.move_purchase('sub_g1', pg_temp.user_id('ada'), 'olga', 'x');
select is(concat(pg_temp.customer_of('cleo'), pg_temp.customer_of('ada')), '', 'moving a purchase does not give the new owner the buyer''s customer');
select pg_temp.send(2, pg_temp.customer('cus_guest', 'cleo'));
select is(pg_temp.customer_of('cleo'), 'cus_guest', 'a customer whose metadata names the user is the user''s');

-- The terms of a price: quantity, listing and the settings of the payment page.
create function pg_temp.terms(persona text, price text, term text) returns text
language sql as $$
  select prices -> 0 ->> term from public.sesame_checkout_offer(pg_temp.user_id(persona), null, price, false)
$$;
select is(pg_temp.terms('ada', 'price_stable_diffusion', 'max_quantity'), '1', 'a price without terms is sold once');
select is(pg_temp.terms('ada', 'price_stable_diffusion', 'trial_days'), null, 'a price without terms has no trial');
insert into public.price_terms (stripe_price_id, max_quantity) values ('price_stable_diffusion_day', 5);
select is(pg_temp.terms('ada', 'price_stable_diffusion_day', 'max_quantity'), '5', 'an offer says the largest quantity');
insert into public.price_terms (stripe_price_id, is_listed) values ('price_stable_diffusion', false);
select is((select jsonb_path_query_array(prices, '$[*].price') from public.sesame_checkout_offer(pg_temp.buyer('40'), 'stable-diffusion', null, false)),
  '["price_stable_diffusion_day", "price_studio_monthly"]', 'a price that is not listed is not offered with its module');
select is((select coalesce(reason, 'sell') from public.sesame_checkout_offer(pg_temp.buyer('40'), 'stable-diffusion', 'price_stable_diffusion', false)), 'sell', 'a price that is not listed is sold by its name');
delete from public.price_terms where stripe_price_id = 'price_stable_diffusion';
select results_eq($$ select promotion_codes, automatic_tax, tax_ids from public.sesame_checkout_offer(pg_temp.buyer('40'), 'llama', null, false) $$,
  $$ values (false, false, false) $$, 'the payment page has neither codes nor tax at first');
delete from sesame.grants where source_id = 'cs_2';
update sesame.settings set checkout_promotion_codes = true, checkout_automatic_tax = true, checkout_tax_ids = true;
select results_eq($$ select promotion_codes, automatic_tax, tax_ids from public.sesame_checkout_offer(pg_temp.buyer('40'), 'llama', null, false) $$,
  $$ values (true, true, true) $$, 'an offer says the settings of the payment page');
select is((select count(*) from sesame.grants where source_id = 'cs_2'), 0::bigint, 'a setting of the payment page derives nothing again');
update sesame.settings set past_due_grace = '8 days';
select is((select count(*) from sesame.grants where source_id = 'cs_2'), 1::bigint, 'a setting of access derives earlier sales again');
update sesame.settings set past_due_grace = '7 days';

-- Trials: one for each person.
create function pg_temp.trial(of_user uuid, price text default 'price_studio_monthly', of_livemode boolean default false) returns text
language sql as $$
  select prices -> 0 ->> 'trial_days' from public.sesame_checkout_offer(of_user, null, price, of_livemode)
$$;
create function pg_temp.trial_after(nth text, status text, fields jsonb default '{}') returns text
language sql as $$
  select pg_temp.send(0, pg_temp.subscription('sub_t' || nth, status, 1, jsonb_build_object(
    'user_ref', pg_temp.buyer('5' || nth), 'customer_id', 'cus_t' || nth) || fields));
  select coalesce(pg_temp.trial(pg_temp.buyer('5' || nth)), 'none')
$$;
insert into public.price_terms (stripe_price_id, trial_days) values ('price_studio_monthly', 14)
on conflict (stripe_price_id) do update set trial_days = excluded.trial_days;
select is(pg_temp.trial(pg_temp.buyer('50')), '14', 'a user without a subscription gets the trial of the price');
select is(pg_temp.trial(pg_temp.buyer('50'), 'price_whisper_monthly'), null, 'a price without a trial gives none');
select is(pg_temp.trial_after('1', 'trialing', jsonb_build_object('trial_end', pg_temp.at(14))), 'none', 'a user in a trial gets no second one');
select is(pg_temp.trial_after('2', 'canceled'), 'none', 'a user whose subscription to a part of the bundle has ended gets no trial');
select is(pg_temp.trial_after('3', 'incomplete'), '14', 'a subscription whose first payment is missing does not use up the trial');
select is(pg_temp.trial_after('4', 'incomplete_expired'), '14', 'a subscription whose first payment never came does not use up the trial');
select is(pg_temp.trial(pg_temp.buyer('52'), 'price_studio_monthly', true), '14', 'a subscription of test mode does not use up a trial of live mode');
insert into public.modules (slug, title) values ('apart', 'Apart');
insert into public.module_prices (stripe_price_id, module_id) select 'price_apart', id from public.modules where slug = 'apart';
insert into public.price_terms (stripe_price_id, trial_days) values ('price_apart', 7);
select is(pg_temp.trial(pg_temp.buyer('52'), 'price_apart'), '7', 'a subscription to another module does not use up the trial');
select pg_temp.send(0, pg_temp.invoice('in_t2', jsonb_build_object('subscription_id', 'sub_t2', 'lines', jsonb_build_array(
  jsonb_build_object('kind', 'subscription', 'subscription_id', 'sub_t2', 'subscription_item_id', 'si_t2', 'price_id', 'price_apart',
    'period_start', pg_temp.at(0), 'period_end', pg_temp.at(30), 'amount', 0, 'discount_amount', 0, 'quantity', 1, 'is_proration', false)))));
select is(pg_temp.trial(pg_temp.buyer('52'), 'price_apart'), null, 'a trial before a change of the price counts');
select pg_temp.guest_subscribes('9', 'cus_eve', 'cleo@example.com');
select is(pg_temp.access_of('cleo', 'whisper') || ' ' || pg_temp.trial(pg_temp.user_id('cleo')), 'open until 33 14',
  'a stranger who subscribes with a user''s address does not use up their trial');
update sesame.settings set trial_once_per_person = false;
select is(pg_temp.trial(pg_temp.buyer('51')), '14', 'with trial_once_per_person off, each subscription begins with a trial');
update sesame.settings set trial_once_per_person = true;

-- A free module, for a user whose session the function has checked.
select is(public.sesame_claim_free_module_for(pg_temp.user_id('ada'), 'playground'), true, 'a user can claim a free module');
select is(public.sesame_claim_free_module_for(pg_temp.user_id('ada'), 'playground'), false, 'a free module can be claimed once');
select throws_ok($$ select public.sesame_claim_free_module_for(pg_temp.user_id('ada'), 'llama') $$, 'SE007', 'this module is not free', 'a module that is not free cannot be claimed');

select * from finish();
rollback;

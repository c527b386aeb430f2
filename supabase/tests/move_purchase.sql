-- An operator moves a purchase: the former owner loses it and the new one gains it, in one transaction.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
\ir helpers/guests.psql
select plan(21);

select pg_temp.send(pg_temp.event(0, pg_temp.session('moved')), pg_temp.event(0, pg_temp.payment('moved')));
select is(public.move_purchase('cs_moved', pg_temp.user_id('bob'), 'olga', 'bought for bob'), 'cs_moved', 'an operator can move a purchase by its session');
select pg_temp.owners_are('stable-diffusion', 'bob open', 'a moved purchase opens for the new owner and closes for the former one');
select results_eq(format($$ select was ->> 'reason', metadata ->> 'reason', cause from sesame.access_changes where user_id = %L order by id $$, pg_temp.user_id('ada')),
  $$ values (null, 'purchase', 'stripe'), ('purchase', null, 'operator: olga: bought for bob') $$, 'the log says who moved it and why');
select is(public.move_purchase('pi_moved', pg_temp.user_id('cleo'), 'olga', 'for cleo after all'), 'cs_moved', 'an operator can move a purchase by its payment');
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'a purchase that moves twice opens for the last owner');
select pg_temp.send(
  pg_temp.event(-2, pg_temp.again(pg_temp.session('moved', jsonb_build_object('user_ref', pg_temp.user_id('bob'))))),
  pg_temp.event(2, pg_temp.customer('cus_ada', 'bob')));
select pg_temp.owners_are('stable-diffusion', 'cleo open', 'no name moves the purchase back, written before or after');
select pg_temp.send(3, pg_temp.refund('moved', 'moved', 1000));
select pg_temp.owners_are('stable-diffusion', 'cleo refunded', 'a refund closes a moved purchase');

-- Subscriptions and invoices, by any of their ids.
select pg_temp.send(
  pg_temp.event(0, pg_temp.subscription('moved', 'active', 1)),
  pg_temp.event(0, pg_temp.invoice('moved month', '{"subscription_id": "sub_moved"}')),
  pg_temp.event(0, pg_temp.session('moved sub', '{"mode": "subscription", "subscription_id": "sub_moved", "payment_intent_id": null, "module_ref": null}')),
  pg_temp.event(0, pg_temp.invoice_payment('moved month', 'moved month', 'moved month')));
select is(public.move_purchase('sub_moved', pg_temp.user_id('bob'), 'olga', 'x'), 'sub_moved', 'an operator can move a subscription');
select pg_temp.owners_are('whisper', 'bob open until 33', 'a moved subscription opens for the new owner');
select is(public.move_purchase('in_moved_month', pg_temp.user_id('cleo'), 'olga', 'x'), 'sub_moved', 'an operator can move a subscription by its invoice');
select is(public.move_purchase('cs_moved_sub', pg_temp.user_id('bob'), 'olga', 'x'), 'sub_moved', 'an operator can move a subscription by its session');
select is(public.move_purchase('pi_moved_month', pg_temp.user_id('cleo'), 'olga', 'x'), 'sub_moved', 'an operator can move a subscription by its invoice''s payment');
select pg_temp.owners_are('whisper', 'cleo open until 33', 'a subscription moved by its payment opens for the last owner');
select pg_temp.send(0, pg_temp.bill('sold beside', 'sub_moved', 0, pg_temp.added('price_llama_once')));
select public.move_purchase('sub_moved', pg_temp.user_id('ada'), 'olga', 'x');
select is(pg_temp.owners_of('whisper') || ', ' || pg_temp.owners_of('llama'), 'ada open until 33, ada open', 'a moved subscription takes along what its invoices sold');
select pg_temp.send(0, pg_temp.invoice('alone', jsonb_build_object('module_ref', 'llama', 'user_ref', pg_temp.user_id('ada'))));
select public.move_purchase('in_alone', pg_temp.user_id('bob'), 'olga', 'x');
select pg_temp.owners_are('llama', 'ada open, bob open', 'an operator can move an invoice without a subscription');

-- A purchase moved while only its payment was known.
select pg_temp.send(0, pg_temp.payment('before session', jsonb_build_object('module_ref', 'playground', 'user_ref', pg_temp.user_id('ada'))));
select public.move_purchase('pi_before_session', pg_temp.user_id('bob'), 'olga', 'x');
select pg_temp.send(0, pg_temp.session('late', '{"module_ref": "playground", "payment_intent_id": "pi_before_session"}'));
select pg_temp.owners_are('playground', 'bob open', 'a purchase moved as a payment stays moved when its session arrives');

-- Refused.
select throws_ok($$ select public.move_purchase('cs_none', pg_temp.user_id('bob'), 'olga', 'x') $$, 'SE021', 'no such purchase', 'moving an unknown purchase is refused');
select throws_ok($$ select public.move_purchase('cs_moved', pg_temp.user_id('bob'), '', 'x') $$, '23514', null, 'moving without the operator''s name is refused');
select throws_ok($$ select public.move_purchase('cs_moved', pg_temp.user_id('bob'), 'olga', '') $$, '23514', null, 'moving without a reason is refused');
select throws_ok($$ select public.move_purchase('cs_moved', null, 'olga', 'x') $$, '23502', null, 'moving to no user is refused');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

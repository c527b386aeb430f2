-- A new object that is alone in its call: what it changes elsewhere is derived again, although the arrows are not followed.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
\ir helpers/guests.psql

-- As in a project whose Auth sends a confirmation before it marks an address as confirmed.
update sesame.settings set verified_email_claims = true;
select plan(13);

-- The invoice of a subscription that was claimed.
create function pg_temp.claimed(user_id uuid) returns jsonb
language sql stable as $$
  select pg_temp.subscription('claimed', 'active', 1, jsonb_build_object('user_ref', user_id, 'customer_id', null))
$$;
select pg_temp.account('ada', 'ada@example.com');
select pg_temp.send(0, pg_temp.claimed(null), pg_temp.guest('claimed', 'ada@example.com',
  '{"mode": "subscription", "subscription_id": "sub_claimed", "payment_intent_id": null}'));
select pg_temp.send(1, pg_temp.again(pg_temp.claimed(pg_temp.user_id('bob'))));
select pg_temp.owners_are('whisper', 'ada open until 33', 'a subscription that was claimed and then named stays with its owner');
select pg_temp.send(-1, pg_temp.invoice('of claimed', jsonb_build_object(
  'subscription_id', 'sub_claimed', 'customer_id', null, 'subscription_user_ref', pg_temp.user_id('cleo'))));
select pg_temp.owners_are('whisper', 'cleo open until 33', 'an invoice with a name from before the claim gives the subscription to that user');

-- A token that names a subscription whose latest invoice was paid by its credits.
create function pg_temp.month(name text) returns jsonb
language sql stable as $$
  select pg_temp.bill(name, 'swapped', 0, pg_temp.billed('swapped', 'price_llama_monthly', 0, 30))
$$;
insert into public.access_tokens (created_by, module_id, payment_id)
select pg_temp.user_id('cleo'), id, 'sub_swapped' from public.modules where slug = 'playground';
select pg_temp.send(0, pg_temp.subscribed('swapped', 'active', pg_temp.item('swapped', 'price_llama_yearly', 10, 375)) || '{"latest_invoice_id": "in_swap"}');
select pg_temp.send(0, pg_temp.month('month'));
select pg_temp.send(10, pg_temp.bill('swap', 'swapped', 10,
  pg_temp.billed('swapped', 'price_llama_monthly', 10, 30, -600),
  pg_temp.billed('swapped', 'price_llama_yearly', 10, 375, 600)) || '{"payment_intent_id": null}');
select pg_temp.send(11, pg_temp.refund('month', 'month', 1000));
select pg_temp.access_is('cleo', 'playground', 'refunded', 'a refund of the credited month closes the token of its subscription');
select pg_temp.send(12, pg_temp.month('second month') || '{"payment_intent_id": null}');
select pg_temp.access_is('cleo', 'playground', 'open', 'another invoice for the credited month opens the token');

-- A session of a payment and of a subscription. Stripe makes no such session.
select pg_temp.send(0, pg_temp.subscription('both', 'active', 1, '{"user_ref": null, "customer_id": null}'));
select pg_temp.send(0, pg_temp.session('both', '{"mode": "subscription", "subscription_id": "sub_both", "customer_id": null, "module_ref": null}'));
select pg_temp.grant_is('sub_both', 'whisper', 'open until 33', 'a session that names a payment, too, names the buyer of its subscription');
select is((select user_id from sesame.grants where source_id = 'sub_both'), pg_temp.user_id('ada'), 'that buyer is the user of the session');

-- A session with an invoice, and without a payment: the invoice sells nothing beside it.
select pg_temp.send(0, pg_temp.invoice('of nothing', '{"module_ref": "llama"}'));
select pg_temp.grant_is('in_of_nothing', 'llama', 'open', 'an invoice sells what its metadata names');
select pg_temp.send(0, pg_temp.session('nothing', '{"payment_intent_id": null, "invoice_id": "in_of_nothing", "module_ref": null, "customer_id": null}'));
select pg_temp.grant_is('in_of_nothing', 'llama', 'none', 'a session without a payment takes the sale from its invoice');

-- A token that names the invoice of a one-time session.
select pg_temp.send(0, pg_temp.session('invoiced', '{"invoice_id": "in_invoiced", "module_ref": null, "customer_id": null}'), pg_temp.invoice('invoiced'));
insert into public.access_tokens (created_by, module_id, payment_id)
select pg_temp.user_id('bob'), id, 'in_invoiced' from public.modules where slug = 'playground';
select pg_temp.send(1, pg_temp.charge('invoiced', 'invoiced', 1000));
select pg_temp.access_is('bob', 'playground', 'refunded', 'a refunded charge closes the token that names the invoice of its session');

-- A token that names a payment.
insert into public.access_tokens (created_by, module_id, payment_id)
select pg_temp.user_id('bob'), id, 'pi_charged' from public.modules where slug = 'llama';
select pg_temp.send(1, pg_temp.charge('charged', 'charged', 1000));
select pg_temp.access_is('bob', 'llama', 'refunded', 'a refunded charge closes the token of its payment');

-- What is to be read from Stripe.
select is(
  (select array_to_string("fetch", ' ') from public.process_stripe_events(jsonb_build_array(
    pg_temp.event(0, pg_temp.invoice('of unknown', jsonb_build_object('subscription_id', 'sub_unknown', 'paid_at', pg_temp.at(-1))))))),
  'sub_unknown', 'the invoice of a subscription that never came has it fetched');

select pg_temp.grants_are_derived();
select pg_temp.access_is_derived();

select finish();
rollback;

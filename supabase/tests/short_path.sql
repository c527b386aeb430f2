-- An event alone in its call takes a short path. Here links and names move, which they never do at Stripe: what they left
-- is derived again, too.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(15);

create function pg_temp.sale(name text) returns jsonb
language sql stable as $$
  select pg_temp.payment(name, jsonb_build_object('module_ref', 'llama', 'user_ref', pg_temp.user_id('ada')))
$$;

select pg_temp.send(0, pg_temp.sale('z charged'));
select pg_temp.send(0, pg_temp.sale('a charged'));
select pg_temp.send(1, pg_temp.charge('moving', 'z charged', 1000));
select pg_temp.grant_is('pi_z_charged', 'llama', 'refunded', 'a refunded charge closes its payment');
select pg_temp.send(2, pg_temp.again(pg_temp.charge('moving', 'a charged', 1000)));
select pg_temp.grant_is('pi_a_charged', 'llama', 'refunded', 'a charge that moves closes its present payment');
select pg_temp.grant_is('pi_z_charged', 'llama', 'open', 'a charge that moves opens its former payment');

select pg_temp.send(0, pg_temp.sale('z sold'));
select pg_temp.send(1, pg_temp.session('moving', '{"payment_intent_id": "pi_z_sold"}'));
select pg_temp.grant_is('pi_z_sold', 'llama', 'none', 'the payment of a session sells nothing itself');
select pg_temp.send(2, pg_temp.again(pg_temp.session('moving', '{"payment_intent_id": "pi_a_sold"}')));
select pg_temp.grant_is('pi_z_sold', 'llama', 'open', 'a session that moves leaves its former payment a sale');

select pg_temp.send(0, pg_temp.sale('z billed'));
select pg_temp.send(1, pg_temp.invoice('moving', '{"payment_intent_id": "pi_z_billed"}'));
select pg_temp.grant_is('pi_z_billed', 'llama', 'none', 'the payment of an invoice sells nothing itself');
select pg_temp.send(2, pg_temp.again(pg_temp.invoice('moving', '{"payment_intent_id": "pi_a_billed"}')));
select pg_temp.grant_is('pi_z_billed', 'llama', 'open', 'an invoice that moves leaves its former payment a sale');

select pg_temp.send(0, pg_temp.invoice('in_z_paid', '{"customer_id": "cus_other"}'));
select pg_temp.send(1, pg_temp.sale('moving') || '{"invoice_id": "in_z_paid"}');
select pg_temp.grant_is('in_z_paid', 'llama', 'open', 'a payment names what its invoice sells');
select pg_temp.send(2, pg_temp.again(pg_temp.sale('moving') || '{"invoice_id": "in_a_paid"}'));
select pg_temp.grant_is('in_z_paid', 'llama', 'none', 'a payment that moves leaves its former invoice without a sale');

-- A subscription lends its name to the purchases of its customer.
create function pg_temp.named(name text, fields jsonb) returns jsonb
language sql stable as $$
  select pg_temp.subscription(name, 'active', 1, jsonb_build_object('user_ref', pg_temp.user_id('ada')) || fields)
$$;
create function pg_temp.buyer_is(of_source text, expected uuid, title text) returns text
language sql stable as $$
  select is((select user_id from sesame.grants where source_id = of_source), expected, title)
$$;

select pg_temp.send(0, pg_temp.named('moving', '{"customer_id": "cus_z"}'));
select pg_temp.send(1, pg_temp.payment('of z', '{"module_ref": "llama", "customer_id": "cus_z"}'));
select pg_temp.buyer_is('pi_of_z', pg_temp.user_id('ada'), 'a subscription names the buyer of its customer''s payment');
select pg_temp.send(2, pg_temp.again(pg_temp.named('moving', '{"customer_id": "cus_a"}')));
select pg_temp.buyer_is('pi_of_z', null, 'a subscription that moves takes its name from its former customer');

select pg_temp.send(0, pg_temp.named('older', jsonb_build_object('customer_id', 'cus_c', 'created', pg_temp.at(2))));
select pg_temp.send(1, pg_temp.payment('of c', jsonb_build_object('module_ref', 'llama', 'customer_id', 'cus_c', 'created', pg_temp.at(1))));
select pg_temp.buyer_is('pi_of_c', null, 'a subscription names no buyer of an earlier payment');
select pg_temp.send(2, pg_temp.again(pg_temp.named('older', '{"customer_id": "cus_c"}')));
select pg_temp.buyer_is('pi_of_c', pg_temp.user_id('ada'), 'a subscription that was made earlier names the buyer');

select pg_temp.grants_are_derived();
select pg_temp.access_is_derived();

select finish();
rollback;

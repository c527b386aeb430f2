-- The buyer of a sale: the nearest name decides, the customer's comes last, and a sale without a name waits.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(10);

select pg_temp.send(0, pg_temp.session('without name', '{"user_ref": null}'));
select is((select user_id from sesame.grants), null, 'a purchase without a buyer waits');
select pg_temp.send('customer.updated', 1, pg_temp.customer('cus_ada', 'bob'));
select pg_temp.access_is('bob', 'stable-diffusion', 'open', 'a purchase opens for the user its customer names later');
select pg_temp.send('customer.updated', 2, pg_temp.again(pg_temp.customer('cus_ada', 'ada')));
select is(pg_temp.access_of('bob') || ' ' || pg_temp.access_of('ada'), 'none open', 'a purchase that only its customer names moves with the customer');
select pg_temp.send('payment_intent.succeeded', 0, pg_temp.payment('without name', jsonb_build_object('user_ref', pg_temp.user_id('bob'))));
select is(pg_temp.access_of('bob') || ' ' || pg_temp.access_of('ada'), 'open none', 'the payment''s metadata decides before the customer');
select pg_temp.send('customer.deleted', 3, pg_temp.again(pg_temp.customer('cus_ada', 'ada')) || '{"is_deleted": true, "user_ref": null}');
select pg_temp.send(0, pg_temp.session('deleted customer', '{"user_ref": null, "module_ref": "llama"}'));
select pg_temp.access_is('ada', 'llama', 'open', 'a purchase stays with its buyer when the customer is deleted');
select is(pg_temp.deliver(pg_temp.event(0, pg_temp.session('unreadable', '{"user_ref": "somebody", "module_ref": "llama"}'))),
  'applied', 'a sale whose user reference is no user id is applied');
select is((select user_id from sesame.grants where source_id = 'cs_unreadable'), null, 'a user reference that is no user id names no user');

-- client_reference_id can be chosen by the buyer.
select pg_temp.send(0, pg_temp.session('client reference', jsonb_build_object('user_ref', null, 'customer_id', null,
  'module_ref', 'whisper', 'client_reference_id', pg_temp.user_id('bob'))));
select pg_temp.access_is('bob', 'whisper', 'none', 'client_reference_id names no buyer by default');
update sesame.settings set client_reference_id_names_buyer = true;
select pg_temp.access_is('bob', 'whisper', 'open', 'client_reference_id names the buyer if the setting says so');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

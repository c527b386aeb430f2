-- A known customer: a sale without a name belongs to the one user named by the customer's earlier sales.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/guests.psql
\ir helpers/bills.psql
select plan(20);

-- A sale of this customer's on this day, with or without a name.
create function pg_temp.sale(id text, customer_id text, day numeric, user_ref text default null, fields jsonb default '{}') returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object('customer_id', customer_id, 'created', pg_temp.at(day), 'user_ref', user_ref) || fields)
$$;
create function pg_temp.buyer_of(id text) returns text
language sql stable as $$
  select case user_id when pg_temp.user_id('ada') then 'ada' when pg_temp.user_id('bob') then 'bob' else coalesce(user_id::text, 'no one') end
    || coalesce(', waits for ' || waits_for, '')
  from sesame.buyers where source_id = buyer_of.id
$$;

-- Earlier and later names.
select pg_temp.send(2, pg_temp.sale('cs_a2', 'cus_a', 2));
select is(pg_temp.buyer_of('cs_a2'), 'no one', 'a purchase of an unknown customer has no buyer');
select pg_temp.send(3, pg_temp.sale('cs_a3', 'cus_a', 3, pg_temp.user_id('bob')::text));
select is(pg_temp.buyer_of('cs_a2'), 'no one', 'a name later than the purchase does not count');
select pg_temp.send(1, pg_temp.sale('cs_a1', 'cus_a', 1, pg_temp.user_id('ada')::text));
select is(pg_temp.buyer_of('cs_a2'), 'ada', 'an earlier name counts, even if it comes last');
select is(pg_temp.grant_of('cs_a2', 'stable-diffusion') || ' ' || pg_temp.access_of('ada'), 'open open', 'the purchase opens for the user of the earlier name');
select pg_temp.send(4, pg_temp.sale('cs_a4', 'cus_a', 4));
select is(pg_temp.buyer_of('cs_a4'), 'no one', 'a purchase after two different names has no buyer');
select is(pg_temp.buyer_of('cs_a2'), 'ada', 'later names do not move an earlier purchase');
select pg_temp.send(2, pg_temp.sale('cs_b', 'cus_b', 2));
select pg_temp.send(2, pg_temp.sale('cs_b2', 'cus_b', 2, pg_temp.user_id('ada')::text));
select is(pg_temp.buyer_of('cs_b'), 'ada', 'a name of the same second counts');

-- The date of a name.
select pg_temp.send(1, pg_temp.sale('cs_c1', 'cus_c', 1));
select pg_temp.send(5, pg_temp.again(pg_temp.sale('cs_c1', 'cus_c', 1, pg_temp.user_id('ada')::text)));
select pg_temp.send(3, pg_temp.sale('cs_c3', 'cus_c', 3));
select is(pg_temp.buyer_of('cs_c3'), 'no one', 'a name that was added to an older object counts from the first snapshot that has it');
select pg_temp.send(6, pg_temp.sale('cs_c6', 'cus_c', 6));
select is(pg_temp.buyer_of('cs_c6'), 'ada', 'a name added to an older object counts for later purchases');
select pg_temp.send(9, pg_temp.sale('cs_d1', 'cus_d', 1, pg_temp.user_id('ada')::text));
select pg_temp.send(3, pg_temp.sale('cs_d3', 'cus_d', 3));
select is(pg_temp.buyer_of('cs_d3'), 'ada', 'an object that always had its name has it from its creation');

-- Kinds of objects.
select pg_temp.send(1, pg_temp.payment('pi_e', jsonb_build_object('customer_id', 'cus_e', 'user_ref', pg_temp.user_id('ada'), 'created', pg_temp.at(1))));
select pg_temp.send(2, pg_temp.subscribed('sub_e', 'active', pg_temp.item('si_e', 'price_whisper_monthly', 0, 30))
  || jsonb_build_object('customer_id', 'cus_e', 'user_ref', null, 'created', pg_temp.at(2)));
select is(pg_temp.buyer_of('sub_e'), 'ada', 'a payment names the buyer of a subscription that was made in the Dashboard');
select pg_temp.send(3, pg_temp.bill('in_e3', null, 3, pg_temp.added('price_llama_once')) || '{"customer_id": "cus_e"}');
select is(pg_temp.buyer_of('in_e3'), 'ada', 'a payment names the buyer of an invoice that is paid later');
select pg_temp.send(0, pg_temp.bill('in_e0', null, 0, pg_temp.added('price_llama_once')) || '{"customer_id": "cus_e"}');
select is(pg_temp.buyer_of('in_e0'), 'no one', 'a payment does not name the buyer of an invoice that was paid before');
select pg_temp.send(3, pg_temp.sale('cs_o', 'cus_other', 3));
select is(pg_temp.buyer_of('cs_o'), 'no one', 'a purchase of another customer has no buyer');

select pg_temp.send(1, pg_temp.sale('cs_i1', 'cus_i', 1, 'Cleo@Example.com'), pg_temp.sale('cs_i2', 'cus_i', 2, null, '{"email": "typed@example.com"}'));
select is(pg_temp.buyer_of('cs_i2'), 'no one, waits for cleo@example.com', 'a name that is an address counts before the address that the buyer typed');
select pg_temp.send(1, pg_temp.sale('cs_i0', 'cus_i', 0, pg_temp.user_id('ada')::text));
select is(pg_temp.buyer_of('cs_i2'), 'no one, waits for typed@example.com', 'an address and a user are two different names');

-- Order among the names.
select pg_temp.send(4, pg_temp.sale('cs_f', 'cus_e', 4, null, '{"email": "cleo@example.com"}'));
select is(pg_temp.buyer_of('cs_f'), 'ada', 'a customer''s earlier name counts before an address');
select pg_temp.send(4, pg_temp.sale('cs_g', 'cus_e', 4, null, jsonb_build_object('client_reference_id', pg_temp.user_id('bob'))));
update sesame.settings set client_reference_id_names_buyer = true;
select is(pg_temp.buyer_of('cs_g'), 'bob', 'a client_reference_id counts before the customer''s earlier names, if the setting says so');
select pg_temp.send(4, pg_temp.sale('cs_h', 'cus_a', 4, null, '{"email": "cleo@example.com"}'));
select is(pg_temp.buyer_of('cs_h'), 'no one, waits for cleo@example.com', 'after two different names the buyer''s address counts');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

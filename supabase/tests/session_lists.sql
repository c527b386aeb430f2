-- What a session sold: its newest list decides, and metadata names the module of an unmapped line.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(22);

create function pg_temp.listed(id text, price_ids text, fields jsonb default '{}') returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object('module_ref', null, 'price_ids', string_to_array(price_ids, ' ')) || fields)
$$;
create function pg_temp.sold(id text) returns text
language sql stable as $$
  select coalesce(string_agg(slug, ' ' order by slug), 'nothing')
  from sesame.grants join public.modules on modules.id = module_id where source_id = sold.id
$$;
create function pg_temp.to_read(id text) returns text
language sql stable as $$ select string_agg(why, ', ') from sesame.pending_fetches where object_id = to_read.id $$;

-- The newest list.
select pg_temp.send(0, pg_temp.listed('cs_a', 'price_llama_once'));
select pg_temp.send(1, pg_temp.again(pg_temp.listed('cs_a', 'price_llama_once price_stable_diffusion')));
select is(pg_temp.sold('cs_a'), 'llama stable-diffusion', 'of two lists the later one counts');
select pg_temp.send(0, pg_temp.again(pg_temp.listed('cs_a', 'price_whisper_monthly')));
select is(pg_temp.sold('cs_a'), 'llama stable-diffusion', 'an older list that comes later changes nothing');
select pg_temp.send(1, pg_temp.again(pg_temp.listed('cs_a', 'price_whisper_monthly', '{"status": "open"}')));
select is(pg_temp.sold('cs_a'), 'llama stable-diffusion', 'of two lists of one second the completed session''s counts before the open one''s');
select pg_temp.fetched(1, pg_temp.again(pg_temp.listed('cs_a', 'price_stable_diffusion')));
select is(pg_temp.sold('cs_a'), 'stable-diffusion', 'of two lists of one second a fetched list counts before an event''s');
select pg_temp.fetched(1, pg_temp.again(pg_temp.listed('cs_a', 'price_llama_once')));
select is(pg_temp.sold('cs_a'), 'llama stable-diffusion', 'two fetched lists of one second are united');

-- Mapped prices decide. Metadata names only the module of an unmapped line.
select pg_temp.send(0, pg_temp.listed('cs_b1', null, '{"module_ref": "whisper"}'));
select is(pg_temp.sold('cs_b1'), 'whisper', 'while no list is known the metadata names the module');
select pg_temp.send(1, pg_temp.again(pg_temp.listed('cs_b1', 'price_llama_once', '{"module_ref": "whisper"}')));
select is(pg_temp.sold('cs_b1'), 'llama', 'once a list is known its mapped prices decide');
select pg_temp.send(0, pg_temp.listed('cs_b2', 'price_unmapped', '{"module_ref": "whisper"}'));
select is(pg_temp.sold('cs_b2'), 'whisper', 'metadata names the module of an unmapped price');
select pg_temp.send(0, pg_temp.listed('cs_b3', 'price_llama_once price_unmapped', '{"module_ref": "whisper"}'));
select is(pg_temp.sold('cs_b3'), 'llama whisper', 'metadata names the module of an unmapped price beside a mapped one');
insert into sesame.extra_prices (stripe_price_id, actor, why) values ('price_shipping', 'ada', 'shipping opens nothing');
select pg_temp.send(0, pg_temp.listed('cs_b4', 'price_llama_once price_shipping', '{"module_ref": "whisper"}'));
select is(pg_temp.sold('cs_b4'), 'llama', 'metadata does not name a module for a price that opens nothing on purpose');
select pg_temp.send(0, pg_temp.listed('cs_b5', 'price_llama_month price_unmapped', '{"module_ref": "llama"}'));
select isnt((select expires_at from sesame.grants where source_id = 'cs_b5'), null, 'a module of a mapped price has the terms of that price');
select pg_temp.send(0, pg_temp.payment('pi_b5', '{"module_ref": "llama"}'));
select pg_temp.grant_is('pi_b5', 'llama', 'none', 'a payment that names the same module does not open it again');
select is_empty($$ select code from sesame.sales where source_id in ('cs_b3', 'cs_b4') and code is not null $$,
  'prices that the metadata names, or that open nothing on purpose, are not reported');
select pg_temp.send(0, pg_temp.listed('cs_b6', 'price_llama_once price_unmapped'));
select is((select code || ' ' || price_id from sesame.sales where source_id = 'cs_b6'), 'price_unmapped price_unmapped',
  'one unmapped price in a sale of several is reported');

-- A list is fetched only where it may be incomplete.
select is(pg_temp.to_read('cs_b2'), null, 'a completed session with a list is not fetched');
select pg_temp.send(0, pg_temp.listed('cs_c1', null));
select is(pg_temp.to_read('cs_c1'), 'line items', 'a completed session without a list is fetched');
select pg_temp.send(0, pg_temp.listed('cs_c2', 'price_llama_once', '{"status": "open", "amount_subtotal": 1000}'));
select is(pg_temp.to_read('cs_c2'), null, 'an open session is not fetched');
select pg_temp.send(1, pg_temp.again(pg_temp.listed('cs_c2', null, '{"amount_subtotal": 1000}')));
select is(pg_temp.to_read('cs_c2'), null, 'a session that sold for the sum of its first list is not fetched');
select pg_temp.send(2, pg_temp.again(pg_temp.listed('cs_c2', null, '{"amount_subtotal": 1500}')));
select is(pg_temp.to_read('cs_c2'), 'line items', 'a session that sold for another sum is fetched');
select pg_temp.send(0, pg_temp.listed('cs_c3', 'price_llama_once', '{"status": "open", "amount_subtotal": 1000, "has_optional_items": true}'),
  pg_temp.listed('cs_c3', null, '{"amount_subtotal": 1000}'));
select is(pg_temp.to_read('cs_c3'), 'line items', 'a session with optional items is fetched');

-- A buyer whom only the subscription names, which comes after the session.
select pg_temp.send(0, '{"kind": "price", "id": "price_llama_once", "is_recurring": false}',
  pg_temp.listed('cs_z', 'price_whisper_monthly price_llama_once', '{"mode": "subscription", "subscription_id": "sub_z", "payment_intent_id": null, "user_ref": null, "customer_id": null}'));
select pg_temp.send(1, pg_temp.subscribed('sub_z', 'active', pg_temp.item('si_z', 'price_whisper_monthly', 0, 30)));
select is((select user_id from sesame.grants where source_id = 'cs_z'), pg_temp.user_id('ada'), 'a sale without a name beside a subscription belongs to the subscription''s user');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

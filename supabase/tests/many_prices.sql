-- A shop with 20,000 prices: what is done for each price takes look-ups, and the list takes what is for sale.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
select plan(9);

-- The worst statistics for a full table: analyzed while it was empty.
analyze sesame.price_listings, sesame.products, public.listed_prices, public.module_prices, public.price_terms;
set local statement_timeout = '20s';

select pg_temp.send(0, pg_temp.product('studio'));
select lives_ok($$
  select sesame.lock_fold();
  select sesame.merge_price_listings(jsonb_agg(
    pg_temp.listing('price_' || n) || '{"event_id": "evt_bulk", "is_fetch": false, "livemode": false, "account": ""}'::jsonb
    || jsonb_build_object('stamp', pg_temp.at(0))))
  from generate_series(1, 20000) as n
$$, '20,000 prices are merged in one statement');
select is((select count(*) from sesame.price_listings), 20000::bigint, 'each of them is known');

insert into public.module_prices (stripe_price_id, module_id)
select 'price_' || n, id from generate_series(1, 20) as n cross join public.modules where slug = 'llama';
set local statement_timeout = '500ms';
select is(pg_temp.answer_as('anon', 'select count(*)::text from public.price_list'), '20', 'of 20,000 prices, the 20 mapped ones are read in less than half a second');
select pg_temp.send('price.updated', 1, pg_temp.listing('price_7', '{"amount": 700}'));
select is(pg_temp.answer_as('anon', $$ select amount::text from public.price_list where price = 'price_7' $$), '700', 'one price is changed in less than half a second');
select pg_temp.send('product.updated', 1, pg_temp.again(pg_temp.product('studio', '{"name": "Atelier"}')));
select is(pg_temp.answer_as('anon', $$ select string_agg(distinct product, ', ') from public.price_list $$), 'Atelier', 'the product of 20,000 prices gets another name in less than half a second');

set local statement_timeout = '20s';
select lives_ok($$
  insert into public.module_prices (stripe_price_id, module_id)
  select 'price_' || n, id from generate_series(21, 20000) as n cross join public.modules where slug = 'llama'
$$, '20,000 prices are mapped in one statement');
select is((select count(*) from public.listed_prices), 20000::bigint, 'all of them are for sale');
set local statement_timeout = '500ms';
select is(pg_temp.answer_as('anon', $$ select modules -> 0 ->> 'slug' from public.price_list where price = 'price_19999' $$), 'llama', 'of 20,000 listed prices, one is read in less than half a second');
set local statement_timeout = '3s';
select is(pg_temp.answer_as('anon', 'select count(modules)::text from public.price_list'), '20000', 'all 20,000 are read within the three seconds of a visitor');

select * from finish();
rollback;

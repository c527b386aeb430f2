-- A shop with 20,000 prices: what is done for each price takes look-ups, and the list takes what is for sale.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
select plan(9);

-- The worst statistics for a full table: analyzed while it was empty.
analyze sesame.price_listings, sesame.products, public.listed_prices, public.module_prices, public.price_terms;
set local statement_timeout = '60s';

create function pg_temp.rows_read(statement text) returns bigint
language plpgsql as $$
declare
  v_before bigint;
  v_after bigint;
  v_count text := 'select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))
    from pg_catalog.pg_stat_xact_user_tables where schemaname in (''public'', ''sesame'')';
begin
  execute v_count into v_before;
  execute statement;
  execute v_count into v_after;
  return v_after - v_before;
end
$$;

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
select cmp_ok(pg_temp.rows_read($$ select count(modules) from public.price_list $$), '<', 2000::bigint, 'of 20,000 prices, the list reads only the 20 that are mapped');
select cmp_ok(pg_temp.rows_read($$ select pg_temp.send('price.updated', 1, pg_temp.listing('price_7', '{"amount": 700}')) $$), '<', 200::bigint,
  'the event of one price reads a bounded number of rows');
select cmp_ok(pg_temp.rows_read($$ select pg_temp.send('product.updated', 1, pg_temp.again(pg_temp.product('studio', '{"name": "Atelier"}'))) $$), '<', 50000::bigint,
  'the event of a product reads each of its 20,000 prices once');
select is(pg_temp.answer_as('anon', $$ select string_agg(distinct product || ' ' || amount, ', ') from public.price_list where price in ('price_7', 'price_8') $$),
  'Atelier 700, Atelier 900', 'both have their effect');

select lives_ok($$
  insert into public.module_prices (stripe_price_id, module_id)
  select 'price_' || n, id from generate_series(21, 20000) as n cross join public.modules where slug = 'llama'
$$, '20,000 prices are mapped in one statement');
select is((select count(*) from public.listed_prices), 20000::bigint, 'all of them are for sale');
-- As autovacuum does.
analyze public.listed_prices, public.module_prices;
select cmp_ok(pg_temp.rows_read($$ select modules from public.price_list where price = 'price_19999' $$), '<', 100::bigint, 'of 20,000 listed prices, one is read by look-ups');

select * from finish();
rollback;

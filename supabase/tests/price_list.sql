-- The list of what is for sale: facts of prices and products, in any order; the mapping; the terms; who may read it.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
select plan(45);

-- What a visitor reads of a price: product, amount, period and modules.
create function pg_temp.shown(price text, persona text default 'anon') returns text
language sql as $$
  select pg_temp.answer_as(persona, format($q$
    select string_agg(concat_ws(' ', product, coalesce(amount::text, varies_by), currency, interval_count, interval,
      'tax ' || tax, (select string_agg(module ->> 'slug', '+') from jsonb_array_elements(modules) as module)), ', ')
    from public.price_list where price = %L
  $q$, price))
$$;

-- What is shown after these events, in every order. Each order has a price and a product of its own.
create function pg_temp.shown_after(variadic events jsonb[]) returns text
language plpgsql as $$
declare
  v_order integer[];
  v_seen text[] := '{}';
  v_number integer := 0;
  v_place integer;
  v_fact jsonb;
begin
  for v_order in
    with recursive orders as (
      select array[n] as places from generate_subscripts(events, 1) as n
      union all
      select places || n from orders, generate_subscripts(events, 1) as n where n <> all (places)
    )
    select places from orders where cardinality(places) = cardinality(events)
  loop
    v_number := v_number + 1;
    insert into public.module_prices (stripe_price_id, module_id)
    select 'price_' || v_number, id from public.modules where slug = 'llama';
    -- Twice: the second delivery of an event changes nothing.
    foreach v_place in array v_order || v_order loop
      v_fact := events[v_place];
      delete from pg_temp.noted_objects;
      perform pg_temp.deliver(pg_temp.event(
        format('evt_%s_%s', v_number, v_place), v_fact ->> 'type', (v_fact ->> 'day')::numeric,
        v_fact - '{type,day}'::text[] || case v_fact ->> 'kind'
          when 'product' then jsonb_build_object('id', 'prod_' || v_number)
          else jsonb_build_object('id', 'price_' || v_number)
            || case when v_fact ->> 'product_id' is null then '{}' else jsonb_build_object('product_id', 'prod_' || v_number) end
        end));
    end loop;
    v_seen := v_seen || coalesce(pg_temp.shown('price_' || v_number), 'nothing');
  end loop;
  delete from public.module_prices where stripe_price_id ~ '^price_\d+$';
  delete from sesame.price_listings;
  delete from sesame.products;
  delete from sesame.stripe_events;
  return (select string_agg(distinct seen, ' or ') from unnest(v_seen) as seen);
end
$$;

create function pg_temp.on_day(day numeric, type text, fact jsonb) returns jsonb
language sql immutable as $$ select fact || jsonb_build_object('type', type, 'day', day) $$;

select is_empty('table public.price_list', 'without facts nothing is for sale');

-- In any order, twice each.
select is(pg_temp.shown_after(
    pg_temp.on_day(0, 'price.created', pg_temp.listing('x', '{"type_rank": 0}')),
    pg_temp.on_day(0, 'product.created', pg_temp.product('x', '{"name": "Old name", "type_rank": 0}')),
    pg_temp.on_day(1, 'product.updated', pg_temp.product('x', '{"name": "Studio"}')),
    pg_temp.on_day(2, 'price.updated', pg_temp.listing('x', '{"tax_behavior": "exclusive"}'))
  ), 'Studio 900 eur 1 month tax excluded llama', 'given events of a price and its product in any order, the newest of each is shown');
select is(pg_temp.shown_after(
    pg_temp.on_day(0, 'price.created', pg_temp.listing('x')), pg_temp.on_day(0, 'product.created', pg_temp.product('x', '{"name": "Studio"}')),
    pg_temp.on_day(2, 'price.updated', pg_temp.listing('x', '{"is_active": false}')), pg_temp.on_day(1, 'price.updated', pg_temp.listing('x'))
  ), 'nothing', 'an archived price is not shown');
select is(pg_temp.shown_after(
    pg_temp.on_day(0, 'price.created', pg_temp.listing('x')), pg_temp.on_day(0, 'product.created', pg_temp.product('x')),
    pg_temp.on_day(2, 'product.updated', pg_temp.product('x', '{"is_active": false}'))
  ), 'nothing', 'an active price of an archived product is not shown');
select is(pg_temp.shown_after(
    pg_temp.on_day(0, 'price.created', pg_temp.listing('x')), pg_temp.on_day(0, 'product.created', pg_temp.product('x', '{"name": "Studio"}')),
    pg_temp.on_day(2, 'price.updated', pg_temp.listing('x', '{"is_active": false}')), pg_temp.on_day(3, 'price.updated', pg_temp.listing('x'))
  ), 'Studio 900 eur 1 month tax included llama', 'a price that is active again is shown again');
select is(pg_temp.shown_after(
    pg_temp.on_day(2, 'price.deleted', pg_temp.listing('x', '{"is_active": false, "is_deleted": true, "type_rank": 3}')),
    pg_temp.on_day(3, 'price.updated', pg_temp.listing('x')), pg_temp.on_day(0, 'product.created', pg_temp.product('x'))
  ), 'nothing', 'a deleted price stays deleted');
select is(pg_temp.shown_after(
    pg_temp.on_day(1, 'price.fetched', pg_temp.listing('x', '{"is_active": false, "product_id": null}')),
    pg_temp.on_day(3, 'price.updated', pg_temp.listing('x')), pg_temp.on_day(0, 'product.created', pg_temp.product('x', '{"name": "Studio"}'))
  ), 'Studio 900 eur 1 month tax included llama', 'a price that Stripe did not know is shown once it does');
select is(pg_temp.shown_after(
    pg_temp.on_day(0, 'price.updated', pg_temp.listing('x')),
    pg_temp.on_day(0, 'price.updated', pg_temp.listing('x', '{"nickname": "Monthly", "changed_from": {"nickname": null}}')),
    pg_temp.on_day(0, 'product.created', pg_temp.product('x', '{"name": "First", "type_rank": 0}')),
    pg_temp.on_day(0, 'product.updated', pg_temp.product('x', '{"name": "Second", "changed_from": {"name": "First"}}'))
  ), 'Second 900 eur 1 month tax included llama', 'of two states of one second, the later one is shown');

-- The facts touch no access, and a call may have them beside others.
select is(pg_temp.deliver(
    pg_temp.event('product.updated', 0, pg_temp.product('studio')), pg_temp.event(0, pg_temp.session('beside')),
    pg_temp.event('price.updated', 0, pg_temp.listing('price_studio_monthly'), '{"kind": "price", "id": "price_studio_monthly", "is_recurring": true}')
  ), 'applied applied applied', 'facts of a price and a product are applied beside a sale');
select is((select count(*) from public.module_access), 1::bigint, 'the sale opens its module, and a price opens nothing');
select is(pg_temp.shown('price_studio_monthly'), 'Studio 900 eur 1 month tax included stable-diffusion+whisper+llama', 'a bundle is shown with all its modules');
select is(pg_temp.shown('price_studio_monthly', 'ada'), pg_temp.shown('price_studio_monthly'), 'a member reads the same as a visitor');
select is(pg_temp.shown('price_studio_monthly', 'service_role'), pg_temp.shown('price_studio_monthly'), 'a server reads the same as a visitor');
select is((select modules -> 0 from public.price_list where price = 'price_studio_monthly'),
  '{"slug": "stable-diffusion", "title": "StableDiffusion", "access_level": "pro", "max_usage": null, "access_duration": null}'::jsonb,
  'a module is shown with the terms of the mapping');

-- The mapping.
select pg_temp.send('price.created', 0, pg_temp.listing('elsewhere', '{"amount": 5000}'));
select is(pg_temp.answer_as('anon', $$ select count(*)::text from public.listed_prices where stripe_price_id = 'price_elsewhere' $$), '0',
  'a visitor cannot read a price that is not mapped, also not from the table');
insert into public.module_prices (stripe_price_id, module_id) select 'price_elsewhere', id from public.modules where slug = 'llama';
select is(pg_temp.shown('price_elsewhere'), 'Studio 5000 eur 1 month tax included llama', 'a price that is mapped later is shown at once');
update public.module_prices set stripe_price_id = 'price_renamed' where stripe_price_id = 'price_elsewhere';
select is(pg_temp.shown('price_elsewhere'), null, 'a price whose mapping moved to another price is not shown');
update public.module_prices set stripe_price_id = 'price_elsewhere' where stripe_price_id = 'price_renamed';
select is(pg_temp.shown('price_elsewhere') is not null, true, 'a price is shown again when its mapping is corrected');
update public.modules set is_active = false where slug = 'llama';
select is(pg_temp.shown('price_elsewhere'), null, 'a price whose only module is not offered any more is not shown');
select is(pg_temp.shown('price_studio_monthly') is not null, true, 'a bundle with a module that is not offered any more is still shown');
update public.modules set is_active = true where slug = 'llama';
delete from public.module_prices where stripe_price_id = 'price_elsewhere';
select is(pg_temp.answer_as('anon', $$ select count(*)::text from public.listed_prices where stripe_price_id = 'price_elsewhere' $$), '0', 'a price that is no longer mapped is not readable');

-- The terms.
insert into public.price_terms (stripe_price_id, is_listed, trial_days, max_quantity) values ('price_studio_monthly', false, 14, 5);
select is(pg_temp.shown('price_studio_monthly'), null, 'a price that is not listed is not shown');
select is(pg_temp.answer_as('ada', $$ select count(*)::text from public.listed_prices $$), '0', 'a member cannot read a price that is not listed, also not from the table');
select is(pg_temp.answer_as('ada', $$ select count(*)::text from public.price_terms $$), '0', 'a member cannot read the terms of a price that is not listed');
update public.price_terms set is_listed = true;
select is(pg_temp.answer_as('anon', $$ select trial_days || ' days, at most ' || max_quantity from public.price_list where price = 'price_studio_monthly' $$),
  '14 days, at most 5', 'a listed price is shown with its trial and its largest quantity');
select throws_ok($$ update public.price_terms set trial_days = 731 $$, '23514', null, 'a trial of more than two years is refused');
select throws_ok($$ insert into public.price_terms (stripe_price_id, max_quantity) values ('price_x', 0) $$, '23514', null, 'a largest quantity of 0 is refused');
delete from public.price_terms;

-- Who may write.
select is(pg_temp.refusal_as('ada', $$ update public.listed_prices set amount = 1 $$), '42501', 'a member cannot change an amount');
select is(pg_temp.refusal_as('service_role', $$ update public.listed_prices set amount = 1 $$), '42501', 'a server cannot change an amount either');
select is(pg_temp.refusal_as('ada', $$ insert into public.price_terms values ('price_x') $$), '42501', 'a member cannot write terms');
select is(pg_temp.refusal_as('service_role', $$ insert into public.price_terms values ('price_x') $$), '', 'a server can write terms');

-- Attacks.
select pg_temp.send('price.updated', -1, pg_temp.again(pg_temp.listing('price_studio_monthly', '{"amount": 1}')));
select is(pg_temp.shown('price_studio_monthly') ~ ' 900 ', true, 'an older state that arrives late does not change the amount');
select pg_temp.send(jsonb_set(pg_temp.event('price.updated', 9, pg_temp.again(pg_temp.listing('price_studio_monthly', '{"amount": 1}'))), '{account}', '"acct_1"'));
select pg_temp.send(jsonb_set(pg_temp.event('price.updated', 9, pg_temp.listing('price_whisper_monthly')), '{account}', '"acct_1"'),
  jsonb_set(pg_temp.event('product.updated', 9, pg_temp.again(pg_temp.product('studio'))), '{account}', '"acct_1"'));
select is(pg_temp.shown('price_whisper_monthly'), null, 'a price of a connected account is not shown, even if it is mapped');
select is(pg_temp.shown('price_studio_monthly') ~ ' 900 ', true, 'a connected account cannot change our price by using its id');
select pg_temp.send('price.updated', 1, pg_temp.listing('price_stable_diffusion', '{"amount": null, "varies_by": "tiers", "interval": null, "interval_count": null, "tax_behavior": "unspecified"}'));
select is(pg_temp.shown('price_stable_diffusion'), 'Studio tiers eur stable-diffusion', 'a price with tiers is shown without an amount, and without a tax that Stripe does not know');
select pg_temp.send('price.updated', 2, pg_temp.again(pg_temp.listing('price_stable_diffusion', '{"amount": 1200, "currency": "jpy", "interval": null, "interval_count": null}')));
select is(pg_temp.shown('price_stable_diffusion'), 'Studio 1200 jpy tax included stable-diffusion', 'an amount in a currency without decimals is Stripe''s number');
select pg_temp.send('product.updated', 3, pg_temp.again(pg_temp.product('studio', jsonb_build_object('name', '<script>alert(1)</script> '';drop table x;-- ' || chr(8238)))));
select is((select product from public.price_list where price = 'price_studio_monthly'), '<script>alert(1)</script> '';drop table x;-- ' || chr(8238), 'a hostile name stays text, letter by letter');

-- Reads.
select is((select array_agg(id order by id) from sesame.unread_prices), '{price_stable_diffusion_day,price_whisper_monthly}'::text[], 'mapped prices of which our account said nothing are read');
select pg_temp.fetched(4, pg_temp.listing('price_stable_diffusion_day', '{"is_active": false, "product_id": null}'));
select is((select array_agg(id) from sesame.unread_prices), '{price_whisper_monthly}'::text[], 'a price that Stripe does not know is not asked for again');
select is((select "fetch" from public.process_stripe_events(jsonb_build_array(pg_temp.event('price.updated', 5,
    pg_temp.again(pg_temp.listing('price_whisper_monthly', '{"product_id": "prod_new"}')))))), '{price_whisper_monthly}'::text[], 'a mapped price whose product is not known is read at once');

select is((select "fetch" from public.process_stripe_events(jsonb_build_array(pg_temp.event('price.updated', 5,
    pg_temp.again(pg_temp.listing('price_whisper_monthly', '{"product_id": "prod_studio"}')))))), '{price_whisper_monthly}'::text[], 'two states of one second that only Stripe can order are read again');
select pg_temp.fetched(5.5, pg_temp.again(pg_temp.listing('price_whisper_monthly')));
select is((select array_agg(kind || ' ' || object_id) from sesame.pending_fetches), null::text[], 'after the reading nothing is pending');

-- A project that went live.
select pg_temp.send(jsonb_set(pg_temp.event('price.updated', 6, pg_temp.again(pg_temp.listing('price_whisper_monthly', '{"product_id": "prod_live"}'))), '{livemode}', 'true'),
  jsonb_set(pg_temp.event('product.updated', 6, pg_temp.product('live')), '{livemode}', 'true'));
select is((select array_agg(price) from public.price_list), '{price_whisper_monthly}'::text[], 'beside a live price, no price of the tests is shown');

select pg_temp.send(jsonb_set(pg_temp.event(6, '{"again": true, "kind": "price", "id": "price_whisper_monthly", "is_recurring": true}'), '{livemode}', 'true'));
select is((select array_agg(id order by id) from sesame.unread_prices), '{price_stable_diffusion,price_stable_diffusion_day,price_studio_monthly}'::text[],
  'once a price is live, the others are read with the live key, whatever the test key answered');

select is_empty($$
  (table sesame.derived_listed_prices except table public.listed_prices)
  union all
  (table public.listed_prices except table sesame.derived_listed_prices)
$$, 'the listed prices are what the facts, the mapping and the terms derive');

select * from finish();
rollback;

-- Passes stack: a pass bought while another runs begins when that one ends.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(23);

insert into public.module_prices (stripe_price_id, module_id, access_duration, access_level)
select offer.price_id, id, offer.duration, offer.level
from (values
  ('price_days_10', interval '10 days', 'standard'), ('price_days_10_pro', '10 days', 'pro'), ('price_month', '1 month', 'standard'),
  ('price_months_2', '2 months', 'standard'), ('price_hours_24', '24 hours', 'standard')
) as offer (price_id, duration, level)
join public.modules on slug = 'llama';

create function pg_temp.pass(id text, persona text, price_id text default 'price_days_10') returns jsonb
language sql stable as $$
  select pg_temp.session(id, jsonb_build_object('user_ref', pg_temp.user_id(persona), 'module_ref', null, 'price_ids', jsonb_build_array(price_id)))
$$;
create function pg_temp.seconds(moment timestamptz) returns bigint
language sql stable as $$ select extract(epoch from moment)::bigint $$;

-- Bought while one runs, and after it.
select pg_temp.send(0, pg_temp.pass('cs_a1', 'ada'));
select pg_temp.access_is('ada', 'llama', 'open until 10', 'a pass is open from its payment, for its duration');
select pg_temp.send(3, pg_temp.payment('pi_a1'));
select pg_temp.access_is('ada', 'llama', 'open until 10', 'a later event about the payment does not move the start of the pass');
select pg_temp.send(4, pg_temp.pass('cs_a2', 'ada'));
select pg_temp.access_is('ada', 'llama', 'open until 20', 'a second pass bought while one runs begins when the first ends');
select pg_temp.send(30, pg_temp.pass('cs_a3', 'ada'));
select pg_temp.access_is('ada', 'llama', 'open until 40', 'a pass bought after the last one ended begins at its payment');
select pg_temp.send(35, pg_temp.pass('cs_a4', 'ada'));
select pg_temp.access_is('ada', 'llama', 'open until 50', 'a fourth pass bought while the third runs begins when it ends');
select is((select array_agg(distinct pg_temp.seconds(expires_at) - pg_temp.at(50)) from sesame.sources where user_id = pg_temp.user_id('ada')), array[0::bigint],
  'every pass in a row has the same end');
select pg_temp.send(36, pg_temp.refund('re_a4', 'pi_a4', 1000));
select pg_temp.access_is('ada', 'llama', 'open until 40', 'a refunded pass shortens access by its duration');

-- A pass in the middle is disputed.
select pg_temp.send(0, pg_temp.pass('cs_b1', 'bob'));
select pg_temp.send(1, pg_temp.pass('cs_b2', 'bob'));
select pg_temp.send(2, pg_temp.pass('cs_b3', 'bob'));
select pg_temp.access_is('bob', 'llama', 'open until 30', 'three passes bought one after another are open for the sum of their durations');
select pg_temp.send(3, pg_temp.dispute('dp_b2', 'pi_b2', 'needs_response'));
select pg_temp.access_is('bob', 'llama', 'open until 20', 'a dispute of the middle pass moves the later ones forward');
select pg_temp.send(4, pg_temp.again(pg_temp.dispute('dp_b2', 'pi_b2', 'won', 3)));
select pg_temp.access_is('bob', 'llama', 'open until 30', 'a dispute that is won restores the whole duration');

-- Passes that do not add up.
select pg_temp.send(5, pg_temp.pass('cs_b4', 'bob', 'price_days_10_pro'));
select is((select pg_temp.seconds(expires_at) from sesame.sources where source_id = 'cs_b4'), pg_temp.at(15), 'passes of two access levels do not add up');
select pg_temp.send(0, pg_temp.bill('in_b1', null, 0, pg_temp.added('price_days_10')) - 'names_payment' || jsonb_build_object('user_ref', pg_temp.user_id('bob')));
select pg_temp.access_is('bob', 'llama', 'open until 30', 'a payment of a session and an invoice counts as one pass');
select pg_temp.send(0, pg_temp.session('cs_c', jsonb_build_object('user_ref', pg_temp.user_id('cleo'), 'module_ref', null,
  'price_ids', '["price_days_10", "price_month"]'::jsonb)));
select is((select pg_temp.seconds(expires_at) from sesame.sources where source_id = 'cs_c'),
  pg_temp.seconds((to_timestamp(pg_temp.at(0)) at time zone 'utc' + interval '1 month') at time zone 'utc'), 'a sale with two prices is one pass of the longest duration');
select pg_temp.send(0, pg_temp.pass('cs_d', 'cleo'), pg_temp.bill('in_d', null, 0, pg_temp.added('price_months_2')) || jsonb_build_object('user_ref', pg_temp.user_id('cleo')),
  pg_temp.refund('re_c', 'pi_c', 1000));
select is((select pg_temp.seconds(expires_at) from sesame.sources where source_id = 'cs_d'),
  pg_temp.seconds((to_timestamp(pg_temp.at(0)) at time zone 'utc' + interval '2 months') at time zone 'utc'), 'two sales with one payment count as one pass of the longest duration');
select pg_temp.send(0, pg_temp.subscribed('sub_c', 'active', pg_temp.item('si_c', 'price_llama_monthly', 0, 90)) || jsonb_build_object('user_ref', pg_temp.user_id('cleo')));
select pg_temp.access_is('cleo', 'llama', 'open until 93', 'a subscription beside a pass does not add to it');
update sesame.settings set passes_stack = false;
select is((select pg_temp.seconds(expires_at) from sesame.sources where source_id = 'cs_a1'), pg_temp.at(10), 'with passes_stack off each pass counts from its own payment');
update sesame.settings set passes_stack = true;

-- The calendar. Grants as the fold writes them, of users of their own.
create function pg_temp.end_of(durations interval[], paid_at timestamptz[]) returns timestamptz
language plpgsql as $$
declare
  v_user uuid := gen_random_uuid();
  v_module bigint := (select id from public.modules where slug = 'llama');
begin
  insert into sesame.grants (livemode, account, source_id, module_id, source, user_id, reason, reason_after, expires_at,
    access_level, by_address, pass_from, pass_duration, payment_root)
  select false, '', v_user || '/' || place, v_module, 'checkout_session', v_user, 'purchase', 'expired', paid, 'standard', false, paid, duration, v_user || '/' || place
  from unnest(durations, paid_at) with ordinality as pass (duration, paid, place);
  return (select expires_at from sesame.sources where user_id = v_user limit 1);
end
$$;
select is(pg_temp.end_of('{1 month}', '{2026-01-31 12:00+00}'), '2026-02-28 12:00+00'::timestamptz, 'a month from January 31 ends in February');
select is(pg_temp.end_of('{1 month,1 month}', '{2026-01-31 12:00+00,2026-02-01 12:00+00}'), '2026-03-31 12:00+00'::timestamptz,
  'two months from January 31 are two months, not twice one: the intervals are added first');
select is(pg_temp.end_of('{1 month,1 day}', '{2026-01-31 12:00+00,2026-02-01 12:00+00}'), '2026-03-01 12:00+00'::timestamptz, 'a month and a day from January 31 are added in this order');
set local timezone = 'Europe/Paris';
select is(pg_temp.end_of('{1 day,1 day}', '{2026-03-28 12:00+00,2026-03-28 13:00+00}'), '2026-03-30 12:00+00'::timestamptz,
  'a pass of a day has 24 hours in UTC, whatever the session''s time zone');
select is(pg_temp.end_of('{24 hours,1 day}', '{2026-10-24 23:30+02,2026-10-25 00:30+02}'), '2026-10-26 21:30+00'::timestamptz,
  'a pass of a day has 24 hours when the clocks go back');
select is(pg_temp.end_of('{10 days,10 days}', '{2026-03-01 12:00+00,2026-01-01 12:00+00}'), '2026-03-11 12:00+00'::timestamptz,
  'passes are added in the order of their payments, whatever their ids');
reset timezone;
delete from sesame.grants where source_id like '%/%';

select pg_temp.grants_are_derived();

select * from finish();
rollback;

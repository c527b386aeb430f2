-- Objects that only Stripe can settle are fetched: which, why, and until when.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(26);

create function pg_temp.pending(id text) returns text
language sql stable as $$
  select coalesce(string_agg(why, ', ' order by why), 'nothing') from sesame.pending_fetches where object_id = pending.id
$$;
create function pg_temp.fetches(days numeric, variadic facts jsonb[]) returns text
language sql volatile as $$
  select array_to_string("fetch", ' ')
  from public.process_stripe_events(jsonb_build_array(
    pg_temp.event('evt_fetches_' || nextval('pg_temp.event_number'), 'x', days, variadic facts)))
$$;

-- Invoices with more lines.
select is(pg_temp.fetches(0, pg_temp.bill('in_a', null, 0, pg_temp.added('price_stable_diffusion')) || '{"lines_complete": false, "status": "draft"}'),
  'price_stable_diffusion', 'a draft with more lines is not fetched');
select is(pg_temp.fetches(0, pg_temp.again(pg_temp.bill('in_a', null, 0, pg_temp.added('price_stable_diffusion'))) || '{"lines_complete": false}'),
  'in_a price_stable_diffusion', 'a paid invoice with more lines is fetched at once');
select is(pg_temp.pending('in_a'), 'more lines', 'a paid invoice with more lines stays pending');
select pg_temp.fetched(1, pg_temp.again(pg_temp.bill('in_a', null, 0, pg_temp.added('price_stable_diffusion'))));
select is(pg_temp.pending('in_a'), 'nothing', 'an invoice with all its lines is no longer pending');

-- Prices.
select is(pg_temp.pending('price_stable_diffusion'), 'recurring or not', 'a price that is not known yet is fetched');
select pg_temp.fetched(1, '{"kind": "price", "id": "price_stable_diffusion", "is_recurring": false}');
select is(pg_temp.pending('price_stable_diffusion'), 'nothing', 'a price that was fetched is no longer pending');
select pg_temp.send(0, pg_temp.bill('in_b', null, 0, pg_temp.added('price_unmapped')));
select is(pg_temp.pending('price_unmapped'), 'nothing', 'a price that opens nothing is not fetched');
insert into public.module_prices (stripe_price_id, module_id) select 'gold', id from public.modules where slug = 'llama';
select pg_temp.send(0, pg_temp.bill('in_b2', null, 0, pg_temp.added('gold')));
select is(pg_temp.pending('gold'), 'nothing', 'a price whose id is not a price id of Stripe is not fetched, since it may be a plan');
select pg_temp.send(0, pg_temp.bill('in_b3', 'sub_b', 0, pg_temp.billed('si_b', 'price_llama_once', 0, 30)));
select is(pg_temp.pending('price_llama_once'), 'nothing', 'a price that is only on subscription lines is not fetched');

-- Unpaid periods.
select is(pg_temp.fetches(30, pg_temp.subscribed('sub_c', 'past_due', pg_temp.item('si_c', 'price_whisper_monthly', 30, 60))),
  'sub_c/invoices', 'the invoices of a past due subscription without invoices are fetched');
select is(pg_temp.pending('sub_c'), 'unpaid periods', 'a past due subscription without invoices stays pending');
select pg_temp.send(0, pg_temp.bill('in_c1', 'sub_c', 0, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.pending('sub_c'), 'nothing', 'a past due subscription that is paid to the present period is no longer pending');
select pg_temp.send(30, pg_temp.subscribed('sub_d', 'past_due', pg_temp.item('si_d', 'price_whisper_monthly', 60, 90)),
  pg_temp.bill('in_d1', 'sub_d', 0, pg_temp.billed('si_d', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.pending('sub_d'), 'unpaid periods', 'a gap between the paid time and the present period is fetched');
select pg_temp.send(30, pg_temp.bill('in_d2', 'sub_d', 30, pg_temp.billed('si_d', 'price_whisper_monthly', 30, 60)) || '{"status": "open", "amount_paid": 0}');
select is(pg_temp.pending('sub_d'), 'nothing', 'a gap that an owed line covers is not fetched');
select pg_temp.send(30, pg_temp.subscribed('sub_e', 'active', pg_temp.item('si_e', 'price_whisper_monthly', 30, 60)));
select is(pg_temp.pending('sub_e'), 'nothing', 'an active subscription without invoices is not fetched');
select pg_temp.send(30, pg_temp.subscribed('sub_f', 'past_due', pg_temp.item('si_f', 'price_whisper_monthly', 30, 60)),
  pg_temp.subscribed('sub_g', 'past_due', pg_temp.item('si_g', 'price_whisper_monthly', null, null)));
select is(pg_temp.pending('sub_f') || ', ' || pg_temp.pending('sub_g'), 'unpaid periods, unpaid periods', 'past due subscriptions are pending with a period and without one');
select pg_temp.send(
  pg_temp.event('subscription_invoices.fetched', 31, null) || '{"object_id": "sub_f/invoices"}',
  pg_temp.event('subscription_invoices.fetched', 31, null) || '{"object_id": "sub_g/invoices"}');
select is(pg_temp.pending('sub_f') || ', ' || pg_temp.pending('sub_g'), 'nothing, nothing', 'a past due subscription whose invoices were fetched is no longer pending');
select pg_temp.send(60, pg_temp.again(pg_temp.subscribed('sub_f', 'past_due', pg_temp.item('si_f', 'price_whisper_monthly', 60, 90))));
select is(pg_temp.pending('sub_f'), 'unpaid periods', 'a past due subscription in its next period is fetched again');

-- Subscriptions that never came. `now()` is T0, and a quarter of an hour is 0.0104 days.
create function pg_temp.paid_long_ago(id text, days numeric) returns jsonb
language sql stable as $$
  select pg_temp.session('cs_' || id, jsonb_build_object('mode', 'subscription', 'subscription_id', 'sub_' || id, 'created', pg_temp.at(days)))
$$;
select pg_temp.send(-0.01, pg_temp.paid_long_ago('h', -0.01));
select is(pg_temp.pending('sub_h'), 'nothing', 'a subscription paid for 14 minutes ago is not fetched yet');
select pg_temp.send(-0.011, pg_temp.paid_long_ago('i', -0.011));
select is(pg_temp.pending('sub_i'), 'never came', 'a subscription paid for more than 15 minutes ago is fetched');
select pg_temp.send(-1, pg_temp.bill('in_j', 'sub_j', -1, pg_temp.billed('si_j', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.pending('sub_j'), 'never came', 'a subscription that only its invoice names is fetched');
select pg_temp.send(0, pg_temp.subscribed('sub_j', 'active', pg_temp.item('si_j', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.pending('sub_j'), 'nothing', 'a subscription that arrives is no longer pending');
select is(sesame.fetch_reference('acct_1', 'subscription_invoices', 'sub_1'), 'acct_1/sub_1/invoices', 'the invoices of a connected account are fetched there');

-- Each reason, once for an object that a call touches.
select pg_temp.send(0,
  pg_temp.subscribed('sub_k1', 'active', pg_temp.item('si_k1', 'price_whisper_monthly', 0, 30)),
  pg_temp.subscribed('sub_k2', 'unknown', pg_temp.item('si_k2', 'price_whisper_monthly', 0, 30)),
  pg_temp.subscribed('sub_k3', 'active', pg_temp.item('si_k3', 'price_whisper_monthly', 0, 30)) || '{"items_complete": false}',
  pg_temp.dispute('k1', 'pi_d1', 'lost'), pg_temp.dispute('k2', 'pi_d2', 'unknown'), pg_temp.customer('k', 'cleo'));
select pg_temp.send(0,
  pg_temp.bill('in_k', null, 0, pg_temp.added('price_stable_diffusion')) || '{"lines_complete": false}',
  pg_temp.session('k1') || '{"price_ids": null}', pg_temp.session('k2'), pg_temp.charge('k', 'pi_k3', 500));
insert into public.module_prices (stripe_price_id, module_id) select 'price_k', id from public.modules where slug = 'llama';
select pg_temp.send(0, pg_temp.bill('in_kp', null, 0, pg_temp.added('price_k')));
update sesame.subscriptions set is_settled = false where id = 'sub_k1';
update sesame.disputes set is_settled = false where id = 'dp_k1';
update sesame.customers set is_settled = false where id = 'cus_k';
update sesame.checkout_sessions set price_ids_are_final = false, has_optional_items = true where id = 'cs_k2';

create temporary table named on commit drop as
select kind, why, sesame.fetch_reference(account, kind, object_id) = any (sesame.fetches_among(
  case kind
    when 'subscription_invoices' then jsonb_build_object('subscription', array[object_id])
    when 'price' then jsonb_build_object('invoice', array['in_kp', 'in_a', 'in_b'])
    else jsonb_build_object(kind, array[object_id])
  end)) is true as is_found
from sesame.pending_fetches;
select is((select string_agg(distinct kind || ': ' || why, ', ' order by kind || ': ' || why) from named),
  'charge: refunds, checkout_session: line items, customer: tie, dispute: tie, dispute: unknown status, invoice: more lines, '
  'price: recurring or not, subscription: more items, subscription: never came, '
  'subscription: tie, subscription: unknown status, subscription_invoices: unpaid periods', 'each reason is there');
select is((select string_agg(kind || ': ' || why, ', ') from named where not is_found), null, 'each is found among the objects of its call');
select is(sesame.fetches_among('{"invoice": ["in_b"], "subscription": ["sub_e"], "charge": ["ch_none"], "customer": ["cus_none"], "refund": ["re_none"]}'),
  null, 'objects that leave no question open name nothing');

select * from finish();
rollback;

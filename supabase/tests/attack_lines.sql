-- Attacks on invoice lines and money: size, chains, circles, absurd amounts and periods. Each has the right result
-- and a limit in plain events, whose time is measured beside it.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(46);

-- The average of twenty events of a subscription with two invoices. Measured each time, since the machine's load varies.
create function pg_temp.plain_event() returns interval
language plpgsql as $$
declare
  v_start timestamptz := clock_timestamp();
begin
  for n in 1 .. 20 loop
    perform pg_temp.send(n, pg_temp.again(pg_temp.subscribed('sub_0', 'past_due', pg_temp.item('si_0', 'price_whisper_monthly', 0, 30))));
  end loop;
  return (clock_timestamp() - v_start) / 20;
end
$$;
create function pg_temp.plain_events(statement text) returns numeric
language plpgsql as $$
declare
  v_plain interval := pg_temp.plain_event();
  v_start timestamptz := clock_timestamp();
begin
  execute statement;
  return round(extract(epoch from clock_timestamp() - v_start) / extract(epoch from greatest(v_plain, pg_temp.plain_event())));
end
$$;
create function pg_temp.send_all(facts jsonb[], days numeric default 0) returns void
language sql volatile as $$
  select pg_temp.deliver(variadic array(
    select pg_temp.event('evt_all_' || nextval('pg_temp.event_number'), 'x', days, fact) from unnest(facts) as fact))
$$;
create function pg_temp.many(number integer, line jsonb) returns jsonb[]
language sql stable as $$ select array_agg(line) from generate_series(1, number) $$;

-- Statements are planned once before the measurements.
select pg_temp.send(0, pg_temp.subscribed('sub_0', 'past_due', pg_temp.item('si_0', 'price_whisper_monthly', 0, 30)),
  pg_temp.bill('in_0', 'sub_0', 0, pg_temp.billed('si_0', 'price_whisper_monthly', 0, 20), pg_temp.added('price_llama_once')),
  pg_temp.bill('in_00', 'sub_0', 1, pg_temp.billed('si_0', 'price_whisper_monthly', 0, 20, -1), pg_temp.billed('si_0', 'price_whisper_monthly', 0, 20, 1))
    || '{"payment_intent_id": null}', pg_temp.refund('re_0', 'pi_0', 1));

-- 2,000 lines on one invoice.
select pg_temp.send(0, pg_temp.subscribed('sub_a', 'active', pg_temp.item('si_a', 'price_whisper_monthly', 0, 30)));
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(0, pg_temp.bill('in_a', 'sub_a', 0,
  variadic pg_temp.many(2000, pg_temp.billed('si_a', 'price_whisper_monthly', 0, 30)))) $$), '<', 100::numeric, '2,000 lines are written in a bounded time');
select is((select count(*) from sesame.invoice_lines where invoice_id = 'in_a'), 2000::bigint, 'all 2,000 lines are stored');
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(1, pg_temp.refund('re_a', 'pi_a', 2000000)) $$), '<', 15::numeric, 'a refund of 2,000 lines is derived in a bounded time');
select pg_temp.grant_is('sub_a', 'whisper', 'refunded', 'a refund of 2,000 lines closes the period that they pay for');
select pg_temp.send(30, pg_temp.again(pg_temp.subscribed('sub_a', 'past_due', pg_temp.item('si_a', 'price_whisper_monthly', 30, 60))));
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(3, pg_temp.bill('in_a2', 'sub_a', 3,
  variadic array(select pg_temp.billed('si_a', 'price_whisper_monthly', 3 + n / 100.0, 30, -1) from generate_series(1, 1000) as n))) $$),
  '<', 150::numeric, '1,000 credits of a past due period are compared in a bounded time');
select pg_temp.grant_is('sub_a', 'whisper', 'open until 37', 'a period whose lines are refunded leaves only the grace of past due');

-- 600 weeks, past due.
select pg_temp.send(-4200, pg_temp.subscribed('sub_b', 'active', pg_temp.item('si_b', 'price_whisper_weekly', -7, 0)));
select pg_temp.send_all(array(
  select pg_temp.bill('in_b' || n, 'sub_b', -7 * n, pg_temp.billed('si_b', 'price_whisper_weekly', -7 * n, 7 - 7 * n)) from generate_series(1, 600) as n));
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(0, pg_temp.again(pg_temp.subscribed('sub_b', 'past_due', pg_temp.item('si_b', 'price_whisper_weekly', 0, 7)))) $$),
  '<', 20::numeric, 'past due after 600 paid weeks is derived in a bounded time');
select pg_temp.grant_is('sub_b', 'whisper', 'open until 7', 'after 600 paid weeks the grace counts from the end of the last');
select pg_temp.send_all(array(select pg_temp.refund('re_b' || n, 'pi_b' || n, 1000) from generate_series(1, 599) as n), 1);
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(1, pg_temp.bill('in_b0', 'sub_b', 0, pg_temp.billed('si_b', 'price_whisper_weekly', 0, 7))
  || '{"status": "open", "amount_paid": 0}') $$), '<', 150::numeric, 'past due after 599 refunded weeks is derived in a bounded time');
select pg_temp.grant_is('sub_b', 'whisper', 'open until 7',
  'after 599 refunded weeks the grace counts from the week that is owed');

-- 200 invoices in a row, each paid by the credits of those before.
select pg_temp.send(0, pg_temp.subscribed('sub_c', 'active', pg_temp.item('si_c', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_c000', 'sub_c', 0, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 30)));
select pg_temp.send_all(array(
  select pg_temp.bill('in_c' || lpad(n::text, 3, '0'), 'sub_c', n / 100.0, pg_temp.billed('si_c', 'price_whisper_monthly', n / 100.0, 30, -1000),
    pg_temp.billed('si_c', 'price_whisper_monthly', n / 100.0, 30)) || '{"payment_intent_id": null}'
  from generate_series(1, 200) as n));
select pg_temp.grant_is('sub_c', 'whisper', 'open until 33', '200 invoices in a row that credits paid are paid');
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(5, pg_temp.refund('re_c', 'pi_c000', 1000)) $$), '<', 200::numeric,
  'the refund of the first of 200 credited invoices is derived in a bounded time');
select pg_temp.grant_is('sub_c', 'whisper', 'refunded', 'the refund of the first of 200 credited invoices closes what the last one paid for');
-- A chain where each invoice credits only the one before it.
select pg_temp.send(0, pg_temp.subscribed('sub_d', 'active', pg_temp.item('si_d', 'price_whisper_weekly', 3990, 4000)));
select pg_temp.send(0, pg_temp.bill('in_d000', 'sub_d', 0, pg_temp.billed('si_d', 'price_whisper_weekly', 0, 10)));
select pg_temp.send_all(array(
  select pg_temp.bill('in_d' || lpad(n::text, 3, '0'), 'sub_d', n, pg_temp.billed('si_d', 'price_whisper_weekly', 10 * n - 10, 10 * n, -1000),
    pg_temp.billed('si_d', 'price_whisper_weekly', 10 * n, 10 * n + 10)) || '{"payment_intent_id": null}'
  from generate_series(1, 399) as n));
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(5, pg_temp.refund('re_d', 'pi_d000', 1000)) $$), '<', 300::numeric,
  'the refund of the first of 400 credited invoices is derived in a bounded time, without recursion');
select pg_temp.grant_is('sub_d', 'whisper', 'refunded', 'the refund of the first of 400 credited invoices closes what the last one paid for');

-- A customer with 5,000 purchases.
insert into sesame.checkout_sessions (livemode, account, id, mode, status, payment_status, async_failed, has_optional_items, created_at, paid_at,
  user_ref, user_ref_at, module_ref, customer_id)
select false, '', 'cs_e' || n, 'payment', 'complete', 'paid', false, false, to_timestamp(pg_temp.at(-n)), to_timestamp(pg_temp.at(-n)),
  pg_temp.user_id('bob'), to_timestamp(pg_temp.at(-n)), 'llama', 'cus_e'
from generate_series(1, 5000) as n;
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(0, pg_temp.session('cs_e0', '{"user_ref": null, "customer_id": "cus_e", "module_ref": "whisper"}')) $$),
  '<', 50::numeric, 'a sale without a name by a customer with 5,000 purchases is applied in a bounded time');
select pg_temp.access_is('bob', 'whisper', 'open', 'a sale without a name opens for the user whom the customer''s other purchases name');
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(-1, pg_temp.session('cs_e1', jsonb_build_object('user_ref', pg_temp.user_id('bob'), 'customer_id', 'cus_e',
  'module_ref', 'llama', 'created', pg_temp.at(-1)))) $$), '<', 20::numeric, 'an event of a sale with a name derives only the sale without a name again');
delete from sesame.checkout_sessions where customer_id = 'cus_e' and id not in ('cs_e0', 'cs_e1');

-- One payment for 300 invoices.
select pg_temp.send_all(array(
  select fact
  from generate_series(1, 300) as n
  cross join lateral unnest(array[
    pg_temp.bill('in_f' || n, null, 0, pg_temp.added('price_llama_once')) || '{"payment_intent_id": null, "customer_id": "cus_f"}',
    pg_temp.invoice_payment('inpay_f' || n, 'in_f' || n, 'pi_f')]) as fact));
select pg_temp.send(0, pg_temp.payment('pi_f', '{"amount_received": 300000, "customer_id": "cus_f"}'));
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(1, pg_temp.refund('re_f1', 'pi_f', 299000)) $$), '<', 250::numeric,
  'a refund of a payment for 300 invoices is derived in a bounded time');
select is((select count(*) from sesame.grants where source_id like 'in\_f%' and reason = 'purchase'), 300::bigint, 'a refund that leaves enough for any one of 300 invoices closes none of them');
select pg_temp.send(2, pg_temp.refund('re_f2', 'pi_f', 1000));
select is((select count(*) from sesame.grants where source_id like 'in\_f%' and reason = 'refunded'), 300::bigint, 'a full refund of a payment for 300 invoices closes all of them');

-- Circles: invoices that credit each other, and payments that pay each other's invoices.
select pg_temp.send(0, pg_temp.subscribed('sub_g', 'active', pg_temp.item('si_g', 'price_whisper_monthly', 0, 30)));
select pg_temp.send_all(array(
  select pg_temp.bill('in_g' || n, 'sub_g', 0, pg_temp.billed('si_g', 'price_whisper_monthly', 0, 30, -1000),
    pg_temp.billed('si_g', 'price_whisper_monthly', 0, 30)) || '{"payment_intent_id": null}'
  from generate_series(1, 3) as n));
select pg_temp.grant_is('sub_g', 'whisper', 'open until 33', 'invoices of one second that credit each other are followed to the first');
select pg_temp.send(0,
  pg_temp.bill('in_h1', null, 0, pg_temp.added('price_llama_once')) || '{"payment_intent_id": "pi_h1"}',
  pg_temp.bill('in_h2', null, 0, pg_temp.added('price_llama_once')) || '{"payment_intent_id": "pi_h2"}',
  pg_temp.payment('pi_h1', '{"invoice_id": "in_h2"}'), pg_temp.payment('pi_h2', '{"invoice_id": "in_h1"}'),
  pg_temp.charge('ch_h', 'pi_h1', 0) || '{"invoice_id": "in_h1"}',
  pg_temp.session('cs_h', '{"payment_intent_id": "pi_h1", "invoice_id": "in_h2", "mode": "subscription", "subscription_id": "sub_h"}'));
select is(pg_temp.grant_of('in_h1', 'llama') || ' ' || pg_temp.grant_of('in_h2', 'llama'), 'open open', 'invoices whose payments name each other stay open');
select is((select count(*) from sesame.payments_of_invoice('in_h1', '', false)), 2::bigint, 'a payment that several objects link to an invoice is listed once');

-- Absurd amounts.
select is(pg_temp.send(0, pg_temp.bill('in_i', null, 0, pg_temp.added('price_llama_once', 9007199254740992), pg_temp.added('price_stable_diffusion', 9007199254740992))
  || '{"amount_paid": 9007199254740992, "total": -9007199254740992}', pg_temp.refund('re_i', 'pi_i', 9007199254740992)), 'applied', 'amounts of 2^53 are applied');
select pg_temp.grant_is('in_i', 'llama', 'refunded', 'a refund of 2^53 closes its purchase');
select pg_temp.send(0, pg_temp.subscribed('sub_j', 'active', pg_temp.item('si_j', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.send(0, pg_temp.bill('in_j', 'sub_j', 0, variadic pg_temp.many(1500, pg_temp.billed('si_j', 'price_whisper_monthly', 0, 30, 9007199254740992)))
  || '{"amount_paid": 1000}'), 'applied', '1,500 lines of 2^53, whose sum no integer holds, are applied');
select is(pg_temp.send(0, pg_temp.invoice_payment('inpay_i1', 'in_i', 'pi_i') || '{"amount_paid": 9007199254740992}',
  pg_temp.invoice_payment('inpay_i2', 'in_i2', 'pi_i') || '{"amount_paid": 9007199254740992}'), 'applied', 'payments of 2^53 for two invoices are applied');
select is(pg_temp.send(0, pg_temp.bill('in_k', null, 0, pg_temp.added('price_llama_once')) || '{"amount_paid": -1000, "total": -1000, "amount_credited": -5}',
  pg_temp.refund('re_k', 'pi_k', -1000)), 'applied', 'negative totals, payments and refunds are applied');
select pg_temp.grant_is('in_k', 'llama', 'open', 'a negative refund closes nothing');
select is(pg_temp.send(0, pg_temp.session('cs_k0', '{"amount_total": -1}'), pg_temp.dispute('dp_k0', 'pi_k0', 'needs_response') || '{"amount": 0}'), 'applied',
  'a dispute over an amount of 0 is applied');
select pg_temp.grant_is('cs_k0', 'stable-diffusion', 'disputed', 'a dispute over an amount of 0 closes');

-- Absurd periods.
select pg_temp.send(0, pg_temp.subscribed('sub_l', 'active', pg_temp.item('si_l', 'price_whisper_monthly', 30, 0)));
select pg_temp.send(0, pg_temp.bill('in_l', 'sub_l', 0, pg_temp.billed('si_l', 'price_whisper_monthly', 20, 10), pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30)),
  pg_temp.refund('re_l', 'pi_l', 2000));
select pg_temp.grant_is('sub_l', 'whisper', 'open until 3', 'a period that ends before it starts is not refunded, and ends at its end');
select pg_temp.send(0, pg_temp.subscribed('sub_m', 'past_due', pg_temp.item('si_m', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.send(0, pg_temp.bill('in_m', 'sub_m', 0, pg_temp.billed('si_m', 'price_whisper_monthly', null, null),
  pg_temp.billed('si_m', 'price_whisper_monthly', null, 30), pg_temp.billed('si_m', 'price_whisper_monthly', 10, null),
  pg_temp.billed('si_m', 'price_whisper_monthly', null, null, -5))), 'applied', 'lines with only half a period or none are applied');
select pg_temp.grant_is('sub_m', 'whisper', 'open until 33', 'a line that has only an end pays until then');

-- Absurd items.
select pg_temp.send(0, pg_temp.subscribed('sub_n', 'active', variadic array(
  select pg_temp.item('si_n' || n, 'price_whisper_monthly', 0, 20 + n) from generate_series(1, 10) as n)));
select pg_temp.grant_is('sub_n', 'whisper', 'open until 33', 'of ten items at one price the one that ends last counts');
select pg_temp.send(0, pg_temp.bill('in_n', 'sub_n', 0, pg_temp.billed('si_n10', 'price_whisper_monthly', 0, 30)), pg_temp.refund('re_n', 'pi_n', 1000));
select pg_temp.grant_is('sub_n', 'whisper', 'open until 32', 'a refund of the item that ends last leaves the next one open');
select pg_temp.send(1, pg_temp.again(pg_temp.subscribed('sub_n', 'active', pg_temp.item('si_n1', 'price_whisper_monthly', 0, 30) || '{"quantity": 0}')));
select pg_temp.grant_is('sub_n', 'whisper', 'none', 'an item of quantity 0 opens nothing');
select pg_temp.send(0, pg_temp.bill('in_o', null, 0, pg_temp.added('price_llama_once') || '{"quantity": 0}'));
select pg_temp.grant_is('in_o', 'llama', 'open', 'a line of quantity 0 is a sale, like one of amount 0');

-- Metadata of 500 characters in Unicode.
select is(pg_temp.send(0, pg_temp.session('cs_p', jsonb_build_object('user_ref', repeat('𝕬', 500), 'module_ref', repeat('模', 500))),
  pg_temp.bill('in_p', null, 0, pg_temp.added('price_llama_once')) || jsonb_build_object('user_ref', repeat('é', 249) || '@' || repeat('ü', 250), 'module_ref', repeat('🜁', 500))),
  'applied', 'metadata of 500 characters in Unicode is applied');
select is((select array_agg(code::text order by code) from sesame.sales where source_id = 'cs_p'), array['module_unknown', 'user_unreadable'], 'metadata that cannot be read is reported');
select is(pg_temp.send(0, pg_temp.session('cs_q', '{"module_ref": "999999999999999999", "user_ref": "ADA00000-0000-4000-8000-000000000001"}'),
  pg_temp.session('cs_q2', '{"module_ref": "99999999999999999999999"}')), 'applied', 'metadata with numbers that no module has is applied');

-- An invoice whose lines name 50 subscriptions.
select pg_temp.send_all(array(
  select pg_temp.subscribed('sub_r' || n, 'active', pg_temp.item('si_r' || n, 'price_whisper_monthly', 0, 30)) from generate_series(1, 50) as n));
select pg_temp.send(0, pg_temp.bill('in_r', null, 0, pg_temp.added('price_llama_once')) || jsonb_build_object('amount_paid', 50000, 'lines', (
  select jsonb_agg(pg_temp.billed('si_r' || n, 'price_whisper_monthly', 0, 30) || jsonb_build_object('subscription_id', 'sub_r' || n)) from generate_series(1, 50) as n)));
select cmp_ok(pg_temp.plain_events($$ select pg_temp.send(1, pg_temp.refund('re_r', 'pi_r', 50000)) $$), '<', 25::numeric,
  'a refund of an invoice for 50 subscriptions is derived in a bounded time');
select is((select count(*) from sesame.grants where source_id like 'sub\_r%' and reason = 'refunded'), 50::bigint, 'a refund of an invoice for 50 subscriptions closes each of them');

-- The same event a hundred times in one call.
select is(pg_temp.deliver(variadic array(
  select pg_temp.event('evt_same', 'x', 0, pg_temp.bill('in_s', null, 0, pg_temp.added('price_llama_once'))) from generate_series(1, 100))),
  'applied' || repeat(' duplicate', 99), 'an event that is sent a hundred times at once is applied once');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

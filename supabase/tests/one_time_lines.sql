-- One-time lines are sales, on invoices with or without a subscription. A recurring price is never sold once.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(31);

-- Beside a subscription.
select pg_temp.send(0, pg_temp.subscribed('sub_a', 'active', pg_temp.item('si_a', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(5, pg_temp.bill('in_a', 'sub_a', 0,
  pg_temp.billed('si_a', 'price_whisper_monthly', 0, 30), pg_temp.added('price_llama_month')));
select pg_temp.grant_is('in_a', 'llama', 'open until ' || extract(day from now() at time zone 'utc' + interval '1 month' - now() at time zone 'utc'),
  'a one-time line beside a month opens for its duration, from the payment of the invoice');
select is((select user_id from sesame.grants where source_id = 'in_a'), pg_temp.user_id('ada'), 'a one-time line on a subscription''s invoice opens for the subscription''s user');
select pg_temp.send(6, pg_temp.refund('re_a', 'pi_a', 2000));
select is(pg_temp.grant_of('in_a', 'llama') || ', ' || pg_temp.grant_of('sub_a', 'whisper'), 'refunded, refunded', 'a refund of the invoice closes the one-time line and the period');
select pg_temp.send(30, pg_temp.again(pg_temp.subscribed('sub_a', 'active', pg_temp.item('si_a', 'price_whisper_monthly', 30, 60))));
select is(pg_temp.grant_of('in_a', 'llama') || ', ' || pg_temp.grant_of('sub_a', 'whisper'), 'refunded, open until 63',
  'the next period opens the item again, but not the one-time sale');

-- What is a sale.
select pg_temp.send(0, pg_temp.bill('in_b1', null, 0, pg_temp.added('price_llama_once', 0)));
select pg_temp.grant_is('in_b1', 'llama', 'open', 'a line of 0 is a sale');
select pg_temp.send(0, pg_temp.bill('in_b2', null, 0, pg_temp.added('price_llama_once', -1000)));
select pg_temp.send(0, pg_temp.bill('in_b3', null, 0, pg_temp.added('price_llama_once') || '{"quantity": -1}'));
select is(pg_temp.grant_of('in_b2', 'llama') || ' ' || pg_temp.grant_of('in_b3', 'llama'), 'none none', 'a line with a negative amount or quantity sells nothing');
select pg_temp.send(0, pg_temp.bill('in_b4', 'sub_a', 0, pg_temp.added('price_llama_once') || '{"is_proration": true}'));
select pg_temp.send(0, pg_temp.bill('in_b5', 'sub_a', 0, pg_temp.added('price_llama_once', 0) || '{"is_proration": true}'));
select is(pg_temp.grant_of('in_b4', 'llama') || ' ' || pg_temp.grant_of('in_b5', 'llama'), 'none none', 'a proration sells nothing, even one of 0');
select pg_temp.send(0, pg_temp.bill('in_b6', 'sub_a', 0, pg_temp.added('price_llama_once') || '{"subscription_item_id": "si_a"}'));
select pg_temp.grant_is('in_b6', 'llama', 'none', 'a line of a subscription item sells nothing');
select pg_temp.send(0, pg_temp.bill('in_b7', 'sub_a', 0, pg_temp.line('price_llama_once', 0, 30)));
select pg_temp.grant_is('in_b7', 'llama', 'none', 'a line about a period sells nothing');
select pg_temp.send(0, pg_temp.bill('in_b8', null, 0, pg_temp.added(null)));
select is((select count(*) from sesame.grants where source_id = 'in_b8'), 0::bigint, 'a line without a price sells nothing');
select pg_temp.send(0, pg_temp.bill('in_b9', null, 0, pg_temp.added('price_llama_once')) || '{"status": "open"}');
select pg_temp.grant_is('in_b9', 'llama', 'none', 'an invoice that is not paid sells nothing');

-- Metadata.
select pg_temp.send(0, pg_temp.bill('in_c1', null, 0, pg_temp.added(null)) || '{"module_ref": "whisper"}');
select pg_temp.grant_is('in_c1', 'whisper', 'open', 'metadata names what an invoice without a subscription sells');
select pg_temp.send(0, pg_temp.bill('in_c2', 'sub_a', 0, pg_temp.added('price_unmapped')) || '{"module_ref": "whisper"}');
select pg_temp.grant_is('in_c2', 'whisper', 'none', 'metadata of a subscription''s invoice names nothing');
select pg_temp.send(0, pg_temp.bill('in_c3', null, 0, pg_temp.added('price_llama_month')) || '{"module_ref": "llama"}');
select isnt((select expires_at from sesame.grants where source_id = 'in_c3'), null, 'metadata that repeats what a line sells does not lengthen it');

-- How it was paid.
select pg_temp.send(0, pg_temp.bill('in_d1', null, 0, pg_temp.added('price_llama_once'))
  || '{"amount_paid": 0, "total": 1000, "amount_credited": 1000, "payment_intent_id": null}');
select pg_temp.grant_is('in_d1', 'llama', 'none', 'an invoice covered by credit notes sells nothing');
select pg_temp.send(0, pg_temp.bill('in_d2', null, 0, pg_temp.added('price_llama_once')) || '{"amount_paid": 0, "total": 1000, "payment_intent_id": null}');
select pg_temp.grant_is('in_d2', 'llama', 'open', 'an invoice paid from the customer''s balance sells');
select pg_temp.send(0, pg_temp.bill('in_d3', null, 0, pg_temp.added('price_llama_once')) || '{"amount_paid": 400, "total": 1000, "amount_credited": 600}');
select pg_temp.grant_is('in_d3', 'llama', 'open', 'an invoice covered in part by a credit note sells');

-- A recurring price is never sold once. A price that is not known yet is sold and fetched.
select pg_temp.send(0, pg_temp.bill('in_e', null, 0, pg_temp.added('price_llama_monthly')));
select pg_temp.grant_is('in_e', 'llama', 'open', 'a price that is not known yet is sold at once');
select is((select array_agg(object_id || ': ' || why) from sesame.pending_fetches where kind = 'price' and object_id = 'price_llama_monthly'),
  array['price_llama_monthly: recurring or not'], 'a price that is not known yet is fetched');
select pg_temp.fetched(1, '{"kind": "price", "id": "price_llama_monthly", "is_recurring": true}');
select pg_temp.grant_is('in_e', 'llama', 'none', 'a price that turns out to recur ends the sale');
select is((select code from sesame.sales where source_id = 'in_e' and code is not null), 'price_recurs', 'a recurring price in a one-time sale gets price_recurs');
select pg_temp.send(2, pg_temp.again('{"kind": "price", "id": "price_llama_monthly", "is_recurring": false}'));
select is(pg_temp.grant_of('in_e', 'llama') || (select count(*) from sesame.pending_fetches where object_id = 'price_llama_monthly'), 'none0',
  'a price that was ever called recurring stays so, and is not fetched again');
select pg_temp.send(2, '{"kind": "price", "id": "price_llama_year", "is_recurring": false}', pg_temp.again('{"kind": "price", "id": "price_llama_year", "is_recurring": true}'));
select is((select is_recurring from sesame.prices where id = 'price_llama_year'), true, 'a price that one event calls both is recurring');
select pg_temp.send(2, '{"kind": "price", "id": "price_llama_week", "is_recurring": false}');
select pg_temp.send(1, pg_temp.again('{"kind": "price", "id": "price_llama_week", "is_recurring": true}'));
select is((select is_recurring from sesame.prices where id = 'price_llama_week'), true, 'a price that was called one-time first is recurring');
select pg_temp.fetched(1, '{"kind": "price", "id": "price_llama_once", "is_recurring": false}');
select pg_temp.grant_is('in_b1', 'llama', 'open', 'a price that turns out to be one-time leaves the sale open');
select pg_temp.send(0, pg_temp.session('cs_e2', '{"module_ref": null, "price_ids": ["price_llama_monthly"]}'));
select pg_temp.grant_is('cs_e2', 'llama', 'none', 'a session in payment mode does not sell a recurring price');

-- A session in payment mode is the sale, and not its invoice.
select pg_temp.send(0, pg_temp.session('cs_i', '{"module_ref": null, "invoice_id": "in_i", "price_ids": ["price_llama_once"]}'),
  pg_temp.bill('in_i', null, 0, pg_temp.added('price_llama_once')));
select is(pg_temp.grant_of('cs_i', 'llama') || ' ' || pg_temp.grant_of('in_i', 'llama'), 'open none', 'a session in payment mode sells, and its invoice does not sell again');

-- Checkout in subscription mode: its session sells the one-time prices until the invoice is known.
select pg_temp.send(0, pg_temp.session('cs_f', '{"mode": "subscription", "module_ref": null, "invoice_id": "in_f",
  "subscription_id": "sub_f", "payment_intent_id": null, "price_ids": ["price_llama_once", "price_whisper_monthly"]}'));
select is(pg_temp.grant_of('cs_f', 'llama') || ' ' || pg_temp.grant_of('cs_f', 'whisper'), 'open none',
  'a paid session sells its one-time price, but no price that may recur');
select pg_temp.send(0, pg_temp.bill('in_f', 'sub_f', 0, pg_temp.added('price_llama_once')));
select is(pg_temp.grant_of('cs_f', 'llama') || ' ' || pg_temp.grant_of('in_f', 'llama'), 'none open', 'once the invoice is known it sells instead of the session');
select pg_temp.send(0, pg_temp.session('cs_g', '{"mode": "subscription", "module_ref": null, "payment_status": "no_payment_required",
  "subscription_id": "sub_g", "payment_intent_id": null, "price_ids": ["price_llama_once"]}'));
select pg_temp.grant_is('cs_g', 'llama', 'none', 'a session that required no payment does not sell a one-time price');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

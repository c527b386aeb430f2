-- Refunds of a period: only a refund of the newest invoice closes it, and not what another invoice paid for.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(30);

create function pg_temp.given_back(invoice text) returns text
language sql volatile as $$
  select pg_temp.send(11, pg_temp.refund('re_' || substr(invoice, 4), 'pi_' || substr(invoice, 4), amount_paid))
  from sesame.invoices where id = invoice
$$;

-- The invoice of the period.
select pg_temp.send(0, pg_temp.subscribed('sub_a', 'active', pg_temp.item('si_a', 'price_whisper_monthly', 30, 60)));
select pg_temp.send(0, pg_temp.bill('in_a1', 'sub_a', 0, pg_temp.billed('si_a', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(30, pg_temp.bill('in_a2', 'sub_a', 30, pg_temp.billed('si_a', 'price_whisper_monthly', 30, 60)));
select pg_temp.given_back('in_a1');
select pg_temp.grant_is('sub_a', 'whisper', 'open until 63', 'a refund of a past month closes nothing');
select pg_temp.given_back('in_a2');
select pg_temp.grant_is('sub_a', 'whisper', 'refunded', 'a refund of the present month closes the subscription');

-- Another invoice that is not refunded.
select pg_temp.send(0, pg_temp.subscribed('sub_b', 'active', pg_temp.item('si_b', 'price_whisper_yearly', 10, 375)));
select pg_temp.send(0, pg_temp.bill('in_b1', 'sub_b', 0, pg_temp.billed('si_b', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(10, pg_temp.bill('in_b2', 'sub_b', 10, pg_temp.billed('si_b', 'price_whisper_yearly', 10, 375, 9000)));
select pg_temp.given_back('in_b1');
select pg_temp.grant_is('sub_b', 'whisper', 'open until 378', 'a refund of a month before a change to yearly leaves the year open');
select pg_temp.given_back('in_b2');
select pg_temp.grant_is('sub_b', 'whisper', 'refunded', 'a refund of the year closes, even if an older month was paid at another price');

select pg_temp.send(0, pg_temp.subscribed('sub_c', 'active', pg_temp.item('si_c', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_c1', 'sub_c', 0, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(2, pg_temp.bill('in_c2', 'sub_c', 2, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 25)));
select pg_temp.given_back('in_c1');
select pg_temp.grant_is('sub_c', 'whisper', 'open until 33', 'a refund of the older of two bills for a month closes nothing');
select pg_temp.given_back('in_c2');
select pg_temp.grant_is('sub_c', 'whisper', 'refunded', 'a refund of both bills for a month closes the subscription');
select pg_temp.send(20, pg_temp.again(pg_temp.refund('re_c1', 'pi_c1', 1000, 'failed')));
select pg_temp.grant_is('sub_c', 'whisper', 'open until 30',
  'a refund of the newer bill leaves the subscription open to the end that the older one paid for');
select is((select reason_after::text from sesame.grants where source_id = 'sub_c'), 'refunded', 'a subscription with a refunded bill will close as refunded');

-- Lines of 0.
select pg_temp.send(0, pg_temp.subscribed('sub_d', 'active', pg_temp.item('si_d', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_d', 'sub_d', 0,
  pg_temp.billed('si_d', 'price_whisper_monthly', 0, 30) || '{"discount_amount": 1000}', pg_temp.added('price_llama_once')));
select pg_temp.given_back('in_d');
select is(pg_temp.grant_of('sub_d', 'whisper') || ', ' || pg_temp.grant_of('in_d', 'llama'), 'open until 33, refunded',
  'a refund closes what was sold beside a month that cost nothing, not the month');
select pg_temp.send(12, pg_temp.dispute('dp_d', 'pi_d', 'needs_response'));
select pg_temp.grant_is('sub_d', 'whisper', 'disputed', 'a dispute closes a month that cost nothing');
select pg_temp.send(0, pg_temp.subscribed('sub_e', 'active', pg_temp.item('si_e', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_e1', 'sub_e', 0, pg_temp.billed('si_e', 'price_whisper_monthly', 0, 30, 0)) || '{"payment_intent_id": null}');
select pg_temp.send(1, pg_temp.bill('in_e2', 'sub_e', 1, pg_temp.billed('si_e', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_e2');
select pg_temp.grant_is('sub_e', 'whisper', 'refunded', 'a free invoice does not keep a month open whose payment was refunded');

-- Lines of other items.
select pg_temp.send(0, pg_temp.subscribed('sub_f', 'active', pg_temp.item('si_f', 'price_whisper_yearly', 0, 365)));
select pg_temp.send(0, pg_temp.bill('in_f1', 'sub_f', 0, pg_temp.billed('si_gone', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_f1');
select pg_temp.grant_is('sub_f', 'whisper', 'refunded',
  'an item without lines of its own is paid by lines of removed items at a price of its module');
select pg_temp.send(0, pg_temp.bill('in_f0', 'sub_f', 1, pg_temp.billed('si_gone', 'price_llama_monthly', 0, 30)));
select pg_temp.grant_is('sub_f', 'whisper', 'refunded', 'a line of a removed item at a price of another module does not pay');
select pg_temp.send(0, pg_temp.bill('in_f2', 'sub_f', 0, pg_temp.billed('si_f', 'price_llama_monthly', 0, 365)));
select pg_temp.grant_is('sub_f', 'whisper', 'open until 368', 'lines with the item''s id count before lines of removed items, whatever their price');
select pg_temp.send(0, pg_temp.bill('in_f3', 'sub_f', 0, pg_temp.billed(null, 'price_whisper_yearly', 0, 365)));
select pg_temp.given_back('in_f3');
select pg_temp.grant_is('sub_f', 'whisper', 'refunded', 'lines at the item''s present price without an item count first');
select pg_temp.send(0, pg_temp.subscribed('sub_g', 'active',
  pg_temp.item('si_g1', 'price_whisper_monthly', 0, 30), pg_temp.item('si_g2', 'price_llama_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_g', 'sub_g', 0, pg_temp.billed('si_g2', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_g');
select pg_temp.grant_is('sub_g', 'whisper', 'open until 33', 'a line of another present item does not pay for this item');

-- Edges of the period.
select pg_temp.send(0, pg_temp.subscribed('sub_h', 'active', pg_temp.item('si_h', 'price_whisper_monthly', 30, 60)));
select pg_temp.send(0, pg_temp.bill('in_h1', 'sub_h', 0, pg_temp.billed('si_h', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_h2', 'sub_h', 1, pg_temp.billed('si_h', 'price_whisper_monthly', 60, 90)));
select pg_temp.given_back('in_h1');
select pg_temp.given_back('in_h2');
select pg_temp.grant_is('sub_h', 'whisper', 'open until 63', 'lines that only touch the period do not pay for it');
select pg_temp.send(0, pg_temp.subscribed('sub_i', 'active', pg_temp.item('si_i', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_i1', 'sub_i', 0, pg_temp.billed('si_i', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(1, pg_temp.bill('in_i2', 'sub_i', 1, pg_temp.billed('si_i', 'price_whisper_monthly', 0, 30)) || '{"status": "open"}',
  pg_temp.refund('re_i2', 'pi_i2', 1000));
select pg_temp.grant_is('sub_i', 'whisper', 'open until 33', 'an unpaid invoice does not pay for the period');

-- Paid by its own credits.
select pg_temp.send(0, pg_temp.subscribed('sub_j', 'active', pg_temp.item('si_j', 'price_whisper_monthly', 10, 40)));
select pg_temp.send(0, pg_temp.bill('in_j1', 'sub_j', 0, pg_temp.billed('si_j', 'price_whisper_yearly', 0, 365, 9000)));
select pg_temp.send(10, pg_temp.bill('in_j2', 'sub_j', 10, pg_temp.billed('si_j', 'price_whisper_yearly', 10, 365, -8000),
  pg_temp.billed('si_j', 'price_whisper_monthly', 10, 40)) || '{"payment_intent_id": null}');
select pg_temp.grant_is('sub_j', 'whisper', 'open until 43', 'a month that the credit of a year paid for is open');
select pg_temp.given_back('in_j1');
select pg_temp.grant_is('sub_j', 'whisper', 'refunded', 'a refund of the year closes the month that its credit paid for');
select pg_temp.send(12, pg_temp.dispute('dp_j', 'pi_j1', 'needs_response'));
select pg_temp.grant_is('sub_j', 'whisper', 'disputed', 'a dispute of the year closes the month as disputed');
select pg_temp.send(0, pg_temp.subscribed('sub_k', 'active', pg_temp.item('si_k', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_k', 'sub_k', 0, pg_temp.billed('si_k', 'price_whisper_monthly', 0, 30, -1000),
  pg_temp.billed('si_k', 'price_whisper_monthly', 0, 30)) || '{"payment_intent_id": null}');
select pg_temp.grant_is('sub_k', 'whisper', 'open until 33', 'a credit of an unknown invoice changes nothing');
select pg_temp.send(0, pg_temp.subscribed('sub_l', 'active', pg_temp.item('si_l', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_l', 'sub_l', 0, pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(1, pg_temp.bill('in_l2', 'sub_l', 1, pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30, -500)) || '{"payment_intent_id": null}');
select pg_temp.given_back('in_l');
select pg_temp.grant_is('sub_l', 'whisper', 'refunded', 'an invoice with only credits does not pay for the period');
select pg_temp.send(2, pg_temp.bill('in_l3', 'sub_l', 2, pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30, -500), pg_temp.billed('si_other', 'price_llama_monthly', 0, 30)));
select pg_temp.grant_is('sub_l', 'whisper', 'refunded', 'a credit on an invoice for another item does not pay for the period');
select pg_temp.send(0, pg_temp.subscribed('sub_n', 'active', pg_temp.item('si_n', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_n1', 'sub_n', 0, pg_temp.billed('si_n', 'price_whisper_monthly', 0, 20)),
  pg_temp.bill('in_n2', 'sub_n', 1, pg_temp.billed('si_n', 'price_whisper_monthly', 0, 30)),
  pg_temp.bill('in_n3', 'sub_n', 2, pg_temp.billed('si_n', 'price_whisper_monthly', 2, 30, -1000), pg_temp.billed('si_n', 'price_whisper_monthly', 2, 30))
    || '{"payment_intent_id": null}');
select pg_temp.given_back('in_n2');
select pg_temp.grant_is('sub_n', 'whisper', 'open until 33', 'a month paid by credit stays open while one invoice for the credited time is not refunded');
select pg_temp.given_back('in_n1');
select pg_temp.grant_is('sub_n', 'whisper', 'refunded', 'a month paid by credit closes when the last invoice for the credited time is refunded');

-- Lines of their own.
select pg_temp.send(0, pg_temp.subscribed('sub_o', 'active', pg_temp.item('si_o', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_o1', 'sub_o', 0, pg_temp.billed('si_o', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(1, pg_temp.bill('in_o2', 'sub_o', 1, pg_temp.added('price_whisper_monthly')
  || jsonb_build_object('period_start', pg_temp.at(0), 'period_end', pg_temp.at(30))));
select pg_temp.given_back('in_o1');
select pg_temp.grant_is('sub_o', 'whisper', 'refunded', 'a one-time line does not pay for a period, even if it names that month');
select pg_temp.send(2, '{"kind": "price", "id": "price_whisper_monthly", "is_recurring": true}');
select pg_temp.grant_is('sub_o', 'whisper', 'open until 33', 'a line of its own at a recurring price pays for the period');

-- An item without a period.
select pg_temp.send(0, pg_temp.subscribed('sub_m', 'active', pg_temp.item('si_m', 'price_whisper_monthly', null, null)));
select pg_temp.send(0, pg_temp.bill('in_m', 'sub_m', 0, pg_temp.billed('si_m', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_m');
select pg_temp.grant_is('sub_m', 'whisper', 'open', 'a refund does not close an item without a period');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

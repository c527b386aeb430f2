-- What paid for a period: only the newest invoice's money, given back, closes it, and none that another one paid.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(30);

create function pg_temp.given_back(invoice text) returns text
language sql volatile as $$
  select pg_temp.tell(11, pg_temp.refund('re_' || substr(invoice, 4), 'pi_' || substr(invoice, 4), amount_paid))
  from sesame.invoices where id = invoice
$$;

-- The invoice of the period.
select pg_temp.tell(0, pg_temp.subscribed('sub_a', 'active', pg_temp.item('si_a', 'price_whisper_monthly', 30, 60)));
select pg_temp.tell(0, pg_temp.bill('in_a1', 'sub_a', 0, pg_temp.billed('si_a', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(30, pg_temp.bill('in_a2', 'sub_a', 30, pg_temp.billed('si_a', 'price_whisper_monthly', 30, 60)));
select pg_temp.given_back('in_a1');
select pg_temp.grant_is('sub_a', 'whisper', 'open until 63', 'a month that is over, given back, closes nothing');
select pg_temp.given_back('in_a2');
select pg_temp.grant_is('sub_a', 'whisper', 'refunded', 'the month that runs, given back, closes');

-- Another invoice that is kept.
select pg_temp.tell(0, pg_temp.subscribed('sub_b', 'active', pg_temp.item('si_b', 'price_whisper_yearly', 10, 375)));
select pg_temp.tell(0, pg_temp.bill('in_b1', 'sub_b', 0, pg_temp.billed('si_b', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(10, pg_temp.bill('in_b2', 'sub_b', 10, pg_temp.billed('si_b', 'price_whisper_yearly', 10, 375, 9000)));
select pg_temp.given_back('in_b1');
select pg_temp.grant_is('sub_b', 'whisper', 'open until 378', 'a month given back after a change to yearly leaves the year open');
select pg_temp.given_back('in_b2');
select pg_temp.grant_is('sub_b', 'whisper', 'refunded', 'the year given back closes, although an older month was paid at another price');

select pg_temp.tell(0, pg_temp.subscribed('sub_c', 'active', pg_temp.item('si_c', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_c1', 'sub_c', 0, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(2, pg_temp.bill('in_c2', 'sub_c', 2, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 25)));
select pg_temp.given_back('in_c1');
select pg_temp.grant_is('sub_c', 'whisper', 'open until 33', 'of a month billed twice the older bill, given back, closes nothing');
select pg_temp.given_back('in_c2');
select pg_temp.grant_is('sub_c', 'whisper', 'refunded', 'both given back close');
select pg_temp.tell(20, pg_temp.again(pg_temp.refund('re_c1', 'pi_c1', 1000, 'failed')));
select pg_temp.grant_is('sub_c', 'whisper', 'open until 30',
  'the newest given back and an older one kept: open to the end that is paid, without renewal grace');
select is((select reason_after::text from sesame.grants where source_id = 'sub_c'), 'refunded', 'and what will have closed it is the refund');

-- Gifts.
select pg_temp.tell(0, pg_temp.subscribed('sub_d', 'active', pg_temp.item('si_d', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_d', 'sub_d', 0,
  pg_temp.billed('si_d', 'price_whisper_monthly', 0, 30) || '{"discount_amount": 1000}', pg_temp.added('price_llama_once')));
select pg_temp.given_back('in_d');
select is(pg_temp.grant_of('sub_d', 'whisper') || ', ' || pg_temp.grant_of('in_d', 'llama'), 'open until 33, refunded',
  'a refund does not take the month that cost nothing, and takes what was sold beside it');
select pg_temp.tell(12, pg_temp.dispute('dp_d', 'pi_d', 'needs_response'));
select pg_temp.grant_is('sub_d', 'whisper', 'disputed', 'a dispute takes a gift as well');
select pg_temp.tell(0, pg_temp.subscribed('sub_e', 'active', pg_temp.item('si_e', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_e1', 'sub_e', 0, pg_temp.billed('si_e', 'price_whisper_monthly', 0, 30, 0)) || '{"payment_intent_id": null}');
select pg_temp.tell(1, pg_temp.bill('in_e2', 'sub_e', 1, pg_temp.billed('si_e', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_e2');
select pg_temp.grant_is('sub_e', 'whisper', 'refunded', 'a gift that is kept does not keep a month open whose payment went back');

-- Whose lines.
select pg_temp.tell(0, pg_temp.subscribed('sub_f', 'active', pg_temp.item('si_f', 'price_whisper_yearly', 0, 365)));
select pg_temp.tell(0, pg_temp.bill('in_f1', 'sub_f', 0, pg_temp.billed('si_gone', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_f1');
select pg_temp.grant_is('sub_f', 'whisper', 'refunded',
  'without any line of its own, an item is paid by lines of items that are gone, at a price of its module');
select pg_temp.tell(0, pg_temp.bill('in_f0', 'sub_f', 1, pg_temp.billed('si_gone', 'price_llama_monthly', 0, 30)));
select pg_temp.grant_is('sub_f', 'whisper', 'refunded', 'not at a price of another module');
select pg_temp.tell(0, pg_temp.bill('in_f2', 'sub_f', 0, pg_temp.billed('si_f', 'price_llama_monthly', 0, 365)));
select pg_temp.grant_is('sub_f', 'whisper', 'open until 368', 'lines of its own id come before those, whatever their price');
select pg_temp.tell(0, pg_temp.bill('in_f3', 'sub_f', 0, pg_temp.billed(null, 'price_whisper_yearly', 0, 365)));
select pg_temp.given_back('in_f3');
select pg_temp.grant_is('sub_f', 'whisper', 'refunded', 'and lines at its present price that name no item come first');
select pg_temp.tell(0, pg_temp.subscribed('sub_g', 'active',
  pg_temp.item('si_g1', 'price_whisper_monthly', 0, 30), pg_temp.item('si_g2', 'price_llama_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_g', 'sub_g', 0, pg_temp.billed('si_g2', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_g');
select pg_temp.grant_is('sub_g', 'whisper', 'open until 33', 'a line of another present item does not pay for this one');

-- Edges of the period.
select pg_temp.tell(0, pg_temp.subscribed('sub_h', 'active', pg_temp.item('si_h', 'price_whisper_monthly', 30, 60)));
select pg_temp.tell(0, pg_temp.bill('in_h1', 'sub_h', 0, pg_temp.billed('si_h', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_h2', 'sub_h', 1, pg_temp.billed('si_h', 'price_whisper_monthly', 60, 90)));
select pg_temp.given_back('in_h1');
select pg_temp.given_back('in_h2');
select pg_temp.grant_is('sub_h', 'whisper', 'open until 63', 'lines that only touch the period do not count for it');
select pg_temp.tell(0, pg_temp.subscribed('sub_i', 'active', pg_temp.item('si_i', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_i1', 'sub_i', 0, pg_temp.billed('si_i', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(1, pg_temp.bill('in_i2', 'sub_i', 1, pg_temp.billed('si_i', 'price_whisper_monthly', 0, 30)) || '{"status": "open"}',
  pg_temp.refund('re_i2', 'pi_i2', 1000));
select pg_temp.grant_is('sub_i', 'whisper', 'open until 33', 'an invoice that is not paid does not count');

-- Paid by its own credits.
select pg_temp.tell(0, pg_temp.subscribed('sub_j', 'active', pg_temp.item('si_j', 'price_whisper_monthly', 10, 40)));
select pg_temp.tell(0, pg_temp.bill('in_j1', 'sub_j', 0, pg_temp.billed('si_j', 'price_whisper_yearly', 0, 365, 9000)));
select pg_temp.tell(10, pg_temp.bill('in_j2', 'sub_j', 10, pg_temp.billed('si_j', 'price_whisper_yearly', 10, 365, -8000),
  pg_temp.billed('si_j', 'price_whisper_monthly', 10, 40)) || '{"payment_intent_id": null}');
select pg_temp.grant_is('sub_j', 'whisper', 'open until 43', 'a month that the credit of a year paid is open');
select pg_temp.given_back('in_j1');
select pg_temp.grant_is('sub_j', 'whisper', 'refunded', 'until the year is given back');
select pg_temp.tell(12, pg_temp.dispute('dp_j', 'pi_j1', 'needs_response'));
select pg_temp.grant_is('sub_j', 'whisper', 'disputed', 'or disputed, which is graver');
select pg_temp.tell(0, pg_temp.subscribed('sub_k', 'active', pg_temp.item('si_k', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_k', 'sub_k', 0, pg_temp.billed('si_k', 'price_whisper_monthly', 0, 30, -1000),
  pg_temp.billed('si_k', 'price_whisper_monthly', 0, 30)) || '{"payment_intent_id": null}');
select pg_temp.grant_is('sub_k', 'whisper', 'open until 33', 'a credit of nothing that is known gives nothing back');
select pg_temp.tell(0, pg_temp.subscribed('sub_l', 'active', pg_temp.item('si_l', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_l', 'sub_l', 0, pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(1, pg_temp.bill('in_l2', 'sub_l', 1, pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30, -500)) || '{"payment_intent_id": null}');
select pg_temp.given_back('in_l');
select pg_temp.grant_is('sub_l', 'whisper', 'refunded', 'an invoice of credits alone pays for nothing');
select pg_temp.tell(2, pg_temp.bill('in_l3', 'sub_l', 2, pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30, -500), pg_temp.billed('si_other', 'price_llama_monthly', 0, 30)));
select pg_temp.grant_is('sub_l', 'whisper', 'refunded', 'nor does the credit on an invoice that was paid for something else');
select pg_temp.tell(0, pg_temp.subscribed('sub_n', 'active', pg_temp.item('si_n', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_n1', 'sub_n', 0, pg_temp.billed('si_n', 'price_whisper_monthly', 0, 20)),
  pg_temp.bill('in_n2', 'sub_n', 1, pg_temp.billed('si_n', 'price_whisper_monthly', 0, 30)),
  pg_temp.bill('in_n3', 'sub_n', 2, pg_temp.billed('si_n', 'price_whisper_monthly', 2, 30, -1000), pg_temp.billed('si_n', 'price_whisper_monthly', 2, 30))
    || '{"payment_intent_id": null}');
select pg_temp.given_back('in_n2');
select pg_temp.grant_is('sub_n', 'whisper', 'open until 33', 'what a credit paid stays open while any invoice is kept that had been paid for the credited time');
select pg_temp.given_back('in_n1');
select pg_temp.grant_is('sub_n', 'whisper', 'refunded', 'and closes with the last of them');

-- Lines that were added by themselves.
select pg_temp.tell(0, pg_temp.subscribed('sub_o', 'active', pg_temp.item('si_o', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(0, pg_temp.bill('in_o1', 'sub_o', 0, pg_temp.billed('si_o', 'price_whisper_monthly', 0, 30)));
select pg_temp.tell(1, pg_temp.bill('in_o2', 'sub_o', 1, pg_temp.added('price_whisper_monthly')
  || jsonb_build_object('period_start', pg_temp.at(0), 'period_end', pg_temp.at(30))));
select pg_temp.given_back('in_o1');
select pg_temp.grant_is('sub_o', 'whisper', 'refunded', 'a sale does not pay for a period, although it says that it is about the month');
select pg_temp.tell(2, '{"kind": "price", "id": "price_whisper_monthly", "is_recurring": true}');
select pg_temp.grant_is('sub_o', 'whisper', 'open until 33', 'at a price that recurs it is no sale, and does');

-- An item without a period.
select pg_temp.tell(0, pg_temp.subscribed('sub_m', 'active', pg_temp.item('si_m', 'price_whisper_monthly', null, null)));
select pg_temp.tell(0, pg_temp.bill('in_m', 'sub_m', 0, pg_temp.billed('si_m', 'price_whisper_monthly', 0, 30)));
select pg_temp.given_back('in_m');
select pg_temp.grant_is('sub_m', 'whisper', 'open', 'nothing pays for an item without a period, so nothing closes it');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

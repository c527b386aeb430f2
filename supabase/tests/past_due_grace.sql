-- The grace of a subscription that is past due starts once, on the first day that is not paid for.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(23);

create function pg_temp.owed(id text, subscription_id text, day numeric, variadic lines jsonb[]) returns jsonb
language sql stable as $$
  select pg_temp.bill(id, subscription_id, day, variadic lines)
    || '{"status": "open", "amount_paid": 0, "paid_at": null, "payment_intent_id": null}'
$$;

-- Weekly, with a grace of seven days.
select pg_temp.send(7, pg_temp.subscribed('sub_a', 'past_due', pg_temp.item('si_a', 'price_whisper_weekly', 7, 14)));
select pg_temp.grant_is('sub_a', 'whisper', 'open until 14', 'while no invoice is known, the grace counts from the present period');
select pg_temp.send(0, pg_temp.bill('in_a1', 'sub_a', 0, pg_temp.billed('si_a', 'price_whisper_weekly', 0, 7)));
select pg_temp.send(7, pg_temp.owed('in_a2', 'sub_a', 7, pg_temp.billed('si_a', 'price_whisper_weekly', 7, 14)));
select pg_temp.grant_is('sub_a', 'whisper', 'open until 14', 'with one week paid and the next owed the grace counts from the end of the first');
select pg_temp.send(14, pg_temp.again(pg_temp.subscribed('sub_a', 'past_due', pg_temp.item('si_a', 'price_whisper_weekly', 14, 21))));
select pg_temp.send(14, pg_temp.owed('in_a3', 'sub_a', 14, pg_temp.billed('si_a', 'price_whisper_weekly', 14, 21)));
select pg_temp.grant_is('sub_a', 'whisper', 'open until 14', 'a later week owed does not start the grace again');
select pg_temp.send(15, pg_temp.again(pg_temp.owed('in_a2', 'sub_a', 7, pg_temp.billed('si_a', 'price_whisper_weekly', 7, 14))) || '{"status": "void"}');
select pg_temp.grant_is('sub_a', 'whisper', 'open until 21', 'a void invoice is not owed');
select pg_temp.send(16, pg_temp.again(pg_temp.bill('in_a3', 'sub_a', 14, pg_temp.billed('si_a', 'price_whisper_weekly', 14, 21))));
select pg_temp.grant_is('sub_a', 'whisper', 'open until 24', 'a paid period is open to its end plus the renewal grace');

-- What counts as paid.
select pg_temp.send(14, pg_temp.subscribed('sub_b', 'past_due', pg_temp.item('si_b', 'price_whisper_monthly', 14, 44)));
select pg_temp.send(0, pg_temp.bill('in_b1', 'sub_b', 0, pg_temp.billed('si_b', 'price_whisper_monthly', 0, 14, 0)) || '{"payment_intent_id": null}');
select pg_temp.send(14, pg_temp.owed('in_b2', 'sub_b', 14, pg_temp.billed('si_b', 'price_whisper_monthly', 14, 44)));
select pg_temp.grant_is('sub_b', 'whisper', 'open until 21', 'a free trial counts as paid');
select pg_temp.send(30, pg_temp.subscribed('sub_c', 'past_due', pg_temp.item('si_c', 'price_whisper_monthly', 30, 60)));
select pg_temp.send(0, pg_temp.bill('in_c1', 'sub_c', 0, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_c2', 'sub_c', 15, pg_temp.billed('si_c', 'price_whisper_monthly', 15, 45)));
select pg_temp.send(30, pg_temp.owed('in_c3', 'sub_c', 30, pg_temp.billed('si_c', 'price_whisper_monthly', 30, 60)));
select pg_temp.grant_is('sub_c', 'whisper', 'open until 52', 'a period paid in part is in grace from the end of that part');
select pg_temp.send(31, pg_temp.refund('re_c2', 'pi_c2', 1000));
select is((select reason_after::text || ' ' || pg_temp.grant_of('sub_c', 'whisper') from sesame.grants where source_id = 'sub_c'),
  'refunded refunded', 'a refund closes the period that only the refunded invoice paid for');
select pg_temp.send(40, pg_temp.again(pg_temp.subscribed('sub_c', 'past_due', pg_temp.item('si_c', 'price_whisper_monthly', 60, 90))));
select pg_temp.grant_is('sub_c', 'whisper', 'open until 37', 'after the refunded period the grace counts from what is still paid');

-- Credits.
select pg_temp.send(30, pg_temp.subscribed('sub_d', 'past_due', pg_temp.item('si_d', 'price_llama_monthly', 30, 60)));
select pg_temp.send(0, pg_temp.bill('in_d1', 'sub_d', 0, pg_temp.billed('si_d', 'price_llama_yearly', 0, 365, 9000)));
select pg_temp.grant_is('sub_d', 'llama', 'open until 63', 'a paid year reaches beyond a month that is owed');
select pg_temp.send(20, pg_temp.bill('in_d2', 'sub_d', 20, pg_temp.billed('si_d', 'price_llama_yearly', 20, 365, -8000),
  pg_temp.billed('si_d', 'price_llama_monthly', 20, 30)) || '{"payment_intent_id": null}');
select pg_temp.send(30, pg_temp.owed('in_d3', 'sub_d', 30, pg_temp.billed('si_d', 'price_llama_monthly', 30, 60)));
select pg_temp.grant_is('sub_d', 'llama', 'open until 37', 'a year that a later invoice credited counts only until the credit');
select pg_temp.send(0, pg_temp.subscribed('sub_l', 'past_due', pg_temp.item('si_l', 'price_whisper_monthly', 30, 60)),
  pg_temp.bill('in_l1', 'sub_l', 0, pg_temp.billed('si_l', 'price_whisper_monthly', 0, 30)),
  pg_temp.bill('in_l2', 'sub_l', 10, pg_temp.billed('si_l', 'price_whisper_monthly', 10, 30, -600), pg_temp.billed('si_l', 'price_whisper_monthly', 10, 20, 700)),
  pg_temp.owed('in_l3', 'sub_l', 20, pg_temp.billed('si_l', 'price_whisper_monthly', 20, 50)));
select pg_temp.grant_is('sub_l', 'whisper', 'open until 37', 'a credit on an invoice that charges the same price again ends nothing');
select pg_temp.send(21, pg_temp.bill('in_d4', 'sub_d', 21, pg_temp.billed('si_d', 'price_llama_yearly', 21, 365, -8000),
  pg_temp.billed('si_d', 'price_llama_yearly', 21, 365, 16000) || '{"quantity": 2}'));
select pg_temp.grant_is('sub_d', 'llama', 'open until 63', 'a year that is credited and charged again counts to its end');

-- What is owed, and since when.
select pg_temp.send(0, pg_temp.subscribed('sub_e', 'past_due', pg_temp.item('si_e', 'price_whisper_monthly', 0, 30)) || '{"collection_method": "send_invoice"}');
select pg_temp.send(0, pg_temp.owed('in_e', 'sub_e', 0, pg_temp.billed('si_e', 'price_whisper_monthly', 0, 30)) || jsonb_build_object('due_at', pg_temp.at(14)));
select pg_temp.grant_is('sub_e', 'whisper', 'open until 21', 'an invoice with a due date is owed from that day');
select pg_temp.send(30, pg_temp.subscribed('sub_f', 'past_due', pg_temp.item('si_f', 'price_whisper_monthly', 30, 60)));
select pg_temp.send(0, pg_temp.bill('in_f1', 'sub_f', 0, pg_temp.billed('si_f', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(35, pg_temp.owed('in_f2', 'sub_f', 33, pg_temp.billed('si_f', 'price_whisper_monthly', 20, 31)));
select pg_temp.grant_is('sub_f', 'whisper', 'open until 40', 'usage billed later is owed from its invoice');

select pg_temp.send(0, pg_temp.subscribed('sub_k', 'past_due', pg_temp.item('si_k', 'price_whisper_weekly', 14, 21)),
  pg_temp.bill('in_k1', 'sub_k', 7, pg_temp.billed('si_k', 'price_whisper_weekly', 7, 14)),
  pg_temp.owed('in_k0', 'sub_k', 0, pg_temp.billed('si_k', 'price_whisper_weekly', 0, 7)),
  pg_temp.owed('in_k2', 'sub_k', 14, pg_temp.billed('si_k', 'price_whisper_weekly', 14, 21)) || jsonb_build_object('due_at', pg_temp.at(20)));
select pg_temp.grant_is('sub_k', 'whisper', 'open until 24', 'an unpaid invoice for a time that is paid otherwise does not count');
select pg_temp.send(0, pg_temp.subscribed('sub_m', 'past_due', pg_temp.item('si_m', 'price_whisper_weekly', 14, 21)),
  pg_temp.bill('in_m0', 'sub_m', 0, pg_temp.billed('si_m', 'price_whisper_weekly', 0, 2)),
  pg_temp.owed('in_m1', 'sub_m', 4, pg_temp.billed('si_m', 'price_whisper_weekly', 4, 7)) || '{"status": "draft"}');
select pg_temp.grant_is('sub_m', 'whisper', 'open until 11', 'a draft invoice is owed');
select pg_temp.send(0, pg_temp.subscribed('sub_n', 'past_due', pg_temp.item('si_n', 'price_whisper_weekly', 14, 21)),
  pg_temp.bill('in_n0', 'sub_n', 0, pg_temp.billed('si_n', 'price_whisper_weekly', 0, 2)),
  pg_temp.owed('in_n1', 'sub_n', 4, pg_temp.billed('si_n', 'price_whisper_weekly', 4, 7)) || '{"status": "uncollectible"}');
select pg_temp.grant_is('sub_n', 'whisper', 'open until 11', 'an uncollectible invoice is owed');

-- An unpaid upgrade or switch does not extend the grace.
select pg_temp.send(35, pg_temp.subscribed('sub_g', 'past_due', pg_temp.item('si_g', 'price_studio_monthly', 35, 65)));
select pg_temp.send(0, pg_temp.bill('in_g1', 'sub_g', 0, pg_temp.billed('si_g', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(30, pg_temp.owed('in_g2', 'sub_g', 30, pg_temp.billed('si_g', 'price_whisper_monthly', 30, 60)));
select pg_temp.send(35, pg_temp.owed('in_g3', 'sub_g', 35, pg_temp.billed('si_g', 'price_studio_monthly', 35, 65)));
select pg_temp.grant_is('sub_g', 'llama', 'open until 37',
  'a module added by a switch while past due has the grace of its item');

select pg_temp.send(10, pg_temp.subscribed('sub_j', 'past_due', pg_temp.item('si_j', 'price_llama_monthly', 0, 30)));
select pg_temp.send(0, pg_temp.bill('in_j1', 'sub_j', 0, pg_temp.billed('si_j', 'price_whisper_monthly', 0, 30)));
select pg_temp.send(10, pg_temp.owed('in_j2', 'sub_j', 10, pg_temp.billed('si_j', 'price_llama_monthly', 10, 30)));
select pg_temp.grant_is('sub_j', 'llama', 'open until 17', 'a module of an unpaid upgrade has a grace of its own');

-- Lines without a period, or with one that ends before it starts.
select pg_temp.send(30, pg_temp.subscribed('sub_h', 'past_due', pg_temp.item('si_h', 'price_whisper_monthly', 30, 60)));
select pg_temp.send(0, pg_temp.bill('in_h1', 'sub_h', 0, pg_temp.billed('si_h', 'price_whisper_monthly', 0, 32),
  pg_temp.billed('si_h', 'price_whisper_monthly', null, null), pg_temp.billed('si_h', 'price_whisper_monthly', 20, 10)));
select pg_temp.grant_is('sub_h', 'whisper', 'open until 39', 'lines without a valid period do not hide what other lines paid for');
select pg_temp.send(0, pg_temp.subscribed('sub_i', 'past_due', pg_temp.item('si_i', 'price_whisper_monthly', null, null)));
select pg_temp.grant_is('sub_i', 'whisper', 'open', 'a past due subscription without a period has no end of grace');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

-- The settings: each column is changed from its default and back. A change reaches earlier sales.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(33);

-- A grant with one setting changed, and after it is changed back.
create function pg_temp.with_setting(change text, source_id text, module text, change_back text) returns text
language plpgsql as $$
declare
  v_changed text;
begin
  execute format('update sesame.settings set %s', change);
  v_changed := pg_temp.grant_of(source_id, module);
  execute format('update sesame.settings set %s', change_back);
  return v_changed || ', then ' || pg_temp.grant_of(source_id, module);
end
$$;

-- Refunds.
select pg_temp.send(0, pg_temp.session('cs_a'), pg_temp.refund('re_a', 'pi_a', 1000));
select is(pg_temp.with_setting('full_refund_closes = false', 'cs_a', 'stable-diffusion', 'full_refund_closes = true'), 'open, then refunded',
  'full_refund_closes off: a full refund leaves the module open');
select pg_temp.send(0, pg_temp.session('cs_b'), pg_temp.refund('re_b', 'pi_b', 500));
select is(pg_temp.with_setting('refund_closes_from_percent = 50', 'cs_b', 'stable-diffusion', 'refund_closes_from_percent = 100'), 'refunded, then open',
  'refund_closes_from_percent 50: a refund of half closes');
select is(pg_temp.with_setting('refund_closes_from_percent = 51', 'cs_b', 'stable-diffusion', 'refund_closes_from_percent = 100'), 'open, then open',
  'refund_closes_from_percent 51: a refund of half leaves it open');
select pg_temp.send(0, pg_temp.session('cs_b2', '{"amount_total": 999}'), pg_temp.refund('re_b2', 'pi_b2', 333));
select is(pg_temp.with_setting('refund_closes_from_percent = 34', 'cs_b2', 'stable-diffusion', 'refund_closes_from_percent = 33'), 'open, then refunded',
  'refund_closes_from_percent counts whole percents: 333 of 999 are 33, not 34');
update sesame.settings set refund_closes_from_percent = 100;
select throws_ok('update sesame.settings set refund_closes_from_percent = 0', '23514', null, 'refund_closes_from_percent 0 is refused');
select throws_ok('update sesame.settings set refund_closes_from_percent = 101', '23514', null, 'refund_closes_from_percent 101 is refused');
select lives_ok('update sesame.settings set refund_closes_from_percent = 1', 'refund_closes_from_percent 1 is accepted');
update sesame.settings set refund_closes_from_percent = 100;
select pg_temp.send(0, pg_temp.subscribed('sub_c', 'active', pg_temp.item('si_c', 'price_whisper_monthly', 0, 30)),
  pg_temp.bill('in_c', 'sub_c', 0, pg_temp.billed('si_c', 'price_whisper_monthly', 0, 30)), pg_temp.refund('re_c', 'pi_c', 1000));
select is(pg_temp.with_setting('refunded_period_closes = false', 'sub_c', 'whisper', 'refunded_period_closes = true'), 'open until 33, then refunded',
  'refunded_period_closes off: no refund closes a period');

-- Disputes.
select pg_temp.send(0, pg_temp.session('cs_d'), pg_temp.dispute('dp_d', 'pi_d', 'needs_response'));
select is(pg_temp.with_setting('dispute_closes = false', 'cs_d', 'stable-diffusion', 'dispute_closes = true'), 'open, then disputed',
  'dispute_closes off: no dispute closes');
select is(pg_temp.with_setting('dispute_closes = false, partial_dispute_closes = false', 'cs_d', 'stable-diffusion', 'dispute_closes = true, partial_dispute_closes = true'),
  'open, then disputed', 'dispute_closes off: a disputed sum does not count as refunded either');
select is(pg_temp.with_setting('partial_dispute_closes = false', 'cs_d', 'stable-diffusion', 'partial_dispute_closes = true'), 'disputed, then disputed',
  'partial_dispute_closes off: a dispute of the whole amount closes');
select pg_temp.send(0, pg_temp.session('cs_e'), pg_temp.dispute('dp_e', 'pi_e', 'needs_response') || '{"amount": 400}');
select is(pg_temp.with_setting('partial_dispute_closes = false', 'cs_e', 'stable-diffusion', 'partial_dispute_closes = true'), 'open, then disputed',
  'partial_dispute_closes off: a dispute of a part leaves it open');
select pg_temp.send(1, pg_temp.refund('re_e', 'pi_e', 600));
select is(pg_temp.with_setting('partial_dispute_closes = false', 'cs_e', 'stable-diffusion', 'partial_dispute_closes = true'), 'disputed, then disputed',
  'partial_dispute_closes off: a disputed part and a refund of the rest close');
select pg_temp.send(2, pg_temp.refund('re_e2', 'pi_e', 400));
select is(pg_temp.with_setting('partial_dispute_closes = false', 'cs_e', 'stable-diffusion', 'partial_dispute_closes = true'), 'refunded, then disputed',
  'partial_dispute_closes off: refunds of the whole amount close as refunded');
select pg_temp.send(0, pg_temp.session('cs_f'), pg_temp.dispute('dp_f', 'pi_f', 'warning_needs_response'));
select is(pg_temp.with_setting('inquiry_closes = true', 'cs_f', 'stable-diffusion', 'inquiry_closes = false'), 'disputed, then open',
  'inquiry_closes on: a bank''s inquiry closes');

-- Subscriptions.
select pg_temp.send(30, pg_temp.subscribed('sub_g', 'past_due', pg_temp.item('si_g', 'price_whisper_monthly', 30, 60)));
select is(pg_temp.with_setting('past_due_grace = ''1 day''', 'sub_g', 'whisper', 'past_due_grace = ''7 days'''), 'open until 31, then open until 37',
  'past_due_grace counts from the first day that is not paid for');
select throws_ok('update sesame.settings set past_due_grace = ''-1 day''', '23514', null, 'a negative past_due_grace is refused');
select pg_temp.send(0, pg_temp.subscribed('sub_h', 'active', pg_temp.item('si_h', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.with_setting('renewal_grace = ''0''', 'sub_h', 'whisper', 'renewal_grace = ''3 days'''), 'open until 30, then open until 33',
  'renewal_grace counts from the end of the period');
select throws_ok('update sesame.settings set renewal_grace = ''-1 day''', '23514', null, 'a negative renewal_grace is refused');
select pg_temp.send(1, pg_temp.again(pg_temp.subscribed('sub_h', 'active', pg_temp.item('si_h', 'price_whisper_monthly', 0, 30))) || '{"is_paused": true}');
select is(pg_temp.with_setting('pause_collection_closes = true', 'sub_h', 'whisper', 'pause_collection_closes = false'), 'paused, then open until 33',
  'pause_collection_closes on: a paused collection closes');

-- Invoices sent to the customer.
select pg_temp.send(0, pg_temp.subscribed('sub_i', 'active', pg_temp.item('si_i', 'price_whisper_monthly', 0, 30)) || '{"collection_method": "send_invoice"}');
select is(pg_temp.with_setting('send_invoice_opens_unpaid = false', 'sub_i', 'whisper', 'send_invoice_opens_unpaid = true'), 'unpaid, then open until 33',
  'send_invoice_opens_unpaid off: a subscription whose invoice is sent is closed until it is paid');
select is(pg_temp.with_setting('send_invoice_opens_unpaid = false', 'sub_g', 'whisper', 'send_invoice_opens_unpaid = true'), 'open until 37, then open until 37',
  'send_invoice_opens_unpaid off: a subscription that is charged automatically is open');
select pg_temp.send(0, pg_temp.bill('in_i0', 'sub_i', 0, pg_temp.billed('si_i', 'price_whisper_monthly', -30, 0)));
select is(pg_temp.with_setting('send_invoice_opens_unpaid = false', 'sub_i', 'whisper', 'send_invoice_opens_unpaid = true'), 'unpaid, then open until 33',
  'send_invoice_opens_unpaid off: a paid line of another period does not open');
select pg_temp.send(5, pg_temp.bill('in_i', 'sub_i', 0, pg_temp.billed('si_i', 'price_whisper_monthly', 0, 30)));
select is(pg_temp.with_setting('send_invoice_opens_unpaid = false', 'sub_i', 'whisper', 'send_invoice_opens_unpaid = true'), 'open until 33, then open until 33',
  'send_invoice_opens_unpaid off: a paid line within the period opens');
select pg_temp.send(6, pg_temp.refund('re_i', 'pi_i', 1000));
select is(pg_temp.with_setting('send_invoice_opens_unpaid = false', 'sub_i', 'whisper', 'send_invoice_opens_unpaid = true'), 'refunded, then refunded',
  'send_invoice_opens_unpaid off: a refund of the period closes as refunded');

-- Passes and names.
select pg_temp.send(0, pg_temp.session('cs_j1', '{"module_ref": null, "price_ids": ["price_stable_diffusion_day"]}'),
  pg_temp.session('cs_j2', '{"module_ref": null, "price_ids": ["price_stable_diffusion_day"]}'));
create temporary view ends as
select round(extract(epoch from expires_at - now()) / 86400) as day from sesame.sources where source_id = 'cs_j1';
select is((select day from ends), 2::numeric, 'passes_stack on: two day passes are two days');
update sesame.settings set passes_stack = false;
select is((select day from ends), 1::numeric, 'passes_stack off: each day pass counts from its own payment');
update sesame.settings set passes_stack = true;
select is((select day from ends), 2::numeric, 'passes_stack on again: two day passes are two days');
select pg_temp.send(0, pg_temp.session('cs_k', jsonb_build_object('user_ref', null, 'customer_id', null, 'module_ref', 'llama',
  'client_reference_id', pg_temp.user_id('bob'))));
update sesame.settings set client_reference_id_names_buyer = true;
select pg_temp.access_is('bob', 'llama', 'open', 'client_reference_id_names_buyer on: it names the buyer of an earlier sale');
update sesame.settings set client_reference_id_names_buyer = false;
select pg_temp.access_is('bob', 'llama', 'none', 'client_reference_id_names_buyer off: the earlier sale has no buyer');

-- Reach and record.
update sesame.settings set full_refund_closes = false;
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a changed setting reaches access in the same transaction');
update sesame.settings set full_refund_closes = true;
select is((select array_agg(was || ' to ' || became order by id) from sesame.settings_changes where setting = 'send_invoice_opens_unpaid')[1:2],
  array['true to false', 'false to true'], 'each change of a setting is on record');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

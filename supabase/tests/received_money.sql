-- Amounts received and refunded, with several payments of one invoice and several invoices of one payment.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
\ir helpers/bills.psql
select plan(23);

-- An invoice without links. Its invoice payments say what pays it.
create function pg_temp.sold(id text, amount bigint default 1000) returns jsonb
language sql stable as $$
  select pg_temp.bill(id, null, 0, pg_temp.added('price_llama_once', amount)) || '{"payment_intent_id": null}'
$$;
create function pg_temp.share(id text, invoice_id text, payment_id text, amount bigint, status text default 'paid') returns jsonb
language sql stable as $$
  select pg_temp.invoice_payment(id, invoice_id, payment_id) || jsonb_build_object('amount_paid', amount, 'status', status)
$$;

-- Several payments of one invoice.
select pg_temp.send(0, pg_temp.sold('in_a'), pg_temp.share('inpay_a1', 'in_a', 'pi_a1', 600), pg_temp.share('inpay_a2', 'in_a', 'pi_a2', 400));
select pg_temp.send(1, pg_temp.refund('re_a1', 'pi_a1', 600));
select pg_temp.grant_is('in_a', 'llama', 'open', 'a refund of one of two payments of an invoice leaves it open');
select pg_temp.send(1, pg_temp.refund('re_a2', 'pi_a2', 400));
select pg_temp.grant_is('in_a', 'llama', 'refunded', 'refunds of both payments of an invoice close it');
select pg_temp.send(0, pg_temp.sold('in_b') || '{"amount_paid": 600}', pg_temp.share('inpay_b1', 'in_b', 'pi_b', 600), pg_temp.share('inpay_b2', 'in_b', null, 400));
select pg_temp.send(1, pg_temp.refund('re_b', 'pi_b', 600));
select pg_temp.grant_is('in_b', 'llama', 'open', 'an amount paid outside Stripe counts as received');
select pg_temp.send(0, pg_temp.sold('in_c', 1000), pg_temp.share('inpay_c', 'in_c', 'pi_c', 400));
select pg_temp.send(1, pg_temp.refund('re_c', 'pi_c', 400));
select pg_temp.grant_is('in_c', 'llama', 'open', 'the amount on the invoice counts as received where known payments are less');
select pg_temp.send(0, pg_temp.sold('in_d', 0) || '{"payment_intent_id": "pi_d"}');
select pg_temp.send(1, pg_temp.refund('re_d', 'pi_d', 1000));
select pg_temp.grant_is('in_d', 'llama', 'open', 'an invoice of 0 is not closed by a refund');

-- Links.
select pg_temp.send(0, pg_temp.sold('in_e1') || '{"payment_intent_id": "pi_e1"}', pg_temp.refund('re_e1', 'pi_e1', 1000));
select pg_temp.grant_is('in_e1', 'llama', 'refunded', 'a refund closes the invoice that names its payment');
select pg_temp.send(0, pg_temp.sold('in_e2'), pg_temp.payment('pi_e2', '{"invoice_id": "in_e2"}'), pg_temp.refund('re_e2', 'pi_e2', 1000));
select pg_temp.grant_is('in_e2', 'llama', 'refunded', 'a refund closes the invoice that its payment names');
select pg_temp.send(0, pg_temp.sold('in_e3'), pg_temp.charge('ch_e3', 'pi_e3', 0) || '{"invoice_id": "in_e3"}', pg_temp.refund('re_e3', 'pi_e3', 1000));
select pg_temp.grant_is('in_e3', 'llama', 'refunded', 'a refund closes the invoice that its charge names');
select pg_temp.send(0, pg_temp.sold('in_e4'), pg_temp.session('cs_e4', '{"mode": "subscription", "module_ref": null, "invoice_id": "in_e4"}'),
  pg_temp.refund('re_e4', 'pi_e4', 1000));
select pg_temp.grant_is('in_e4', 'llama', 'refunded', 'a refund closes the invoice that a session links to its payment');
select pg_temp.send(0, pg_temp.sold('in_e5') || '{"charge_id": "ch_e5"}', pg_temp.charge('ch_e5', null, 1000));
select pg_temp.grant_is('in_e5', 'llama', 'refunded', 'a refunded charge without a payment intent closes its invoice');

select pg_temp.send(0, pg_temp.sold('in_e6'), pg_temp.share('inpay_e6', 'in_e6', null, 1000) || '{"charge_id": "ch_e6"}',
  pg_temp.charge('ch_e6', 'pi_e6', 0), pg_temp.refund('re_e6', 'pi_e6', 1000));
select is((select array_agg(payment_id) from sesame.payments_of_invoice('in_e6', '', false)) || array[pg_temp.grant_of('in_e6', 'llama')],
  array['pi_e6', 'refunded'], 'a charge with a payment intent pays as that payment intent');

-- A canceled invoice payment.
select pg_temp.send(0, pg_temp.sold('in_f') || '{"payment_intent_id": "pi_f1"}', pg_temp.share('inpay_f1', 'in_f', 'pi_f1', 1000, 'canceled'),
  pg_temp.share('inpay_f2', 'in_f', 'pi_f2', 1000), pg_temp.dispute('dp_f', 'pi_f1', 'lost'), pg_temp.refund('re_f', 'pi_f1', 1000));
select pg_temp.grant_is('in_f', 'llama', 'open', 'a canceled invoice payment passes on neither refund nor dispute, and overrides the older link');
select is((select array_agg(payment_id || ' ' || amount_paid) from sesame.payments_of_invoice('in_f', '', false)), array['pi_f2 1000'], 'a canceled invoice payment adds no amount');

-- One payment for several invoices.
select pg_temp.send(0, pg_temp.sold('in_g1'), pg_temp.sold('in_g2'), pg_temp.payment('pi_g', '{"amount_received": 2000}'),
  pg_temp.share('inpay_g1', 'in_g1', 'pi_g', 1000), pg_temp.share('inpay_g2', 'in_g2', 'pi_g', 1000));
select pg_temp.send(1, pg_temp.refund('re_g1', 'pi_g', 400));
select is(pg_temp.grant_of('in_g1', 'llama') || ' ' || pg_temp.grant_of('in_g2', 'llama'), 'open open',
  'a partial refund of a payment for two invoices closes neither');
select pg_temp.send(1, pg_temp.dispute('dp_g', 'pi_g', 'needs_response') || '{"amount": 600}');
select is(pg_temp.grant_of('in_g1', 'llama') || ' ' || pg_temp.grant_of('in_g2', 'llama'), 'open open', 'a refund and a dispute that fit one of two invoices close neither');
select pg_temp.send(2, pg_temp.again(pg_temp.dispute('dp_g', 'pi_g', 'needs_response')) || '{"amount": 601}');
select is(pg_temp.grant_of('in_g1', 'llama') || ' ' || pg_temp.grant_of('in_g2', 'llama'), 'disputed disputed', 'a refund and a dispute that exceed one of two invoices close both');
select pg_temp.send(3, pg_temp.again(pg_temp.dispute('dp_g', 'pi_g', 'won', 3)), pg_temp.refund('re_g2', 'pi_g', 1600));
select is(pg_temp.grant_of('in_g1', 'llama') || ' ' || pg_temp.grant_of('in_g2', 'llama'), 'refunded refunded', 'a full refund of a payment for two invoices closes both');
select pg_temp.send(0, pg_temp.sold('in_h1', 300), pg_temp.sold('in_h2', 700), pg_temp.payment('pi_h'),
  pg_temp.share('inpay_h1', 'in_h1', 'pi_h', 300), pg_temp.share('inpay_h2', 'in_h2', 'pi_h', 700));
select pg_temp.send(1, pg_temp.refund('re_h', 'pi_h', 999));
select is(pg_temp.grant_of('in_h1', 'llama') || ' ' || pg_temp.grant_of('in_h2', 'llama'), 'open open', 'a refund of all but 1 of a payment for two invoices closes neither');

-- One payment for one invoice.
select pg_temp.send(0, pg_temp.sold('in_i'), pg_temp.share('inpay_i', 'in_i', 'pi_i', 1000), pg_temp.refund('re_i', 'pi_i', 999));
select pg_temp.grant_is('in_i', 'llama', 'open', 'a refund of all but 1 of a payment for one invoice leaves it open');

-- A session.
select pg_temp.send(0, pg_temp.session('cs_j', '{"amount_total": null}'), pg_temp.refund('re_j', 'pi_j', 1));
select pg_temp.grant_is('cs_j', 'stable-diffusion', 'refunded', 'a refund of a session without an amount closes it');
select pg_temp.send(1, pg_temp.payment('pi_j'));
select pg_temp.grant_is('cs_j', 'stable-diffusion', 'open', 'a payment that says the amount opens the session again');
select pg_temp.send(0, pg_temp.charge('ch_j', 'pi_j', 1000));
select pg_temp.grant_is('cs_j', 'stable-diffusion', 'refunded', 'a charge''s refunded amount counts beyond the known refunds');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

-- Disputes: while the bank holds the money the module is closed; when it comes back, so does the module.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
select plan(16);

select pg_temp.deliver(pg_temp.event('evt_1', 'x', 0, pg_temp.session('cs_1')));
select pg_temp.deliver(pg_temp.event('evt_2', 'charge.dispute.created', 1, pg_temp.dispute('dp_1', 'pi_1', 'warning_needs_response', 0)));
select is(pg_temp.access_of('ada'), 'open', 'an inquiry closes nothing');
select pg_temp.deliver(pg_temp.event('evt_3', 'charge.dispute.updated', 2, pg_temp.dispute('dp_1', 'pi_1', 'needs_response')));
select is(pg_temp.access_of('ada'), 'disputed', 'a dispute does');
select pg_temp.deliver(pg_temp.event('evt_4', 'charge.dispute.funds_reinstated', 3, pg_temp.dispute('dp_1', 'pi_1', 'under_review')));
select is(pg_temp.access_of('ada'), 'disputed', 'until it is won, whatever happens to the funds');
select pg_temp.deliver(pg_temp.event('evt_5', 'charge.dispute.closed', 4, pg_temp.dispute('dp_1', 'pi_1', 'lost', 3)));
select is(pg_temp.access_of('ada'), 'disputed', 'lost, it stays closed');
select pg_temp.deliver(pg_temp.event('evt_6', 'charge.dispute.updated', 5, pg_temp.dispute('dp_1', 'pi_1', 'appeal_under_review')));
select is(pg_temp.access_of('ada'), 'disputed', 'in appeal as well');
select pg_temp.deliver(pg_temp.event('evt_7', 'charge.dispute.closed', 6, pg_temp.dispute('dp_1', 'pi_1', 'won', 3)));
select is(pg_temp.access_of('ada'), 'open', 'won, it is open again');
select pg_temp.deliver(pg_temp.event('evt_8', 'charge.dispute.closed', 4, pg_temp.dispute('dp_1', 'pi_1', 'lost', 3)));
select is(pg_temp.access_of('ada'), 'open', 'an older word changes nothing');
select pg_temp.deliver(pg_temp.event('evt_9', 'charge.dispute.created', 7, pg_temp.dispute('dp_2', 'pi_1', 'needs_response', 0)));
select is(pg_temp.access_of('ada'), 'disputed', 'a second dispute of the same charge counts by itself');
select pg_temp.deliver(pg_temp.event('evt_10', 'charge.dispute.updated', 8, pg_temp.dispute('dp_2', 'pi_1', 'unknown')));
select is(pg_temp.access_of('ada'), 'disputed', 'a status we do not know closes');
select is((select array_agg(object_id || ': ' || why) from sesame.pending_fetches), array['dp_2: unknown status'], 'and is to be read again');
select pg_temp.deliver(pg_temp.event('evt_11', 'charge.dispute.closed', 9, pg_temp.dispute('dp_2', 'pi_1', 'won', 3)),
  pg_temp.event('evt_12', 'refund.created', 9, pg_temp.refund('re_1', 'pi_1', 1000)));
select is(pg_temp.access_of('ada'), 'refunded', 'won while refunded, it stays closed');

-- The invoice of the current period.
select pg_temp.deliver(
  pg_temp.event('evt_s1', 'x', 0, pg_temp.subscription('sub_1', 'active', 1)),
  pg_temp.event('evt_s2', 'invoice.paid', 0, pg_temp.invoice('in_1', jsonb_build_object('subscription_id', 'sub_1', 'lines', jsonb_build_array(
    pg_temp.line('price_whisper_monthly', 0, 30, '{"subscription_id": "sub_1"}'))))),
  pg_temp.event('evt_s3', 'refund.created', 5, pg_temp.refund('re_s', 'pi_s', 1000)));
select is(pg_temp.access_of('ada', 'whisper'), 'open until 33', 'a refund of a payment nobody knows touches nothing');
select pg_temp.deliver(pg_temp.event('evt_s4', 'invoice_payment.paid', 0, pg_temp.invoice_payment('inpay_1', 'in_1', 'pi_s')));
select is(pg_temp.access_of('ada', 'whisper'), 'refunded', 'until the invoice payment ties it to this period''s invoice');
select pg_temp.deliver(pg_temp.event('evt_s5', 'x', 30, pg_temp.subscription('sub_1', 'active', 2)));
select is(pg_temp.access_of('ada', 'whisper'), 'open until 63', 'the next period is open again');
update sesame.settings set full_refund_closes = false;
select is(pg_temp.access_of('ada'), 'open', 'a change of policy reaches what was sold before it');

select is_empty($$
  (table sesame.derived_grants except table sesame.grants)
  union all
  (table sesame.grants except table sesame.derived_grants)
$$, 'the grants are what the facts derive, to the last column');

select * from finish();
rollback;

-- Disputes: a module is closed while its payment is disputed, and opens again when the dispute is won.
begin;
\ir helpers/personas.psql
\ir helpers/stripe.psql
\ir helpers/access.psql
select plan(16);

select pg_temp.send(0, pg_temp.session('disputed'));
select pg_temp.send('charge.dispute.created', 1, pg_temp.dispute('first', 'disputed', 'warning_needs_response', 0));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'an inquiry closes nothing');
select pg_temp.send('charge.dispute.updated', 2, pg_temp.again(pg_temp.dispute('first', 'disputed', 'needs_response')));
select pg_temp.access_is('ada', 'stable-diffusion', 'disputed', 'a dispute closes');
select pg_temp.send('charge.dispute.funds_reinstated', 3, pg_temp.again(pg_temp.dispute('first', 'disputed', 'under_review')));
select pg_temp.access_is('ada', 'stable-diffusion', 'disputed', 'a dispute under review stays closed after the funds are reinstated');
select pg_temp.send('charge.dispute.closed', 4, pg_temp.again(pg_temp.dispute('first', 'disputed', 'lost', 3)));
select pg_temp.access_is('ada', 'stable-diffusion', 'disputed', 'a dispute that is lost stays closed');
select pg_temp.send('charge.dispute.updated', 5, pg_temp.again(pg_temp.dispute('first', 'disputed', 'appeal_under_review')));
select pg_temp.access_is('ada', 'stable-diffusion', 'disputed', 'a dispute in appeal stays closed');
select pg_temp.send('charge.dispute.closed', 6, pg_temp.again(pg_temp.dispute('first', 'disputed', 'won', 3)));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a dispute that is won opens');
select pg_temp.send('charge.dispute.closed', 4, pg_temp.again(pg_temp.dispute('first', 'disputed', 'lost', 3)));
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'an older state of the dispute changes nothing');
select pg_temp.send('charge.dispute.created', 7, pg_temp.dispute('second', 'disputed', 'needs_response', 0));
select pg_temp.access_is('ada', 'stable-diffusion', 'disputed', 'a second dispute of the same charge closes');
select pg_temp.send('charge.dispute.updated', 8, pg_temp.again(pg_temp.dispute('second', 'disputed', 'unknown')));
select pg_temp.access_is('ada', 'stable-diffusion', 'disputed', 'a dispute with an unknown status closes');
select is((select array_agg(object_id || ': ' || why) from sesame.pending_fetches), array['dp_second: unknown status'], 'a dispute with an unknown status is fetched again');
select pg_temp.send(pg_temp.event('charge.dispute.closed', 9, pg_temp.again(pg_temp.dispute('second', 'disputed', 'won', 3))),
  pg_temp.event('refund.created', 9, pg_temp.refund('disputed', 'disputed', 1000)));
select pg_temp.access_is('ada', 'stable-diffusion', 'refunded', 'a purchase that is refunded stays closed when its dispute is won');

-- The invoice of the current period.
select pg_temp.send(
  pg_temp.event(0, pg_temp.subscription('ada', 'active', 1)),
  pg_temp.event('invoice.paid', 0, pg_temp.invoice('ada month', jsonb_build_object('subscription_id', 'sub_ada', 'lines', jsonb_build_array(
    pg_temp.line('price_whisper_monthly', 0, 30, '{"subscription_id": "sub_ada"}'))))),
  pg_temp.event('refund.created', 5, pg_temp.refund('ada month', 'ada month', 1000)));
select pg_temp.access_is('ada', 'whisper', 'open until 33', 'a refund of an unknown payment changes nothing');
select pg_temp.send('invoice_payment.paid', 0, pg_temp.invoice_payment('ada month', 'ada month', 'ada month'));
select pg_temp.access_is('ada', 'whisper', 'refunded', 'a refund closes the period once the invoice payment links it to the invoice');
select pg_temp.send(30, pg_temp.again(pg_temp.subscription('ada', 'active', 2)));
select pg_temp.access_is('ada', 'whisper', 'open until 63', 'the next period opens again');
update sesame.settings set full_refund_closes = false;
select pg_temp.access_is('ada', 'stable-diffusion', 'open', 'a change of settings reaches purchases made before it');

select pg_temp.grants_are_derived();

select * from finish();
rollback;

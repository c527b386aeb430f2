-- A fresh connection plans some sixty statements at its first events. The direct door has them planned ahead, part by
-- part, while no event waits. Each part takes a few milliseconds, because an event may come meanwhile.

create function public.sesame_warm_up(part integer) returns integer
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '50ms'  -- a table may be locked by an upgrade, and the next event waits behind this call
-- As for process_stripe_events, because a plan keeps the settings that it was made with.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
begin
  -- The functions of a fold plan their statements also for empty lists. What they call for each row is planned by the
  -- newest object of a kind, which is derived and not written.
  case part
    when 1 then
      perform sesame.unsettled_ids('[]'), sesame.unsettled_ids('[{}]'), sesame.with_waiting('[]'), sesame.is_all_folded();
      perform sesame.store_events('[]', '{}');
      perform sesame.apply_events('[]');
      perform from sesame.answer_events('[]', '{}', '{}');
    when 2 then
      perform sesame.find_dependents('{}');
      perform sesame.names_others('', ''), sesame.reach_of_invoice(''), sesame.reach_of_payment('');
      -- As for one event, and as for many: of more than six objects, which do not exist.
      perform sesame.write_grants('{}');
      perform sesame.write_grants(jsonb_build_object('charge', array_fill(''::text, array[7])));
      perform sesame.project_access('{}');
    when 3 then
      perform sesame.merge_subscriptions('[]');
      perform sesame.merge_invoices('[]');
      perform sesame.merge_prices('[]');
    when 4 then
      perform sesame.merge_checkout_sessions('[]');
      perform sesame.merge_payment_intents('[]');
      perform sesame.merge_charges('[]');
    when 5 then
      perform sesame.next_dependents('{"invoice": [], "subscription": [], "known_customer": []}', '{}');
    when 6 then
      perform sesame.next_dependents('{"checkout_session": [], "payment_intent": [], "charge": []}', '{}');
    when 7 then
      perform sesame.doubtful_ids('invoice', '{}'), sesame.doubtful_ids('subscription', '{}');
      perform sesame.fetches_of('invoice', '{}'), sesame.fetches_of('subscription', '{}');
    when 8 then
      perform sesame.doubtful_ids('checkout_session', '{}'), sesame.doubtful_ids('charge', '{}');
      perform sesame.fetches_of('checkout_session', '{}'), sesame.fetches_of('charge', '{}');
      perform sesame.fetches_among('{}');
    when 9 then
      perform from sesame.derive_grants(jsonb_build_object(
        'subscription', array(select id from sesame.subscriptions order by id desc limit 1),
        'invoice', array(select id from sesame.invoices order by id desc limit 1)
      ));
    when 10 then
      perform from sesame.derive_grants(jsonb_build_object(
        'checkout_session', array(select id from sesame.checkout_sessions order by id desc limit 1)
      ));
    when 11 then
      perform from sesame.derive_grants(jsonb_build_object(
        'payment_intent', array(select id from sesame.payment_intents order by id desc limit 1),
        'charge', array(select id from sesame.charges order by id desc limit 1)
      ));
    else
      return null;
  end case;
  return part + 1;
end
$$;

select sesame.revoke_default_grants('public.sesame_warm_up');
grant execute on function public.sesame_warm_up(integer) to sesame_webhook;

comment on function public.sesame_warm_up is
  'Plans a part of the statements of a fold on this connection, and changes nothing. Answers the number of the next '
  'part; null: there is none. The direct door calls it while no event waits, beginning with 1.';

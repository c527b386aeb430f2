-- Applying events: their facts are merged kind by kind, then everything they touch is folded once.

create function billing.apply_events(events jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_facts jsonb;
begin
  -- {kind: [fact, …]}, each fact with the envelope of the event that said it.
  select jsonb_object_agg(kind, facts) into v_facts
  from (
    select fact ->> 'kind' as kind, jsonb_agg(fact || envelope) as facts
    from jsonb_to_recordset(events) as event
      (id text, created bigint, livemode boolean, account text, facts jsonb)
    cross join lateral jsonb_build_object(
      'event_id', event.id, 'stamp', event.created,
      'livemode', event.livemode, 'account', coalesce(event.account, '')
    ) as envelope
    cross join lateral jsonb_array_elements(event.facts) as fact
    group by 1
  ) as grouped;
  if v_facts is null then
    return;
  end if;

  if v_facts ? 'checkout_session' then perform billing.merge_checkout_sessions(v_facts -> 'checkout_session'); end if;
  if v_facts ? 'payment_intent' then perform billing.merge_payment_intents(v_facts -> 'payment_intent'); end if;
  if v_facts ? 'charge' then perform billing.merge_charges(v_facts -> 'charge'); end if;
  if v_facts ? 'refund' then perform billing.merge_refunds(v_facts -> 'refund'); end if;
  if v_facts ? 'invoice' then perform billing.merge_invoices(v_facts -> 'invoice'); end if;
  if v_facts ? 'subscription' then perform billing.merge_subscriptions(v_facts -> 'subscription'); end if;

  perform billing.fold_sources(billing.find_dependents(array(
    select distinct fact ->> 'id'
    from jsonb_each(v_facts) as kinds (kind, facts)
    cross join lateral jsonb_array_elements(kinds.facts) as fact
  )));
end
$$;

revoke execute on function billing.apply_events(jsonb) from public, anon, authenticated, service_role;

comment on function billing.apply_events is
  'Merges the facts of these events and folds what they touch: all of it or, on error, none.';

create function billing.is_transient(code text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  -- Connection, rollback, resources, operator intervention, system; and lock not available.
  return left(code, 2) in ('08', '40', '53', '57', '58') or code = '55P03';
end
$$;

revoke execute on function billing.is_transient(text) from public, anon, authenticated, service_role;

comment on function billing.is_transient is
  'Whether a SQLSTATE speaks of the moment, not of the event: then the call fails and Stripe tries again.';

create function billing.apply_events_singly(events jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_event jsonb;
  v_failures jsonb := '{}';
begin
  for v_event in select * from jsonb_array_elements(events) loop
    begin
      perform billing.apply_events(jsonb_build_array(v_event));
    exception when others then
      if billing.is_transient(sqlstate) then raise; end if;
      v_failures := v_failures || jsonb_build_object(v_event ->> 'id', sqlstate);
    end;
  end loop;
  return v_failures;
end
$$;

revoke execute on function billing.apply_events_singly(jsonb) from public, anon, authenticated, service_role;

comment on function billing.apply_events_singly is
  'Applies event by event, so that one that cannot be applied harms no other. Answers {event id: SQLSTATE}.';

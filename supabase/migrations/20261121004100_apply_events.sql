-- Applying events: their facts are merged kind by kind, then everything they touch is folded once.

create function sesame.apply_events(events jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_facts jsonb;
  v_touched jsonb;
  v_parts record;
  v_is_short boolean;  -- v_touched is complete already
  v_is_new boolean := false;
  v_reached jsonb;
  v_listed jsonb := '{}';
begin
  -- v_facts is {kind: [fact, …]}, each fact with the envelope of its event. v_touched is {kind: [id, …]}.
  if jsonb_array_length(events) = 1 and jsonb_array_length(events #> '{0,facts}') <= 4 then
    v_parts := sesame.facts_of(events -> 0);
    v_facts := v_parts.facts;
    v_touched := v_parts.ids;
  else
    select jsonb_object_agg(kind, facts), jsonb_object_agg(kind, ids) into v_facts, v_touched
    from (
      select fact ->> 'kind' as kind, jsonb_agg(fact || envelope) as facts, jsonb_agg(distinct fact -> 'id') as ids
      from jsonb_to_recordset(events) as event
        (id text, type text, created bigint, livemode boolean, account text, facts jsonb)
      cross join lateral jsonb_build_object(
        'event_id', event.id, 'stamp', event.created, 'is_fetch', event.type like '%.fetched',
        'livemode', event.livemode, 'account', coalesce(event.account, '')
      ) as envelope
      cross join lateral jsonb_array_elements(event.facts) as fact
      group by 1
    ) as grouped;
  end if;
  if v_facts is null then
    return '{}';
  end if;

  -- What a list of prices shows decides no access. So these facts are merged beside the fold.
  if v_facts ?| '{price_listing,product}' then
    perform sesame.merge_price_listings(v_facts -> 'price_listing');
    perform sesame.merge_products(v_facts -> 'product');
    v_listed := jsonb_strip_nulls(jsonb_build_object(
      'price_listing', v_touched -> 'price_listing', 'product', v_touched -> 'product'));
    perform sesame.list_prices(sesame.prices_to_list(v_listed));
    v_facts := v_facts - '{price_listing,product}'::text[];
    v_touched := v_touched - '{price_listing,product}'::text[];
  end if;

  v_is_short := v_facts ? 'subscription' and jsonb_array_length(v_facts -> 'subscription') = 1
    and v_facts - '{subscription,price}'::text[] = '{}' and not sesame.are_by_parts(events);
  if v_is_short then
    v_touched := sesame.apply_subscription(v_facts #> '{subscription,0}');
  else
    v_is_new := sesame.is_one_new(v_touched - 'price');
    if not v_is_new then
      -- Dependents are collected before and after the change: if a link moves, the former target needs a new
      -- derivation, too.
      v_touched := sesame.union_objects(v_touched, sesame.next_dependents(v_touched - 'price', v_touched));
    end if;
  end if;

  if v_facts ? 'checkout_session' then perform sesame.merge_checkout_sessions(v_facts -> 'checkout_session'); end if;
  if v_facts ? 'payment_intent' then perform sesame.merge_payment_intents(v_facts -> 'payment_intent'); end if;
  if v_facts ? 'charge' then perform sesame.merge_charges(v_facts -> 'charge'); end if;
  if v_facts ? 'refund' then perform sesame.merge_refunds(v_facts -> 'refund'); end if;
  if v_facts ? 'dispute' then perform sesame.merge_disputes(v_facts -> 'dispute'); end if;
  if v_facts ? 'invoice' then perform sesame.merge_invoices(v_facts -> 'invoice'); end if;
  if v_facts ? 'invoice_payment' then perform sesame.merge_invoice_payments(v_facts -> 'invoice_payment'); end if;
  if v_facts ? 'subscription' and not v_is_short then perform sesame.merge_subscriptions(v_facts -> 'subscription'); end if;
  if v_facts ? 'customer' then perform sesame.merge_customers(v_facts -> 'customer'); end if;
  -- Nearly every event repeats its prices. Only new facts about a price have an effect.
  if v_facts ? 'price' then
    v_touched := sesame.union_objects(v_touched - 'price', sesame.merge_prices(v_facts -> 'price'));
  end if;

  perform set_config(
    'sesame.cause', coalesce(nullif(current_setting('sesame.stripe_cause', true), ''), 'stripe'), true);
  if sesame.are_by_parts(events) then
    perform sesame.defer_objects(v_touched);
  else
    if not v_is_short or v_touched ? 'price' then
      v_reached := case when v_is_new then sesame.reach_of_new(v_touched) end;
      v_touched := coalesce(v_reached, sesame.find_dependents(v_touched));
    end if;
    if v_touched <> '{}' then
      perform sesame.fold_sources(v_touched);
    end if;
  end if;
  return v_touched || v_listed;
end
$$;

comment on function sesame.apply_events is
  'Merges the facts of these events and folds what they touch. On error nothing is changed. Answers the touched '
  'objects.';

-- The call that replays an event sets by_parts: sesame_failed_events answers it with the event.
create function sesame.are_by_parts(events jsonb) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return events @> '[{"by_parts": true}]';
end
$$;

comment on function sesame.are_by_parts is
  'Whether one of these events touches more than one call can fold: its own call has timed out before. Its facts are '
  'merged, and what they touch is folded part by part.';

create function sesame.apply_events_singly(events jsonb, out touched jsonb, out failures jsonb)
language plpgsql volatile set search_path = '' as $$
declare
  v_event jsonb;
begin
  touched := '{}';
  failures := '{}';
  for v_event in select * from jsonb_array_elements(events) loop
    begin
      touched := sesame.union_objects(touched, sesame.apply_events(jsonb_build_array(v_event)));
    exception when others then
      if sesame.is_transient(sqlstate) then raise; end if;
      failures := failures || jsonb_build_object(v_event ->> 'id', sqlstate);
    end;
  end loop;
end
$$;

comment on function sesame.apply_events_singly is
  'Applies the events one by one. An event that cannot be applied does not stop the others. failures is {event '
  'id: SQLSTATE}.';

-- The short path of an event that is alone in its call: it is taken apart without a query. If it is about one
-- subscription, the arrows are followed only where what others read has changed.

create function sesame.facts_of(event jsonb, out facts jsonb, out ids jsonb)
language plpgsql immutable set search_path = '' as $$
declare
  -- As in apply_events().
  v_envelope jsonb := jsonb_build_object(
    'event_id', event -> 'id', 'stamp', event -> 'created', 'is_fetch', event ->> 'type' like '%.fetched',
    'livemode', event -> 'livemode', 'account', coalesce(event ->> 'account', '')
  );
  v_fact jsonb;
  v_kind text;
begin
  for n in 0 .. jsonb_array_length(event -> 'facts') - 1 loop
    v_fact := event -> 'facts' -> n || v_envelope;
    v_kind := v_fact ->> 'kind';
    facts := sesame.union_objects(coalesce(facts, '{}'), jsonb_build_object(v_kind, jsonb_build_array(v_fact)));
    if (ids -> v_kind) ? (v_fact ->> 'id') is not true then
      ids := sesame.union_objects(coalesce(ids, '{}'), jsonb_build_object(v_kind, jsonb_build_array(v_fact -> 'id')));
    end if;
  end loop;
end
$$;

comment on function sesame.facts_of is
  'The few facts of one event {kind: [fact, …]}, each with the envelope of the event, and their objects {kind: [id, …]}. '
  'Null: it has none.';

create function sesame.apply_subscription(fact jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_merged record := sesame.merge_subscription(fact);
  v_former sesame.subscriptions := v_merged.former;
  v_now sesame.subscriptions := v_merged.present;
  v_itself jsonb := jsonb_build_object('subscription', jsonb_build_array(fact -> 'id'));
begin
  if v_now is not distinct from v_former then
    return '{}';
  end if;
  -- What others read of a subscription. Its sessions and invoices: user_ref and user_ref_at (sesame.buyer_names). The
  -- nameless purchases of its customer: these, unnamed_at, created_at and customer_id (sesame.known_names).
  if (v_now.user_ref, v_now.user_ref_at, v_now.unnamed_at, v_now.created_at, v_now.customer_id) is not distinct from
    (v_former.user_ref, v_former.user_ref_at, v_former.unnamed_at, v_former.created_at, v_former.customer_id)
  then
    return v_itself || sesame.tokens_paid_by(v_itself);
  end if;
  -- If it moved from one customer to another, the former one has one name less.
  if v_former.customer_id is not null then
    v_itself := v_itself || jsonb_build_object('known_customer', jsonb_build_array(v_former.customer_id));
  end if;
  return sesame.find_dependents(v_itself);
end
$$;

comment on function sesame.apply_subscription is
  'Merges the fact of one subscription. Answers all objects {kind: [id, …]} that must be derived again: none, if it says '
  'nothing new.';

-- Before its first fact, an object has no row, so it leads nowhere but to where it leads after that fact.
create function sesame.is_one_new(objects jsonb) returns boolean
language plpgsql stable set search_path = '' as $$
declare
  v_ids jsonb := jsonb_path_query_array(objects, '$.*[*]');
  v_id text := v_ids ->> 0;
begin
  if jsonb_array_length(v_ids) <> 1 then
    return false;
  elsif objects ? 'checkout_session' then
    return not exists (select from sesame.checkout_sessions as known where known.id = v_id);
  elsif objects ? 'payment_intent' then
    return not exists (select from sesame.payment_intents as known where known.id = v_id);
  elsif objects ? 'charge' then
    return not exists (select from sesame.charges as known where known.id = v_id);
  elsif objects ? 'invoice' then
    return not exists (select from sesame.invoices as known where known.id = v_id);
  end if;
  return false;
end
$$;

comment on function sesame.is_one_new is
  'Whether this is one session, payment, charge or invoice, of which no fact is known.';

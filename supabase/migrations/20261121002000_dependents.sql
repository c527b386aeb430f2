-- What must be derived again when something changes: the arrows from an object to those whose
-- derivation reads it. Any two halves of a purchase find each other along these arrows, whichever
-- of them arrives first. An arrow too many costs time; one too few would be a lost update.

create view sesame.dependents as
  -- A session lends its buyer to its subscription, and stands in for its payment and its invoice.
  select 'checkout_session' as from_kind, id as from_id, 'payment_intent' as to_kind, payment_intent_id as to_id
  from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'invoice', invoice_id from sesame.checkout_sessions
  union all
  select 'checkout_session', id, 'subscription', subscription_id from sesame.checkout_sessions
  union all
  -- A payment pays its session or its invoice.
  select 'payment_intent', payment_intent_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'payment_intent', payment_intent_id, 'invoice', id from sesame.invoices
  union all
  select 'payment_intent', id, 'invoice', invoice_id from sesame.payment_intents
  union all
  -- A charge belongs to its payment, or on old API versions to its invoice.
  select 'charge', id, 'payment_intent', payment_intent_id from sesame.charges
  union all
  select 'charge', id, 'invoice', invoice_id from sesame.charges
  union all
  select 'charge', charge_id, 'invoice', id from sesame.invoices
  union all
  -- A refund and a dispute take from their payment.
  select 'refund', id, 'payment_intent', payment_intent_id from sesame.refunds
  union all
  select 'refund', id, 'charge', charge_id from sesame.refunds
  union all
  select 'dispute', id, 'payment_intent', payment_intent_id from sesame.disputes
  union all
  select 'dispute', id, 'charge', charge_id from sesame.disputes
  union all
  -- An invoice pays periods of subscriptions, and stands in for its payment.
  select 'invoice', id, 'payment_intent', payment_intent_id from sesame.invoices
  union all
  select 'invoice', id, 'charge', charge_id from sesame.invoices
  union all
  select 'invoice', id, 'subscription', subscription_id from sesame.invoices
  union all
  select 'invoice', invoice_id, 'subscription', subscription_id from sesame.invoice_lines
  union all
  select 'invoice', latest_invoice_id, 'subscription', id from sesame.subscriptions
  union all
  select 'invoice', invoice_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  -- A subscription lends its buyer to what its invoices sell beside it.
  select 'subscription', subscription_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  -- A price that recurs is not sold once.
  select 'price', price_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'price', price.id, 'checkout_session', session.id
  from sesame.prices as price
  join sesame.checkout_sessions as session on session.price_ids @> array[price.id]
  union all
  -- An invoice payment ties the two together, either way.
  select 'invoice_payment', id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice_payment', id, 'charge', charge_id from sesame.invoice_payments
  union all
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'charge', charge_id, 'invoice', invoice_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'payment_intent', payment_intent_id from sesame.invoice_payments
  union all
  select 'invoice', invoice_id, 'charge', charge_id from sesame.invoice_payments
  union all
  -- A customer lends their user to all they bought.
  select 'customer', customer_id, 'checkout_session', id from sesame.checkout_sessions
  union all
  select 'customer', customer_id, 'payment_intent', id from sesame.payment_intents
  union all
  select 'customer', customer_id, 'charge', id from sesame.charges where module_ref is not null
  union all
  select 'customer', customer_id, 'invoice', id from sesame.invoices
  union all
  select 'customer', customer_id, 'subscription', id from sesame.subscriptions
  union all
  -- What names its buyer names the buyer of what the same customer bought without a name.
  select 'checkout_session', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.checkout_sessions
  union all
  select 'payment_intent', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.payment_intents
  union all
  select 'charge', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.charges
  union all
  select 'invoice', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.invoices
  union all
  select 'subscription', id, 'known_customer', case when user_ref is not null then customer_id end from sesame.subscriptions
  union all
  select 'known_customer', customer_id, 'checkout_session', id from sesame.checkout_sessions where user_ref is null
  union all
  select 'known_customer', customer_id, 'payment_intent', id
  from sesame.payment_intents where user_ref is null and module_ref is not null
  union all
  select 'known_customer', customer_id, 'charge', id
  from sesame.charges where user_ref is null and module_ref is not null
  union all
  select 'known_customer', customer_id, 'subscription', id from sesame.subscriptions where user_ref is null
  union all
  -- Most invoices bill subscriptions, and sell nothing beside them.
  select 'known_customer', customer_id, 'invoice', id
  from sesame.invoices
  where user_ref is null and (subscription_id is null or exists (
    select from sesame.invoice_lines as line where line.invoice_id = invoices.id and line.stands_alone
    offset 0
  ));

comment on view sesame.dependents is
  'from changed: derive to again. Ids alone: another account of the same id costs time, nothing else.';

-- A literal kind prunes the view to its few branches when it is planned. One plan of all of them would
-- cost more to start than to run.
create function sesame.dependents_of(kind text, ids text[]) returns table (to_kind text, to_id text)
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'checkout_session' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'checkout_session' and arrow.from_id = any (ids);
    when 'payment_intent' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'payment_intent' and arrow.from_id = any (ids);
    when 'charge' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'charge' and arrow.from_id = any (ids);
    when 'refund' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'refund' and arrow.from_id = any (ids);
    when 'dispute' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'dispute' and arrow.from_id = any (ids);
    when 'invoice' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'invoice' and arrow.from_id = any (ids);
    when 'invoice_payment' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'invoice_payment' and arrow.from_id = any (ids);
    when 'customer' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'customer' and arrow.from_id = any (ids);
    when 'subscription' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'subscription' and arrow.from_id = any (ids);
    when 'known_customer' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'known_customer' and arrow.from_id = any (ids);
    when 'price' then
      return query
        select arrow.to_kind, arrow.to_id from sesame.dependents as arrow
        where arrow.from_kind = 'price' and arrow.from_id = any (ids);
    else
      return;  -- nothing is derived from it but itself
  end case;
end
$$;

create function sesame.next_dependents(objects jsonb, known jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_reached record;
  v_next jsonb := '{}';
begin
  for v_kind in select jsonb_object_keys(objects) loop
    for v_reached in
      select to_kind as kind, jsonb_agg(distinct to_id) as ids
      from sesame.dependents_of(v_kind, sesame.ids_of(objects, v_kind))
      where to_id is not null and not coalesce(known -> to_kind, '[]') ? to_id
      group by to_kind
    loop
      v_next := sesame.add_objects(v_next, v_reached.kind, v_reached.ids);
    end loop;
  end loop;
  return v_next;
end
$$;

comment on function sesame.next_dependents is
  'What is one arrow away from these objects {kind: [id, …]} and not known yet.';

create function sesame.find_dependents(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_found jsonb := objects;
  v_next jsonb := objects;
begin
  loop
    v_next := sesame.next_dependents(v_next, v_found);
    exit when v_next = '{}';
    v_found := sesame.union_objects(v_found, v_next);
  end loop;
  return sesame.union_objects(v_found, sesame.tokens_paid_by(v_found));
end
$$;

comment on function sesame.find_dependents is
  'Objects {kind: [id, …]} in, the same and all that depends on them out.';

-- A token may name anything that pays, and nothing depends on it: looked up once, when all is found.
create function sesame.tokens_paid_by(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_payments text[] := sesame.ids_of(objects, 'payment_intent');
  v_ids text[] := v_payments || sesame.ids_of(objects, 'checkout_session')
    || sesame.ids_of(objects, 'invoice') || sesame.ids_of(objects, 'charge')
    || array(select id from sesame.charges where payment_intent_id = any (v_payments));
begin
  return jsonb_strip_nulls(jsonb_build_object('access_token', (
    select jsonb_agg(id) from public.access_tokens where payment_id = any (v_ids)
  )));
end
$$;

comment on function sesame.tokens_paid_by is
  'The access tokens {access_token: [id, …]} that any of these objects {kind: [id, …]} paid for.';

create function sesame.ids_of(objects jsonb, kind text) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(select jsonb_array_elements_text(objects -> kind));
end
$$;

create function sesame.add_objects(objects jsonb, kind text, ids jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return objects || jsonb_build_object(kind, coalesce(objects -> kind, '[]') || ids);
end
$$;

create function sesame.union_objects(objects jsonb, others jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_kind text;
  v_ids jsonb;
begin
  for v_kind, v_ids in select * from jsonb_each(others) loop
    objects := sesame.add_objects(objects, v_kind, v_ids);
  end loop;
  return objects;
end
$$;

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
  -- And it ties the payment it belongs to to the invoice it pays, whichever of the two names it.
  select 'payment_intent', payment_intent_id, 'invoice', invoice_id from sesame.charges
  union all
  select 'payment_intent', charge.payment_intent_id, 'invoice', invoice.id
  from sesame.charges as charge
  cross join lateral (
    (select id from sesame.invoices where charge_id = charge.id offset 0)
    union all
    (select invoice_id from sesame.invoice_payments where charge_id = charge.id offset 0)
  ) as invoice
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
  -- A subscription lends its buyer to what its invoices and its session sell beside it.
  select 'subscription', subscription_id, 'invoice', invoice_id from sesame.invoice_lines where stands_alone
  union all
  select 'subscription', subscription_id, 'checkout_session', id
  from sesame.checkout_sessions where cardinality(price_ids) > 1
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
  from sesame.payment_intents where user_ref is null and coalesce(module_ref, '') <> ''  -- as in sesame.purchases
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
-- cost more to start than to run. And `offset 0`, or an index that has the order of the ids is read to its end.
create function sesame.dependents_of(kind text, ids text[]) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  case kind
    when 'checkout_session' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'checkout_session' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'payment_intent' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'payment_intent' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'charge' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'charge' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'refund' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'refund' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'dispute' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'dispute' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'invoice_payment' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'invoice_payment' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'subscription' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'subscription' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'customer' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'known_customer' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'known_customer' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    when 'price' then
      return (
        select jsonb_object_agg(reached.to_kind, reached.ids)
        from (
          select arrow.to_kind, jsonb_agg(distinct arrow.to_id) as ids
          from (
            select to_kind, to_id from sesame.dependents where from_kind = 'price' and from_id = any (ids) offset 0
          ) as arrow
          where arrow.to_id is not null
          group by arrow.to_kind
        ) as reached
      );
    else
      return null;  -- nothing is derived from it but itself
  end case;
end
$$;

comment on function sesame.dependents_of is
  'What is one arrow away from objects of one kind: {kind: [id, …]}, or null.';

create function sesame.next_dependents(objects jsonb, known jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_kind text;
  v_ids text[];
  v_next jsonb := '{}';
begin
  -- The planner takes an array for ten values; a query in its place it would take for many, and read a whole index.
  for v_kind, v_ids in
    select given.kind, array(select jsonb_array_elements_text(given.ids))
    from jsonb_each(objects) as given (kind, ids)
  loop
    v_next := sesame.union_objects(v_next, sesame.dependents_of(v_kind, v_ids));
  end loop;
  return sesame.except_objects(v_next, known);
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
  v_ids text[] := array(
    select jsonb_array_elements_text(objects -> kind)
    from unnest('{payment_intent,checkout_session,invoice,charge}'::text[]) as kind
    union all
    select charge.id
    from jsonb_array_elements_text(objects -> 'payment_intent') as intent (id)
    cross join lateral (
      select known.id from sesame.charges as known where known.payment_intent_id = intent.id offset 0
    ) as charge
    union all
    select jsonb_array_elements_text(objects -> 'subscription')
    union all
    select session.id
    from jsonb_array_elements_text(objects -> 'subscription') as subscription (id)
    cross join lateral (
      select known.id from sesame.checkout_sessions as known where known.subscription_id = subscription.id offset 0
    ) as session
  );
begin
  return (
    select jsonb_strip_nulls(jsonb_build_object('access_token', jsonb_agg(id)))
    from public.access_tokens
    where payment_id = any (v_ids)
  );
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

create function sesame.union_objects(objects jsonb, others jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  v_kind text;
  v_ids jsonb;
begin
  -- Nearly always one of them is empty.
  if others is null or others = '{}' then
    return objects;
  elsif objects = '{}' then
    return others;
  end if;
  for v_kind, v_ids in select * from jsonb_each(others) loop
    objects := objects || jsonb_build_object(v_kind, coalesce(objects -> v_kind, '[]') || v_ids);
  end loop;
  return objects;
end
$$;

comment on function sesame.union_objects is 'Objects {kind: [id, …]} of either; others may be null.';

create function sesame.except_objects(objects jsonb, known jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if objects = '{}' then
    return objects;
  end if;
  return (
    select coalesce(jsonb_object_agg(kind, ids), '{}')
    from (
      select reached.kind, jsonb_agg(distinct id) as ids
      from jsonb_each(objects) as reached (kind, ids)
      cross join lateral jsonb_array_elements_text(reached.ids) as id
      where not coalesce(known -> reached.kind, '[]') ? id
      group by reached.kind
    ) as unknown
  );
end
$$;

comment on function sesame.except_objects is 'Those of the objects {kind: [id, …]} that are not known.';

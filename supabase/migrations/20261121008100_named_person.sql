-- Erasure, 1: the data that names a user. It is their purchases and customers at Stripe, their addresses, and the
-- events whose body names them.

create function sesame.verified_address(of_user uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select sesame.tidy_email(email) from sesame.verified_users where id = of_user);
end
$$;

-- Paid sales without an owner. If a sale opens nothing yet, it has no grant, so grants are not enough.
create function sesame.sales_waiting_for(addresses text[]) returns table (source_id text, address text)
language plpgsql stable set search_path = '' as $$
declare
  v_address text;
  v_ids text[];
begin
  return query
    select held.source_id, held.waits_for from sesame.grants as held
    where held.user_id is null and held.waits_for = any (addresses);
  -- Each query comes after the one before: with a sub-query in each row, the view of all sales would be read to its
  -- end.
  foreach v_address in array coalesce(array_remove(addresses, null), '{}') loop
    v_ids := sesame.ids_in(sesame.objects_of(null, v_address));
    continue when v_ids = '{}';
    return query
      select sale.source_id, sale.waits_for
      from sesame.sales as sale
      where sale.source_id = any (v_ids) and sale.waits_for = v_address and sale.user_id is null
        and sale.code is distinct from 'not_bought';
  end loop;
end
$$;

comment on function sesame.sales_waiting_for is
  'Sales that were paid with these addresses and still wait for their owner.';

-- Every Stripe object of the user's purchases, and the user's customers.
create function sesame.bought_objects(of_user uuid) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_refs text[] := sesame.refs_of(of_user);
  v_ids text[] := array(
    select source_id from sesame.grants where user_id = of_user
    union select object_id from sesame.claims where user_id = any (sesame.accounts_of(of_user))
    union select payment_id from public.access_tokens where created_by = of_user and payment_id is not null
    union select id from sesame.checkout_sessions where user_ref = any (v_refs)
    union select id from sesame.payment_intents where user_ref = any (v_refs)
    union select id from sesame.charges where user_ref = any (v_refs)
    union select id from sesame.invoices where user_ref = any (v_refs) or subscription_user_ref = any (v_refs)
    union select id from sesame.subscriptions where user_ref = any (v_refs)
    union select id from sesame.customers where user_ref = any (v_refs)
    union select source_id from sesame.sales_waiting_for(array[sesame.verified_address(of_user)])
  );
  v_next text[] := v_ids;
begin
  loop
    v_next := array(select id from sesame.neighbours_of(v_next) as id where id <> all (v_ids));
    exit when v_next = '{}';
    v_ids := v_ids || v_next;
  end loop;
  return v_ids;
end
$$;

comment on function sesame.bought_objects is 'Every Stripe object that belongs to a user''s purchases.';

-- It follows the links in both directions, but never from a customer to all its purchases: several users may share
-- it.
create function sesame.neighbours_of(ids text[]) returns setof text
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return query
    select distinct id
    from (
      select unnest(array[id, payment_intent_id, invoice_id, subscription_id, customer_id])
      from sesame.checkout_sessions
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, charge_id, subscription_id, customer_id])
      from sesame.invoices
      where id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids) or subscription_id = any (ids)
      union all
      select unnest(array[invoice_id, payment_intent_id, charge_id, id])
      from sesame.invoice_payments
      where invoice_id = any (ids) or payment_intent_id = any (ids) or charge_id = any (ids)
      union all
      select unnest(array[id, invoice_id, customer_id]) from sesame.payment_intents
      where id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, payment_intent_id, invoice_id, customer_id]) from sesame.charges
      where id = any (ids) or payment_intent_id = any (ids) or invoice_id = any (ids)
      union all
      select unnest(array[id, latest_invoice_id, customer_id]) from sesame.subscriptions
      where id = any (ids)
      union all
      select id from sesame.refunds where charge_id = any (ids) or payment_intent_id = any (ids)
      union all
      select id from sesame.disputes where charge_id = any (ids) or payment_intent_id = any (ids)
    ) as linked (id)
    where id is not null;
end
$$;

-- The user's addresses: that of the account, and those given to Stripe.
create function sesame.addresses_of(of_user uuid, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select address
    from (
      select sesame.tidy_email(email) from auth.users where id = of_user
      union select email from sesame.checkout_sessions where id = any (ids)
      union select email from sesame.invoices where id = any (ids)
      union select email from sesame.customers where id = any (ids)
    ) as theirs (address)
    where position('@' in address) > 0
  );
end
$$;

-- An address that is not verified, and that something of another's still waits for, is left to whom it belongs.
create function sesame.own_addresses(addresses text[], verified text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select address from unnest(addresses) as address
    where address = verified
      or address <> all (array(select waiting.address from sesame.sales_waiting_for(addresses) as waiting))
        and not exists (
          select from public.access_tokens as token
          where token.created_by is null and sesame.tidy_email(token.user_ref) = address
        )
  );
end
$$;

create function sesame.words_for(of_user uuid, ids text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return sesame.refs_of(of_user) || sesame.addresses_of(of_user, ids)
    || array(select id from unnest(ids) as id where sesame.kind_of(id) = 'customer');
end
$$;

-- Events of any type whose body names the user. The whole inbox is read once; a second call reads the events that
-- came meanwhile.
create function sesame.events_naming(ids text[], words text[], since timestamptz default '-infinity') returns setof text
language plpgsql stable set search_path = '' as $$
declare
  v_sought sesame.sought[] := sesame.sought_words(words);
begin
  return query
    select event.id from sesame.stripe_events as event where event.object_id = any (ids) and event.payload <> ''
    union
    select event.id
    from sesame.stripe_events as event
    cross join lateral (select lower(event.payload collate "C") as body offset 0) as told
    where event.payload <> '' and event.received_at >= since
      and exists (select from unnest(v_sought) as sought where sesame.names(told.body, sought));
end
$$;

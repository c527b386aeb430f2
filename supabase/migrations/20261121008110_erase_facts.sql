-- Erasure, 2: addresses and names in the facts are emptied. The payments stay, under a user id that names no person
-- once the account is gone. See docs/decisions/0010_erasure.md.

create function sesame.erased_ref(ref text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  -- A name that is not the id of a user named no user before, and names none now.
  return case when ref is null or sesame.as_uuid(ref) is not null then ref else 'erased' end;
end
$$;

create function sesame.erased_snapshots(snapshots jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(
      snapshot - 'email' || jsonb_build_object(
        'changed_from', '{}'::jsonb, 'user_ref', sesame.erased_ref(snapshot ->> 'user_ref')
      )
      order by place
    ), '[]')
    from jsonb_array_elements(snapshots) with ordinality as kept (snapshot, place)
  );
end
$$;

create function sesame.fact_tables() returns regclass[]
language plpgsql stable set search_path = '' as $$
begin
  return array[
    'sesame.checkout_sessions', 'sesame.payment_intents', 'sesame.charges', 'sesame.refunds', 'sesame.invoices',
    'sesame.invoice_lines', 'sesame.subscriptions', 'sesame.disputes', 'sesame.invoice_payments', 'sesame.customers',
    'sesame.prices'
  ]::regclass[];
end
$$;

-- The user's verified address is removed everywhere, except where another user's purchase waits for it.
create function sesame.erase_facts(ids text[], addresses text[], verified text) returns bigint
language plpgsql volatile set search_path = '' as $$
declare
  v_waited text[] := array(select address from sesame.sales_waiting_for(addresses));
  v_erased bigint;
begin
  with sessions as (
    update sesame.checkout_sessions
    set (email, user_ref, client_reference_id)
      = (null, sesame.erased_ref(user_ref), sesame.erased_ref(client_reference_id))
    where id = any (ids)
    returning id
  ),
  invoices as (
    update sesame.invoices
    set (email, user_ref, subscription_user_ref)
      = (null, sesame.erased_ref(user_ref), sesame.erased_ref(subscription_user_ref))
    where id = any (ids)
    returning id
  ),
  payments as (
    update sesame.payment_intents set user_ref = sesame.erased_ref(user_ref) where id = any (ids)
    returning id
  ),
  charges as (
    update sesame.charges set user_ref = sesame.erased_ref(user_ref) where id = any (ids) and user_ref is not null
    returning id
  ),
  customers as (
    update sesame.customers
    set (email, user_ref, snapshots) = (null, sesame.erased_ref(user_ref), sesame.erased_snapshots(snapshots))
    where id = any (ids) and (email = any (v_waited)) is not true
    returning id
  ),
  subscriptions as (
    update sesame.subscriptions
    set (user_ref, snapshots) = (sesame.erased_ref(user_ref), sesame.erased_snapshots(snapshots))
    where id = any (ids)
    returning id
  ),
  others_sessions as (
    update sesame.checkout_sessions set email = null where email = verified and id <> all (ids)
    returning id
  ),
  others_invoices as (
    update sesame.invoices set email = null where email = verified and id <> all (ids)
    returning id
  ),
  others_customers as (
    update sesame.customers set (email, snapshots) = (null, sesame.erased_snapshots(snapshots))
    where email = verified and id <> all (ids)
    returning id
  )
  select count(*) into v_erased
  from (
    table sessions union all table invoices union all table payments union all table charges union all table customers
    union all table subscriptions union all table others_sessions union all table others_invoices
    union all table others_customers
  ) as erased;
  return v_erased;
end
$$;

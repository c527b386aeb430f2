-- All objects that name a user, and the objects that depend on those.

create function sesame.objects_of(of_user uuid, of_email text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_refs text[] := sesame.refs_of(of_user);
begin
  return sesame.find_dependents(coalesce((
    select json_object_agg(named.kind, named.ids)::jsonb
    from (
      select of_them.kind, jsonb_agg(distinct of_them.id) as ids
      from (
        select 'checkout_session' as kind, id from sesame.checkout_sessions
        where user_ref = any (v_refs) or client_reference_id = any (v_refs) or email = of_email
        union all
        select 'payment_intent', id from sesame.payment_intents where user_ref = any (v_refs)
        union all
        select 'charge', id from sesame.charges where user_ref = any (v_refs)
        union all
        select 'invoice', id from sesame.invoices
        where user_ref = any (v_refs) or subscription_user_ref = any (v_refs) or email = of_email
        union all
        select 'subscription', id from sesame.subscriptions where user_ref = any (v_refs)
        union all
        select 'customer', id from sesame.customers where user_ref = any (v_refs) or email = of_email
        union all
        select object_kind, object_id from sesame.claims where user_id = any (sesame.accounts_of(of_user))
      ) as of_them
      group by 1
    ) as named
  ), '{}'));
end
$$;

comment on function sesame.objects_of is
  'Objects {kind: [id, …]} that name a user, an account this user had before, the address or the customer, and '
  'all objects that depend on them.';

-- No arrow leads from a subscription to what pays it, because nothing of that is derived from it.
create function sesame.with_payers(objects jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_subscriptions text[] := sesame.ids_of(objects, 'subscription');
begin
  return sesame.union_objects(objects, jsonb_strip_nulls(jsonb_build_object(
    'checkout_session', (
      select jsonb_agg(id) from sesame.checkout_sessions where subscription_id = any (v_subscriptions)
    ),
    'invoice', (
      select jsonb_agg(id) from sesame.invoices where subscription_id = any (v_subscriptions)
    )
  )));
end
$$;

comment on function sesame.with_payers is
  'These objects {kind: [id, …]}, and the sessions and invoices of their subscriptions.';

-- The same question from the other end: whose access hangs on an object or an event of Stripe?

create function billing.kind_of(id text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case split_part(id, '_', 1)
    when 'cs' then 'checkout_session'
    when 'pi' then 'payment_intent'
    when 'ch' then 'charge'
    when 'py' then 'charge'
    when 're' then 'refund'
    when 'pyr' then 'refund'
    when 'dp' then 'dispute'
    when 'du' then 'dispute'
    when 'in' then 'invoice'
    when 'inpay' then 'invoice_payment'
    when 'sub' then 'subscription'
    when 'cus' then 'customer'
  end;
end
$$;

comment on function billing.kind_of is 'The kind of fact that an id of Stripe names, by its prefix; null: none of ours.';

create function public.explain_reference(reference text)
returns table (user_ref text, module text, code text, detail text)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_event billing.stripe_events;
  v_id text := reference;
  v_ids text[];
begin
  if reference ~ '^evt_' then
    select * into v_event from billing.stripe_events where id = reference;
    v_id := v_event.object_id;
  else
    select * into v_event
    from billing.stripe_events as event
    where event.object_id = reference
    order by event.outcome desc, event.created desc
    limit 1;
  end if;
  if v_event.outcome in ('failed', 'quarantined') then
    return query select null::text, null::text, case v_event.outcome when 'failed' then 'event_failed' else v_event.detail end,
      format('%s %s: %s, received %s', v_event.id, v_event.type, v_event.detail, v_event.received_at);
    return;
  end if;

  v_ids := array(
    select id
    from jsonb_each(billing.find_dependents(jsonb_build_object(billing.kind_of(v_id), jsonb_build_array(v_id)))) as found (kind, ids)
    cross join lateral jsonb_array_elements_text(ids) as id
  );
  return query
    select distinct coalesce(held.user_id::text, held.waits_for), sold.slug, null::text, held.source_id
    from billing.grants as held
    join public.modules as sold on sold.id = held.module_id
    where held.source_id = any (v_ids)
    union
    select held.created_by::text, sold.slug, null, held.id::text
    from public.access_tokens as held
    join public.modules as sold on sold.id = held.module_id
    where held.id::text = any (v_ids)
    union
    select coalesce(session.user_ref, session.email), null, case
        when session.status <> 'complete' then 'not_bought'
        when session.mode = 'payment' then 'price_unmapped'
      end, session.id
    from billing.checkout_sessions as session
    where session.id = any (v_ids) and session.mode <> 'subscription'
      and not exists (select from billing.grants where source_id = session.id)
    union
    select subscription.user_ref, null, 'price_unmapped', subscription.id
    from billing.subscriptions as subscription
    where subscription.id = any (v_ids) and not exists (select from billing.grants where source_id = subscription.id)
    order by 3 nulls first, 4;
  if not found then
    return query select null::text, null::text, case when v_event.id is null then 'not_delivered' else 'opens_nothing' end, v_id;
  end if;
end
$$;

revoke execute on function public.explain_reference(text) from public, anon, authenticated, service_role;
grant execute on function public.explain_reference(text) to service_role;

comment on function public.explain_reference is
  'Whose access to what hangs on an object (cs_, pi_, ch_, in_, sub_, cus_, re_, dp_) or an event (evt_) of '
  'Stripe: users and modules to ask explain_module_access for; or a code that says why there is nobody.';

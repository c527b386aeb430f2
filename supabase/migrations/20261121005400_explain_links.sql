-- Why somebody has, or lacks, a module: the links of the chain from his payment to his page, each a view of
-- what is stored. The codes are listed in docs/troubleshooting.md.

create type billing.explained as (code text, detail text);

comment on type billing.explained is
  'What a link of the chain has to say: code null: it holds. detail: ids and times, for the operator.';

create function billing.broken(code text, detail text) returns billing.explained
language plpgsql immutable set search_path = '' as $$
begin
  return (code, detail);
end
$$;

create function billing.sales_of(of_user uuid, of_email text)
returns table (kind text, id text, price_ids text[], module_ref text, is_sold boolean)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'checkout_session', session.id, session.price_ids, session.module_ref,
      session.mode = 'payment' and session.status = 'complete'
    from billing.checkout_sessions as session
    where session.user_ref = of_user::text or session.email = of_email
      or session.id in (select claim.object_id from billing.claims as claim where claim.user_id = of_user)
    union all
    select 'subscription', subscription.id, subscription.price_ids, subscription.module_ref, true
    from billing.subscriptions as subscription
    where subscription.user_ref = of_user::text
      or subscription.id in (select claim.object_id from billing.claims as claim where claim.user_id = of_user)
      or subscription.customer_id in (
        select customer.id from billing.customers as customer
        where customer.user_ref = of_user::text or customer.email = of_email
      );
end
$$;

comment on function billing.sales_of is
  'What was sold to a user, by his id, his claims, his customer or his address; whether anything opens by it.';

-- Understood: was an event about him kept, but not applied?
create function billing.explain_understanding(of_user uuid, of_email text) returns billing.explained
language plpgsql stable set search_path = '' as $$
begin
  return (
    select billing.broken(
      case event.outcome when 'failed' then 'event_failed' else event.detail end,
      format('%s %s: %s, received %s', event.id, event.type, event.detail, event.received_at)
    )
    from billing.stripe_events as event
    where event.outcome in ('failed', 'quarantined')
      and (position(of_user::text in event.payload) > 0
        or of_email <> '' and position(of_email in lower(event.payload)) > 0)
    order by event.outcome, event.created desc
    limit 1
  );
end
$$;

-- Delivered: does Stripe's word reach us at all, and has it said anything about him?
create function billing.explain_delivery(of_user uuid, of_email text) returns billing.explained
language plpgsql stable set search_path = '' as $$
declare
  v_last timestamptz := (select max(received_at) from billing.stripe_events);
begin
  return case
    when exists (select from billing.sales_of(of_user, of_email))
      or exists (select from billing.sources where user_id = of_user)
      or billing.explain_understanding(of_user, of_email) is not null then null
    when v_last is null then billing.broken('nothing_delivered', null)
    else billing.broken('no_purchase_known', format('the last event came at %s', v_last))
  end;
end
$$;

-- Mapped: does what he bought open anything?
create function billing.explain_mapping(of_user uuid, of_email text) returns billing.explained
language plpgsql stable set search_path = '' as $$
begin
  return (
    select billing.broken(
      case
        when sale.price_ids is null and sale.module_ref is null then 'line_items_unknown'
        when sale.price_ids is not null then 'price_unmapped'
        else 'module_unknown'
      end,
      format('%s sold %s', sale.id, coalesce(array_to_string(sale.price_ids, ', '), sale.module_ref, 'what we do not know yet'))
    )
    from billing.sales_of(of_user, of_email) as sale
    where sale.is_sold and not exists (select from billing.sold_modules(sale.price_ids, sale.module_ref))
    order by sale.id
    limit 1
  );
end
$$;

-- Known: is what would open this module waiting for its buyer, or somebody else's?
create function billing.explain_buyer(of_user uuid, of_email text, of_module bigint) returns billing.explained
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(
    (
      select billing.broken(
        case
          when exists (select from billing.verified_users where id = of_user) then 'claim_missed'
          else 'email_unverified'
        end,
        format('%s waits for the address it was bought with', held.source_id)
      )
      from billing.grants as held
      where held.user_id is null and held.module_id = of_module and held.waits_for = of_email
      order by held.reason, held.source_id
      limit 1
    ),
    (
      select billing.broken('belongs_to_another', format('%s belongs to the user %s', held.source_id, held.user_id))
      from billing.grants as held
      join billing.sales_of(of_user, of_email) as sale on sale.id = held.source_id
      where held.module_id = of_module and held.user_id <> of_user
      order by held.source_id
      limit 1
    ),
    (
      select billing.broken('token_waits', format('the token %s waits for the address of its owner', token.id))
      from public.access_tokens as token
      where token.created_by is null and token.module_id = of_module
        and billing.tidy_email(token.user_ref) = of_email
      order by token.id
      limit 1
    )
  );
end
$$;

-- Open: what do his sources decide?
create function billing.explain_decision(of_user uuid, of_module bigint) returns billing.explained
language plpgsql stable set search_path = '' as $$
declare
  v_access billing.decided_access;
  v_refusal text := billing.refusal_now(of_user, of_module);
begin
  select * into v_access from billing.decided_access where user_id = of_user and module_id = of_module;
  return case
    when v_refusal = 'no_access' then billing.broken('nothing_bought', null)
    when v_refusal is not null then billing.broken(v_refusal, format(
      '%s %s%s', v_access.source, v_access.source_id,
      case when v_access.expires_at is not null then format(', until %s', v_access.expires_at) end
    ))
  end;
end
$$;

-- Written: does module_access say what was decided?
create function billing.explain_access(of_user uuid, of_module bigint) returns billing.explained
language plpgsql stable set search_path = '' as $$
begin
  return case when exists (
    select user_id, module_id, is_active, expires_at, metadata ->> 'reason', metadata ->> 'source_id'
    from public.module_access as access
    where access.user_id = of_user and access.module_id = of_module
    except
    select user_id, module_id, is_active, expires_at, reason::text, source_id
    from billing.decided_access
    where decided_access.user_id = of_user and decided_access.module_id = of_module
  ) or exists (
    select from billing.decided_access as decided
    where decided.user_id = of_user and decided.module_id = of_module
      and not exists (
        select from public.module_access as access
        where (access.user_id, access.module_id) = (of_user, of_module)
      )
  ) then billing.broken('access_drifted', null) end;
end
$$;

-- Readable: may he read it?
create function billing.explain_reading() returns billing.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.module_access'::regclass)
      then billing.broken('rls_off', 'public.module_access')
    when not exists (
      select from pg_catalog.pg_policies
      where (schemaname, tablename, policyname) = ('public', 'module_access', 'module_access_select_own')
    ) then billing.broken('policy_missing', 'module_access_select_own')
    when not has_table_privilege('authenticated', 'public.module_access', 'select')
      then billing.broken('grant_missing', 'select on public.module_access to authenticated')
    when not has_table_privilege('authenticated', 'public.my_modules', 'select')
      then billing.broken('grant_missing', 'select on public.my_modules to authenticated')
    when not has_function_privilege('authenticated', 'public.has_module_access(text)', 'execute')
      then billing.broken('grant_missing', 'execute on function public.has_module_access(text) to authenticated')
  end;
end
$$;

-- Usable: has a limited right any uses left?
create function billing.explain_uses(of_user uuid, of_module bigint) returns billing.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not exists (select from billing.open_sources(of_user, of_module)) then null
    when not exists (
      select from billing.open_sources(of_user, of_module) as open where open.uses_left is null or open.uses_left > 0
    ) then billing.broken('exhausted', (
      select string_agg(format('%s: %s of %s', open.source_id, open.max_usage, open.max_usage), '; ')
      from billing.open_sources(of_user, of_module) as open
    ))
  end;
end
$$;

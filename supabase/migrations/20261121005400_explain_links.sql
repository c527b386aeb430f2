-- Why somebody has, or lacks, a module: the links of the chain from his payment to his page, each a view of
-- what is stored. The codes are listed in docs/troubleshooting.md.

create type sesame.explained as (code sesame.code, detail text, about text);

comment on type sesame.explained is
  'What a link of the chain has to say: code null: it holds. detail: ids and times, for the operator. about: the '
  'one id that the fix needs.';

create function sesame.broken(code sesame.code, detail text, about text default null) returns sesame.explained
language plpgsql immutable set search_path = '' as $$
begin
  return (code, detail, about);
end
$$;

create function sesame.ids_in(objects jsonb) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(
    select distinct id
    from jsonb_each(objects) as found (kind, ids)
    cross join lateral jsonb_array_elements_text(found.ids) as id
  );
end
$$;

comment on function sesame.ids_in is 'The ids of objects {kind: [id, …]}.';

create function sesame.objects_of(of_user uuid, of_email text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_refs text[] := sesame.refs_of(of_user);
begin
  return sesame.find_dependents(coalesce((
    select jsonb_object_agg(named.kind, named.ids)
    from (
      select about_him.kind, jsonb_agg(distinct about_him.id) as ids
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
      ) as about_him
      group by 1
    ) as named
  ), '{}'));
end
$$;

comment on function sesame.objects_of is
  'Objects {kind: [id, …]} that name a user, an account this user had before, the address or the customer, and all '
  'that hangs on them.';

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

-- What stands in quotes in a body, in lower case: split and not searched, so that it takes no longer for who
-- has bought a thousand things. In quotes, so that nobody is found in a longer address that ends like his.
create function sesame.quoted_in(body text) returns setof text
language plpgsql immutable rows 100 set search_path = '' as $$
begin
  return query
    select lower(coalesce(
      case when position('\' in quoted) > 0 then sesame.as_json(format('"%s"', quoted)) #>> '{}' end,
      quoted
    ) collate "C")
    from string_to_table(body, '"') as quoted;
end
$$;

-- Understood: was an event about any of this kept, but not applied? Bodies are looked into of the latest only:
-- an endpoint of the wrong mode may have sent any number.
create function sesame.explain_understanding(ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_words text[] := array(select distinct lower(id collate "C") from unnest(ids) as id where id <> '');
begin
  return (
    select sesame.broken(
      case event.outcome when 'failed' then 'event_failed' else event.detail::sesame.code end,
      format('%s %s: %s, received %s', event.id, event.type, event.detail, event.received_at),
      event.id
    )
    from sesame.stripe_events as event
    where event.outcome in ('failed', 'quarantined')
      and (event.id = any (ids) or event.object_id = any (ids) or event.id in (
        select latest.id
        from (
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'failed' order by stored.received_at desc limit 1000
          )
          union all
          (
            select stored.id, stored.payload from sesame.stripe_events as stored
            where stored.outcome = 'quarantined' order by stored.received_at desc limit 1000
          )
        ) as latest
        cross join lateral sesame.quoted_in(latest.payload) as quoted (word)
        join unnest(v_words) as sought (word) on sought.word = quoted.word
      ))
    order by event.outcome = 'failed' desc, event.created desc
    limit 1
  );
end
$$;

-- Delivered: does Stripe's word reach us at all, and has it said anything about him?
create function sesame.explain_delivery(of_user uuid, of_email text, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_last timestamptz := (select max(received_at) from sesame.stripe_events);
begin
  return case
    when exists (
      select from sesame.sales where source_id = any (ids) and code is distinct from 'subscription_missing'
    ) or exists (
        select from sesame.sources where user_id = any (of_user || array(select sesame.accounts_behind(of_email)))
      )
      or exists (
        select from public.access_tokens
        where created_by is null and sesame.tidy_email(user_ref) = of_email
      ) then null
    when v_last is null then sesame.broken('nothing_delivered', null)
    else coalesce(
      (
        select sesame.broken(sale.code, sesame.told_of(sale), sale.source_id)
        from sesame.sales as sale
        where sale.source_id = any (ids)
        order by sale.source_id
        limit 1
      ),
      sesame.broken('no_purchase_known', format('the last event came at %s', v_last))
    )
  end;
end
$$;

-- Mapped: does what he bought open anything?
create function sesame.explain_mapping(of_user uuid, of_module bigint, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return (
    select sesame.broken(
      sale.code, sesame.told_of(sale),
      case when sale.code = 'price_unmapped' then sale.price_id else sale.source_id end
    )
    from sesame.sales as sale
    where sale.source_id = any (ids) and coalesce(sale.user_id, of_user) = of_user
      and (
        sale.code in ('price_unmapped', 'module_unknown', 'line_items_unknown')
        -- Of these it is known which module they were paid for.
        or sale.code in ('price_recurs', 'paid_after_end') and exists (
          select from public.module_prices as offer
          where offer.stripe_price_id = any (sale.price_ids) and offer.module_id = of_module
        )
      )
    order by sale.source_id, sale.price_id
    limit 1
  );
end
$$;

create function sesame.unowned_code(of_source text) returns sesame.code
language plpgsql stable set search_path = '' as $$
begin
  return coalesce((select min(buyer.code) from sesame.buyers as buyer where buyer.source_id = of_source), 'buyer_unknown');
end
$$;

comment on function sesame.unowned_code is 'user_unreadable, where the site wrote a name that nobody can read; else buyer_unknown.';

-- Known: is what would open this module waiting for its buyer, or somebody else's?
create function sesame.explain_buyer(of_user uuid, of_email text, of_module bigint, ids text[])
returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(
    (
      select sesame.broken('claim_missed', format('%s belongs to the deleted account %s', held.source_id, held.user_id))
      from sesame.sources as held
      where held.user_id = any (array(select sesame.accounts_behind(of_email))) and held.module_id = of_module
        and exists (select from sesame.settings where returning_account_inherits)
        and exists (select from sesame.verified_users where id = of_user)
      order by held.reason, held.source_id
      limit 1
    ),
    (
      select sesame.broken(
        case
          when not exists (select from sesame.confirmed_users where id = of_user) then 'email_unverified'::sesame.code
          when not exists (select from sesame.verified_users where id = of_user) then 'address_claims_off'
          else 'claim_missed'
        end,
        format('%s waits for the address it was bought with', held.source_id),
        held.source_id
      )
      from sesame.grants as held
      where held.user_id is null and held.module_id = of_module and held.waits_for = of_email
      order by held.reason, held.source_id
      limit 1
    ),
    (
      select sesame.broken(
        case
          when exists (select from sesame.confirmed_users where id = of_user)
            and not exists (select from sesame.verified_users where id = of_user) then 'address_claims_off'::sesame.code
          else 'token_waits'
        end,
        format('the token %s waits for the address of its owner', token.id),
        token.id::text
      )
      from public.access_tokens as token
      where token.created_by is null and token.module_id = of_module
        and sesame.tidy_email(token.user_ref) = of_email
      order by token.id
      limit 1
    ),
    (
      select case
        when held.user_id is not null then sesame.broken(
          'belongs_to_another', format('%s belongs to the user %s', held.source_id, held.user_id), held.source_id
        )
        when held.waits_for is not null then sesame.broken(
          'address_differs', format('%s waits for another address', held.source_id), held.source_id
        )
        else sesame.broken(
          sesame.unowned_code(held.source_id), format('%s names nobody', held.source_id), held.source_id
        )
      end
      from sesame.grants as held
      where held.source_id = any (ids) and held.module_id = of_module and held.user_id is distinct from of_user
        -- What another user bought with the same Stripe customer is not why a purchase of one's own is closed.
        and (held.user_id is null or not exists (
          select from sesame.sources as own where own.user_id = of_user and own.module_id = of_module
        ))
      order by held.user_id is not null, held.reason, held.source_id
      limit 1
    )
  );
end
$$;

-- Open: what do his sources decide?
create function sesame.explain_decision(of_user uuid, of_module bigint, ids text[]) returns sesame.explained
language plpgsql stable set search_path = '' as $$
declare
  v_access sesame.decided_access;
  v_refusal text := sesame.refusal_now(of_user, of_module);
begin
  select * into v_access from sesame.decided_access where user_id = of_user and module_id = of_module;
  return case
    when v_refusal = 'no_access' then coalesce(
      -- Facts that nobody folded: somebody wrote past the triggers.
      (
        select sesame.broken('grants_stale', derived.source_id)
        from sesame.derive_grants(sesame.by_kind(ids)) as derived
        where derived.user_id = of_user and derived.module_id = of_module
          and not exists (
            select from sesame.grants as held
            where (held.source_id, held.module_id, held.user_id, held.reason)
              = (derived.source_id, derived.module_id, derived.user_id, derived.reason)
          )
        order by derived.reason, derived.source_id
        limit 1
      ),
      (
        select sesame.broken(sale.code, sesame.told_of(sale), sale.source_id)
        from sesame.sales as sale
        cross join lateral sesame.sold_modules(sale.price_ids, sale.module_ref) as wanted
        where sale.source_id = any (ids) and sale.code in ('not_bought', 'subscription_missing')
          and wanted.module_id = of_module
        order by sale.code desc, sale.source_id
        limit 1
      ),
      -- It was bought with this address, and is closed in a way that asks nothing of whose address it is.
      (
        select sesame.broken(held.reason::text::sesame.code, format('%s %s', held.source, held.source_id))
        from sesame.grants as held
        where held.user_id = of_user and held.module_id = of_module and held.by_address and held.reason >= 'denied'
        order by held.reason, held.source_id
        limit 1
      ),
      -- The site's server deleted the row.
      (
        select sesame.broken('revoked', format('%s %s', held.source, held.source_id))
        from sesame.sources as held
        where held.user_id = of_user and held.module_id = of_module and held.is_removed
        order by held.source_id
        limit 1
      ),
      sesame.broken('nothing_bought', null)
    )
    when v_refusal is not null then sesame.broken(v_refusal::sesame.code, format(
      '%s %s%s', v_access.source, v_access.source_id,
      case when v_access.expires_at is not null then format(', until %s', v_access.expires_at) end
    ))
  end;
end
$$;

-- Written: does module_access say what was decided?
create function sesame.explain_access(of_user uuid, of_module bigint) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case when exists (
    select user_id, module_id, is_active, expires_at, metadata ->> 'reason', metadata ->> 'source_id'
    from public.module_access as access
    where access.user_id = of_user and access.module_id = of_module
    except
    select user_id, module_id, is_active, expires_at, reason::text, source_id
    from sesame.decided_access
    where decided_access.user_id = of_user and decided_access.module_id = of_module
  ) or exists (
    select from sesame.decided_access as decided
    where decided.user_id = of_user and decided.module_id = of_module
      and not exists (
        select from public.module_access as access
        where (access.user_id, access.module_id) = (of_user, of_module)
      )
  ) then sesame.broken('access_drifted', null) end;
end
$$;

create function sesame.missing_grant(missing text) returns sesame.explained
language plpgsql immutable set search_path = '' as $$
begin
  return sesame.broken('grant_missing', missing, missing);
end
$$;

-- Readable: may he read it?
create function sesame.explain_reading() returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.module_access'::regclass)
      then sesame.broken('rls_off', 'public.module_access')
    when not exists (
      select from pg_catalog.pg_policies
      where (schemaname, tablename, policyname) = ('public', 'module_access', 'module_access_select_own')
    ) then sesame.broken('policy_missing', 'module_access_select_own')
    when unreadable.columns is not null
      then sesame.missing_grant(format('select (%s) on public.module_access to authenticated', unreadable.columns))
    when not has_table_privilege('authenticated', 'public.my_modules', 'select')
      then sesame.missing_grant('select on public.my_modules to authenticated')
    when not has_function_privilege('authenticated', 'public.has_module_access(text)', 'execute')
      then sesame.missing_grant('execute on function public.has_module_access(text) to authenticated')
  end
  from (
    -- A column that an old site brought along may be the secret key's alone.
    select string_agg(quote_ident(attname), ', ' order by attnum) as columns
    from pg_catalog.pg_attribute
    where attrelid = 'public.module_access'::regclass and attnum > 0 and not attisdropped
      and not has_column_privilege('authenticated', attrelid, attnum, 'select')
      and attname not in (select name from sesame.carried_columns where of_table = 'module_access')
  ) as unreadable;
end
$$;

-- Usable: has a limited right any uses left?
create function sesame.explain_uses(of_user uuid, of_module bigint) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when not exists (select from sesame.open_sources(of_user, of_module)) then null
    when not exists (
      select from sesame.open_sources(of_user, of_module) as open where open.uses_left is null or open.uses_left > 0
    ) then sesame.broken('exhausted', (
      select string_agg(format('%s: %s of %s', open.source_id, open.max_usage, open.max_usage), '; ')
      from sesame.open_sources(of_user, of_module) as open
    ), (
      select open.source_id from sesame.open_sources(of_user, of_module) as open
      where sesame.as_uuid(open.source_id) is not null
      order by open.source_id
      limit 1
    ))
  end;
end
$$;

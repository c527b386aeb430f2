-- The same question, asked with an object, an event, a user, a token or a module.

create function sesame.objects_named(reference text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_id text := coalesce((select object_id from sesame.stripe_events where id = reference), reference);
  v_user uuid := sesame.user_named(reference);
begin
  return case
    when sesame.kind_of(v_id) is not null
      then sesame.find_dependents(jsonb_build_object(sesame.kind_of(v_id), jsonb_build_array(v_id)))
    when exists (select from public.access_tokens where id::text = reference)
      then jsonb_build_object('access_token', jsonb_build_array(reference))
    when v_user is not null or position('@' in reference) > 0
      then sesame.objects_of(v_user, coalesce(sesame.email_of(v_user), sesame.tidy_email(reference)))
    else '{}'
  end;
end
$$;

comment on function sesame.objects_named is
  'The objects {kind: [id, …]} of a Stripe id, an event, a token, a user or an address, and all their dependents.';

create type sesame.found_access as (user_ref text, module text, code sesame.code, detail text, about text);

comment on type sesame.found_access is
  'A user and a module to explain, or the code of the obstacle and the one id that its fix needs.';

create function sesame.find_access(ids text[], of_user uuid, of_email text) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      coalesce(held.user_id::text, held.waits_for), sold.slug,
      case when coalesce(held.user_id::text, held.waits_for) is null then sesame.unowned_code(min(held.source_id)) end,
      string_agg(distinct held.source_id, ', ' order by held.source_id), min(held.source_id)
    from (
      select user_id, waits_for, module_id, source_id from sesame.grants where source_id = any (ids)
      union all
      select user_id, null, module_id, source_id from sesame.sources where user_id = of_user
      union all
      select created_by, sesame.tidy_email(user_ref), module_id, id::text
      from public.access_tokens
      where id::text = any (ids) or created_by is null and sesame.tidy_email(user_ref) = of_email
    ) as held
    join public.modules as sold on sold.id = held.module_id
    group by coalesce(held.user_id::text, held.waits_for), sold.slug
    union all
    select
      coalesce(sale.user_id::text, sale.waits_for), null, sale.code, sesame.told_of(sale),
      case when sale.code = 'price_unmapped' then sale.price_id else sale.source_id end
    from sesame.sales as sale
    where sale.source_id = any (ids) and sale.code <> 'not_bought'
      -- The rows above report it, with the module.
      and not (sale.code = 'user_unreadable' and exists (select from sesame.grants where source_id = sale.source_id))
      and (of_user is null or sale.user_id is null or sale.user_id = of_user)
    order by 3 nulls first, 4;
end
$$;

comment on function sesame.find_access is
  'The users and modules that depend on these objects and this user, and the sales that open nothing.';

create function sesame.find_lacking(of_module bigint) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
begin
  return query
    select coalesce(lacking.user_id::text, lacking.waits_for), sold.slug,
      case when lacking.user_id is null and lacking.waits_for is null then 'buyer_unknown'::sesame.code end,
      lacking.source_id, lacking.source_id
    from (
      select distinct on (source.user_id) source.user_id, null as waits_for, source.source_id, access.updated_at
      from sesame.sources as source
      left join public.module_access as access using (user_id, module_id)
      where source.module_id = of_module and source.user_id is not null
        and sesame.is_open(access.is_active, access.expires_at) is not true
      union all
      select null, waiting.waits_for, waiting.source_id, null
      from sesame.grants as waiting
      where waiting.module_id = of_module and waiting.user_id is null
    ) as lacking
    join public.modules as sold on sold.id = of_module
    order by lacking.updated_at desc nulls first, lacking.source_id
    limit 20;
end
$$;

comment on function sesame.find_lacking is
  'The latest twenty members and addresses that lack a module, although a source opened it once, or would open '
  'it.';

create function sesame.explain_nothing(reference text, ids text[]) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
declare
  v_user uuid := sesame.user_named(reference);
  v_is_person boolean := sesame.as_uuid(reference) is not null or position('@' in reference) > 0;
  v_understanding sesame.explained := sesame.explain_understanding(ids || reference);
begin
  if v_understanding.code is not null then
    return query select null::text, null::text, v_understanding.code, v_understanding.detail, v_understanding.about;
    return;
  end if;
  return query
    select coalesce(sale.user_id::text, sale.waits_for), null::text, sale.code, sesame.told_of(sale), sale.source_id
    from sesame.sales as sale
    where sale.source_id = any (ids) and sale.code = 'not_bought'
    order by sale.source_id;
  if not found then
    return query select
      case when v_is_person then reference end, null::text,
      case
        when v_is_person then coalesce(
          (sesame.explain_account(v_user)).code, (sesame.explain_delivery(v_user, null, ids)).code, 'nothing_bought'
        )
        when exists (select from sesame.stripe_events where object_id = reference or id = reference) then 'opens_nothing'
        when reference ~ '^evt_' or sesame.kind_of(reference) is not null then 'not_delivered'
        else 'unknown_reference'
      end,
      reference, reference;
  end if;
end
$$;

comment on function sesame.explain_nothing is 'Why a reference leads to no access.';

create function sesame.find_reference(
  reference text, ids text[], of_user uuid, of_email text, of_module bigint
) returns setof sesame.found_access
language plpgsql stable set search_path = '' as $$
begin
  if of_module is not null then
    return query select * from sesame.find_lacking(of_module);
    return;
  end if;
  -- An event that was not applied is the answer, even if other facts about its object are known.
  if not exists (
    select from sesame.stripe_events where id = reference and outcome in ('received', 'failed', 'quarantined')
  ) then
    return query select * from sesame.find_access(ids, of_user, of_email);
    if found then
      -- Users are explained with their objects. An object may have no user yet.
      return query
        select null::text, null::text, unfolded.code, unfolded.detail, unfolded.id
        from sesame.unfolded_among(ids) as unfolded
        where of_user is null;
      return;
    end if;
  end if;
  return query select * from sesame.explain_nothing(reference, ids);
end
$$;

comment on function sesame.find_reference is
  'The users and modules behind a reference, or the reason why there are none.';

create function public.sesame_explain_reference(reference text)
returns table (user_ref text, module text, code text, detail text, known jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user uuid := sesame.user_named(reference);
  v_email text := coalesce(sesame.email_of(v_user), sesame.tidy_email(reference));
  v_ids text[] := sesame.ids_in(sesame.with_payers(sesame.objects_named(reference)));
  v_module bigint := (select module_id from sesame.sold_modules(null, reference));
begin
  return query
    select
      found.user_ref, found.module, found.code::text, found.detail,
      case when found.code is not null then sesame.known_of(found.code, found.about) end
    from sesame.find_reference(reference, v_ids, v_user, v_email, v_module) as found;
end
$$;

select sesame.revoke_default_grants('public.sesame_explain_reference');
grant execute on function public.sesame_explain_reference(text) to service_role;

comment on function public.sesame_explain_reference is
  'Which users and modules a reference leads to. It is a user (id or address), a token, a module, a Stripe '
  'event (evt_) or object (cs_, pi_, ch_, in_, sub_, cus_, re_, dp_). For a module it finds the users that lack '
  'it. Pass each user and module to explain_module_access. A row may have a code instead: the obstacle. Then '
  'known holds the values that its command needs.';

-- "I paid and my module is not there": the chain, link by link, and the first that is broken.

create function public.explain_module_access(user_ref text, module text)
returns table (place integer, link text, state text, code text, detail text)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user uuid := billing.user_named(user_ref);
  v_email text := coalesce(
    billing.email_of(v_user),
    billing.tidy_email(case when position('@' in user_ref) > 0 then user_ref end), ''
  );
  v_module bigint := (select module_id from billing.sold_modules(null, explain_module_access.module));
  v_ids text[] := billing.ids_in(billing.objects_of(v_user, v_email));
  v_decision billing.explained := billing.explain_decision(v_user, v_module, v_ids);
  v_understanding billing.explained := billing.explain_understanding(v_ids || v_user::text || v_email);
  v_links billing.explained[] := array[
    case when v_module is null then billing.broken('no_such_module', null) end,
    billing.explain_account(v_user),
    case when v_understanding.code is null then billing.explain_delivery(v_user, v_email, v_ids) end,
    v_understanding,
    billing.explain_mapping(v_user, v_ids),
    billing.explain_buyer(v_user, v_email, v_module, v_ids),
    v_decision,
    billing.explain_access(v_user, v_module),
    billing.explain_reading(),
    billing.explain_uses(v_user, v_module)
  ];
  v_is_open boolean := billing.refusal_now(v_user, v_module) is null and v_user is not null;
begin
  return query
    select
      told.place::integer, told.link,
      case
        when told.code is null then 'holds'
        -- What is open does not lack what else he bought, and what is denied would not open by it.
        when told.place between 3 and 6 and (v_is_open or v_decision.code = 'denied') then 'beside'
        else 'broken'
      end,
      told.code, told.detail
    from rows from (
      unnest(array[
        'module', 'account', 'delivered', 'understood', 'mapped', 'buyer', 'decision', 'access', 'reading', 'uses'
      ]),
      unnest(v_links)
    ) with ordinality as told (link, code, detail, place)
    order by told.place;
end
$$;

revoke execute on function public.explain_module_access(text, text) from public, anon, authenticated, service_role;
grant execute on function public.explain_module_access(text, text) to service_role;

comment on function public.explain_module_access is
  'Why a user (id or address) has or lacks a module (slug or id): one row for each link of the chain, in order; '
  'state holds, broken, or beside (broken, but the module is open without it). The first broken one is the '
  'cause; its code is explained in docs/troubleshooting.md.';

create function billing.user_named(named text) returns uuid
language plpgsql stable set search_path = '' as $$
begin
  if pg_input_is_valid(named, 'uuid') then
    return named::uuid;
  end if;
  return (
    select member.id from auth.users as member
    where billing.tidy_email(member.email) = billing.tidy_email(named)
    order by member.email_confirmed_at is null, member.created_at, member.id
    limit 1
  );
end
$$;

comment on function billing.user_named is 'A user by his id, or by his address, of several the one who verified it.';

create function billing.email_of(of_user uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select billing.tidy_email(member.email) from auth.users as member where member.id = of_user);
end
$$;

create function billing.explain_account(of_user uuid) returns billing.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when exists (select from auth.users where id = of_user) then null
    when exists (select from billing.sources where user_id = of_user)
      then billing.broken('buyer_without_account', format('the site named the user %s', of_user))
    else billing.broken('no_account', null)
  end;
end
$$;

-- The answer to "I paid and my module is not there": the chain link by link, and the first broken one.

create function public.explain_module_access(user_ref text, module text)
returns table (place integer, link text, state text, code text, detail text, known jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user uuid := sesame.user_named(user_ref);
  v_email text := coalesce(
    sesame.email_of(v_user),
    sesame.tidy_email(case when position('@' in user_ref) > 0 then user_ref end), ''
  );
  v_module bigint := (select module_id from sesame.sold_modules(null, explain_module_access.module));
  v_ids text[] := sesame.ids_in(sesame.with_payers(sesame.objects_of(v_user, v_email)));
  v_decision sesame.explained := sesame.explain_decision(v_user, v_module, v_ids);
  v_understanding sesame.explained := sesame.explain_understanding(v_ids || v_user::text || v_email);
  v_links sesame.explained[] := array[
    case when v_module is null then sesame.broken('no_such_module', null) end,
    sesame.explain_account(v_user),
    case when v_understanding.code is null then sesame.explain_delivery(v_user, v_email, v_ids) end,
    v_understanding,
    sesame.explain_mapping(v_user, v_module, v_ids),
    sesame.explain_buyer(v_user, v_email, v_module, v_ids),
    v_decision,
    sesame.explain_access(v_user, v_module),
    sesame.explain_reading(),
    sesame.explain_uses(v_user, v_module)
  ];
  v_asked jsonb := jsonb_strip_nulls(jsonb_build_object(
    'user_id', v_user, 'module', (select slug from public.modules where id = v_module)
  ));
  v_is_open boolean := sesame.refusal_now(v_user, v_module) is null and v_user is not null;
begin
  return query
    select
      told.place::integer, told.link,
      case
        when told.code is null then 'holds'
        -- Another purchase does not matter if the module is open or denied.
        when told.place between 3 and 6 and (v_is_open or v_decision.code = 'denied') then 'beside'
        else 'broken'
      end,
      told.code::text, told.detail,
      case when told.code is not null then sesame.known_of(told.code, told.about) || v_asked end
    from rows from (
      unnest(array[
        'module', 'account', 'delivered', 'understood', 'mapped', 'buyer', 'decision', 'access', 'reading', 'uses'
      ]),
      unnest(v_links)
    ) with ordinality as told (link, code, detail, about, place)
    order by told.place;
end
$$;

select sesame.revoke_default_grants('public.explain_module_access');
grant execute on function public.explain_module_access(text, text) to service_role;

comment on function public.explain_module_access is
  'Why a user (id or address) has or lacks a module (slug or id): one row for each link of the chain, in order. '
  'The state is holds, broken, or beside (broken, but the module is open without it). The first broken link is '
  'the cause. Its code is explained in docs/troubleshooting.md. known: the values that its command needs, as far '
  'as they are known.';

create function sesame.user_named(named text) returns uuid
language plpgsql stable set search_path = '' as $$
begin
  return coalesce(sesame.present_account(sesame.as_uuid(named)), (
    select member.id from auth.users as member
    where sesame.tidy_email(member.email) = sesame.tidy_email(named)
    order by member.email_confirmed_at is null, member.created_at, member.id
    limit 1
  ));
end
$$;

comment on function sesame.user_named is
  'A user by id or by address. If several have the address, it is the one that verified it. For a deleted '
  'account it is the account that was made again.';

create function sesame.email_of(of_user uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (select sesame.tidy_email(member.email) from auth.users as member where member.id = of_user);
end
$$;

create function sesame.explain_account(of_user uuid) returns sesame.explained
language plpgsql stable set search_path = '' as $$
begin
  return case
    when exists (select from auth.users where id = of_user) then (
      select (null, string_agg(
        format('was the account %s until %s', returned.former_id, returned.returned_at), '; ' order by returned.returned_at
      ), null)::sesame.explained
      from sesame.returned_accounts as returned
      where returned.user_id = of_user
    )
    when exists (select from sesame.sources where user_id = of_user)
      then sesame.broken('user_unknown', format('the site named the user %s', of_user))
    else sesame.broken('no_account', null)
  end;
end
$$;

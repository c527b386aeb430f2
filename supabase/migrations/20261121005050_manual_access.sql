-- Modules that an operator grants by hand, and free modules that members claim.

create function sesame.find_module(module text) returns bigint
language plpgsql stable set search_path = '' as $$
declare
  v_id bigint := (select module_id from sesame.sold_modules(null, find_module.module));
begin
  if v_id is null then
    raise sqlstate 'SE006' using
      message = 'no such module',
      detail = coalesce(module, 'null'),
      hint = 'Name a slug or an id of public.modules.';
  end if;
  return v_id;
end
$$;

comment on function sesame.find_module is 'The id of a module with this slug or id. SE006: there is none.';

create function public.grant_module_access(
  user_id uuid, module text, actor text, why text, expires_at timestamptz default null
) returns uuid
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_id uuid;
  v_module_id bigint := sesame.find_module(module);
begin
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, why));

  update sesame.manual_grants as denial
  set (revoked_at, revoked_by, revoked_why) = (now(), grant_module_access.actor, grant_module_access.why)
  where denial.user_id = grant_module_access.user_id and denial.module_id = v_module_id
    and denial.kind = 'denial' and denial.revoked_at is null;

  insert into sesame.manual_grants (kind, user_id, module_id, actor, why, expires_at)
  values ('grant', user_id, v_module_id, actor, why, grant_module_access.expires_at)
  returning id into v_id;

  perform sesame.fold_sources(sesame.manual_sources_of(user_id, v_module_id));
  return v_id;
end
$$;

select sesame.revoke_default_grants('public.grant_module_access');
grant execute on function public.grant_module_access(uuid, text, text, text, timestamptz) to service_role;

comment on function public.grant_module_access is
  'Opens a module (slug or id) for a user by hand, until expires_at or for ever. It also lifts a denial of the '
  'module. Answers the grant''s id. SE006: no such module; 23514: actor or why is empty.';

create function public.revoke_module_access(
  user_id uuid, module text, actor text, why text, deny boolean default false
) returns integer
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_module_id bigint := sesame.find_module(module);
  v_revoked integer;
begin
  perform sesame.lock_fold();
  perform sesame.set_cause(format('operator: %s: %s', actor, why));

  update sesame.manual_grants as held
  set (revoked_at, revoked_by, revoked_why) = (now(), revoke_module_access.actor, revoke_module_access.why)
  where held.user_id = revoke_module_access.user_id and held.module_id = v_module_id
    and held.kind <> 'denial' and held.revoked_at is null;
  get diagnostics v_revoked = row_count;

  if deny then
    insert into sesame.manual_grants (kind, user_id, module_id, actor, why)
    values ('denial', user_id, v_module_id, actor, why);
  end if;

  perform sesame.fold_sources(sesame.manual_sources_of(user_id, v_module_id));
  return v_revoked;
end
$$;

select sesame.revoke_default_grants('public.revoke_module_access');
grant execute on function public.revoke_module_access(uuid, text, text, text, boolean) to service_role;

comment on function public.revoke_module_access is
  'Ends what was granted by hand or claimed. What was paid for stays open, unless deny is true. Answers how many '
  'grants ended. SE006: no such module; 23514: actor or why is empty.';

create function sesame.claim_free(of_user uuid, module text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_module_id bigint := sesame.find_module(module);
begin
  if not exists (select from public.modules as offer where offer.id = v_module_id and offer.is_free and offer.is_active) then
    raise sqlstate 'SE007' using message = 'this module is not free', hint = 'Buy it.';
  end if;
  perform sesame.lock_fold();
  perform sesame.set_cause('member: claimed');

  insert into sesame.manual_grants (kind, user_id, module_id, actor, why)
  values ('claim', of_user, v_module_id, 'member', 'claimed')
  on conflict do nothing;
  if found then
    perform sesame.fold_sources(sesame.manual_sources_of(of_user, v_module_id));
    return true;
  end if;
  return false;
end
$$;

create function public.claim_free_module(module text) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '2s' as $$
declare
  v_user_id uuid := auth.uid();
begin
  if v_user_id is null then
    raise insufficient_privilege using message = 'sign in first';
  end if;
  return sesame.claim_free(v_user_id, module);
exception when lock_not_available then
  perform sesame.refuse_for_now();
end
$$;

select sesame.revoke_default_grants('public.claim_free_module');
grant execute on function public.claim_free_module(text) to authenticated;

comment on function public.claim_free_module is
  'Opens a free module (slug or id) for the signed-in member. False: they have it already. SE006: no such '
  'module; SE007: this module is not free; PT503: access is busy, try again.';

create function sesame.manual_sources_of(of_user uuid, of_module bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_strip_nulls(jsonb_build_object('manual_grant', (
    select jsonb_agg(id) from sesame.manual_grants where user_id = of_user and module_id = of_module
  )));
end
$$;

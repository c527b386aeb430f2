-- The terms of a short-lived token for a member. For service_role only.

create function public.sesame_issue_module_token(user_id uuid, module text)
returns setof sesame.token_terms
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_user_id uuid := sesame_issue_module_token.user_id;
  v_module_id bigint := sesame.named_module(sesame_issue_module_token.module);
  v_slug text := (select slug from public.modules where id = v_module_id);
  v_terms sesame.token_terms;
begin
  if v_module_id is null then
    return next sesame.no_terms('no_such_module');
    return;
  end if;
  select
    null::text, case when best.source = 'access_token' then best.source_id::uuid else gen_random_uuid() end,
    v_slug, best.access_level, best.max_usage, best.uses_left, access.expires_at,
    v_user_id, v_module_id, sesame.token_alg(v_module_id)
  into v_terms
  from sesame.open_sources(v_user_id, v_module_id) as best
  join sesame.decided_access as access on access.user_id = v_user_id and access.module_id = v_module_id
  where best.uses_left is null or best.uses_left > 0
  limit 1;
  if not found then
    return next sesame.no_terms(coalesce(sesame.refusal_of(null, v_user_id, v_module_id), 'exhausted'), v_slug);
    return;
  end if;
  if v_terms.alg = 'HS256' then
    perform sesame.count_legacy_token(v_module_id);
  end if;
  return next v_terms;
end
$$;

select sesame.revoke_default_grants('public.sesame_issue_module_token');
grant execute on function public.sesame_issue_module_token(uuid, text) to service_role;

comment on function public.sesame_issue_module_token is
  'The content of a token for this user and module (slug or id, also of an old database). reason: null if '
  'there is a token, else no_such_module, no_access, exhausted, or a word of sesame.reason. expires_at: the end of '
  'the access. uses_left: null without a limit. token_id: the access token that decides, else a new id.';

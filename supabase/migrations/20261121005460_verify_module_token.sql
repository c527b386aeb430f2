-- A module's server asks whether the token is still valid, and uses it once. For service_role only.

create function public.sesame_verify_module_token(
  token_id uuid, user_id uuid, module text, consume boolean default false, request_id text default null
)
returns table (
  reason text, detail text, access_level text, max_usage integer, uses_left integer, expires_at timestamptz
)
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_token_id uuid := sesame_verify_module_token.token_id;
  v_user_id uuid := sesame_verify_module_token.user_id;
  v_module_id bigint := (select module_id from sesame.sold_modules(null, sesame_verify_module_token.module));
  v_refusal text := case
    when v_module_id is null then 'no_access'
    else sesame.refusal_of(v_token_id, v_user_id, v_module_id)
  end;
  v_is_used boolean := false;
begin
  if v_refusal is null and consume then
    v_is_used := sesame.use_up(v_token_id, v_user_id, v_module_id, sesame_verify_module_token.request_id);
  end if;

  return query
    select
      case
        when v_refusal is not null then sesame.verdict_of(v_refusal)
        when not v_is_used and (consume or best.uses_left <= 0) then 'exhausted'
      end,
      nullif(v_refusal, 'no_access'), best.access_level, best.max_usage, best.uses_left, access.expires_at
    from (values (true)) as one
    left join lateral (
      select * from sesame.sources_behind(v_token_id, v_user_id, v_module_id) as behind
      order by behind.uses_left is not distinct from 0  -- a plain sort would put null (no limit) last
      limit 1
    ) as best on v_refusal is null
    left join sesame.decided_access as access
      on v_refusal is null and access.user_id = v_user_id and access.module_id = v_module_id;
end
$$;

select sesame.revoke_default_grants('public.sesame_verify_module_token');
grant execute on function public.sesame_verify_module_token(uuid, uuid, text, boolean, text) to service_role;

comment on function public.sesame_verify_module_token is
  'Whether a module token is still accepted. With consume it takes one use, once for each request_id of this '
  'user and module. reason: null if accepted, else no_access, revoked, expired, suspended or exhausted. detail: '
  'the word of sesame.reason behind it.';

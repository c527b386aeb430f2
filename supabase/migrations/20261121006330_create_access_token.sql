-- For the site's own server: an access token for what somebody paid. For service_role only.

create function public.sesame_create_access_token(
  user_id uuid, module text, payment_id text, access_level text, expiration_hours integer, max_usage integer
)
returns setof sesame.token_terms
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_user_id uuid := sesame_create_access_token.user_id;
  v_payment_id text := sesame_create_access_token.payment_id;
  v_module_id bigint := (select module_id from sesame.sold_modules(null, sesame_create_access_token.module));
  v_id uuid;
begin
  if v_module_id is null then
    return next ('no_such_module', null, null, null, null, null, null)::sesame.token_terms;
    return;
  end if;

  -- One at a time: whoever asks again while the first call is under way finds what that one made.
  perform sesame.lock_fold();
  v_id := (
    select token.id
    from public.access_tokens as token
    where token.payment_id = v_payment_id and token.module_id = v_module_id and token.created_by = v_user_id
      -- What the site wrote as access has no terms of its own.
      and token.id <> sesame.written_token_id(token)
    order by token.created_at, token.id
    limit 1
  );
  if v_id is null then
    insert into public.access_tokens (created_by, module_id, payment_id, access_level, max_usage, expires_at)
    values (
      v_user_id, v_module_id, v_payment_id, sesame_create_access_token.access_level, sesame_create_access_token.max_usage,
      now() + make_interval(hours => expiration_hours)
    )
    returning id into v_id;
  end if;

  return query
    select
      sesame.refusal_of(v_id, v_user_id, v_module_id),
      token.id, known.slug, token.access_level, token.max_usage, token.max_usage - token.usage_count, token.expires_at
    from public.access_tokens as token
    join public.modules as known on known.id = token.module_id
    where token.id = v_id;
end
$$;

select sesame.revoke_default_grants('public.sesame_create_access_token');
grant execute on function public.sesame_create_access_token(uuid, text, text, text, integer, integer) to service_role;

comment on function public.sesame_create_access_token is
  'Hands out an access token for what a user paid, once for each payment, module (slug or id) and user, and '
  'answers it as sesame_issue_module_token does. What was handed out keeps its terms. payment_id: pi_, ch_, cs_, in_, '
  'or an id of the site''s own; expiration_hours null: for ever; max_usage null: no limit.';

-- The site's own server gets an access token for a payment. For service_role only.

create function sesame.token_of_payment(payment_id text, of_module bigint, named sesame.named_user) returns uuid
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
begin
  return (
    select token.id
    from public.access_tokens as token
    where token.payment_id = token_of_payment.payment_id and token.module_id = of_module
      -- Access that the site itself wrote has no terms of its own.
      and token.id <> sesame.written_token_id(token)
      and (
        token.created_by = named.user_id
        -- An earlier call used the same name. The token still waits, or its user has it by now.
        or (token.created_by is null or named.user_id is null)
          and coalesce(sesame.as_email(token.user_ref), token.user_ref) = named.user_ref
      )
    order by token.created_by is null, token.created_at, token.id
    limit 1
  );
end
$$;

comment on function sesame.token_of_payment is
  'The token that was issued for this payment and module to the named user. Null: none yet.';

create function public.sesame_create_access_token(
  user_ref text, module text, payment_id text, access_level text, expiration_hours integer, max_usage integer
)
returns setof sesame.token_terms
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_named sesame.named_user := sesame.named_user(sesame_create_access_token.user_ref);
  v_payment_id text := sesame_create_access_token.payment_id;
  v_module_id bigint := sesame.named_module(sesame_create_access_token.module);
  v_id uuid;
  v_terms sesame.token_terms;
begin
  if v_module_id is null or v_named.problem is not null then
    return next sesame.no_terms(case when v_module_id is null then 'no_such_module' else v_named.problem end);
    return;
  end if;

  -- One call at a time: a second call waits for the first one and finds its token.
  perform sesame.lock_fold();
  v_id := sesame.token_of_payment(v_payment_id, v_module_id, v_named);
  if v_id is null then
    insert into public.access_tokens (
      created_by, user_ref, module_id, payment_id, access_level, max_usage, expires_at
    )
    values (
      v_named.user_id, v_named.user_ref, v_module_id, v_payment_id, sesame_create_access_token.access_level,
      sesame_create_access_token.max_usage, now() + make_interval(hours => expiration_hours)
    )
    returning id into v_id;
  elsif v_named.user_id is not null then
    update public.access_tokens as token set created_by = v_named.user_id
    where token.id = v_id and token.created_by is null;
  end if;

  select
    case
      when token.created_by is not null then sesame.refusal_of(v_id, token.created_by, v_module_id)
      when not token.is_active then 'revoked'
      when token.expires_at <= now() then coalesce(token.blocked_by, 'expired')
      else coalesce(token.blocked_by, 'waits')
    end,
    token.id, known.slug, token.access_level, token.max_usage, token.max_usage - token.usage_count, token.expires_at,
    token.created_by, v_module_id, sesame.token_alg(v_module_id)
  into v_terms
  from public.access_tokens as token
  join public.modules as known on known.id = token.module_id
  where token.id = v_id;
  if v_terms.reason is null and v_terms.alg = 'HS256' then
    perform sesame.count_legacy_token(v_module_id);
  end if;
  return next v_terms;
end
$$;

select sesame.revoke_default_grants('public.sesame_create_access_token');
grant execute on function public.sesame_create_access_token(text, text, text, text, integer, integer) to service_role;

comment on function public.sesame_create_access_token is
  'Issues an access token for a user''s payment, once for each payment, module (slug or id, also of an old '
  'database) and user. Answers like sesame_issue_module_token. The user_ref is the user''s uuid, their address, '
  'or their id in an old database. The reason no_such_user or ambiguous_user means that it names no single user. '
  'If waits is true, the token exists and takes effect when a user has verified the address. An issued token '
  'keeps its terms. The payment_id is pi_, ch_, cs_, in_, or an id of the site''s own. expiration_hours null: '
  'for ever; max_usage null: no limit.';

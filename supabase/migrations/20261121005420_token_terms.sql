-- The content of a module token, or the reason why there is none.

create type sesame.token_terms as (
  reason text, token_id uuid, module text, access_level text, max_usage integer, uses_left integer,
  expires_at timestamptz, user_id uuid, module_id bigint, alg text
);

comment on type sesame.token_terms is
  'The content of a module token, its user and its algorithm (ES256: signed with the site''s own key, HS256: '
  'with the shared secret), or the reason why there is none.';

create function sesame.no_terms(reason text, module text default null) returns sesame.token_terms
language plpgsql immutable set search_path = '' as $$
declare
  v_terms sesame.token_terms;
begin
  v_terms.reason := no_terms.reason;
  v_terms.module := no_terms.module;
  return v_terms;
end
$$;

create function sesame.refusal_now(of_user uuid, of_module bigint) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case
      when access.user_id is null then 'no_access'
      when access.is_active and access.expires_at <= now() then access.reason_after::text
      when not access.is_active then access.reason::text
    end
    from (values (true)) as one
    left join sesame.decided_access as access on access.user_id = of_user and access.module_id = of_module
  );
end
$$;

comment on function sesame.refusal_now is
  'Why a module is closed to a user now: a word of sesame.reason, or no_access if it was never open. Null: it is '
  'open.';

create function sesame.refusal_of(of_token uuid, of_user uuid, of_module bigint) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_token record;
begin
  if exists (
    select from sesame.sources
    where user_id = of_user and module_id = of_module and reason = 'denied'
  ) then
    return 'denied';
  end if;

  -- An access token has its own count. Any other module token stands for all sources of the user.
  if not exists (select from public.access_tokens as token where token.id = of_token) then
    return sesame.refusal_now(of_user, of_module);
  end if;
  select * into v_token
  from sesame.sources as source
  where source.user_id = of_user and source.module_id = of_module
    and (source.source, source.source_id) = ('access_token', of_token::text);
  return case
    when not found then 'no_access'
    when v_token.reason >= 'denied' then v_token.reason::text
    when v_token.expires_at <= now() then 'expired'
  end;
end
$$;

comment on function sesame.refusal_of is
  'Why a module token is refused: a word of sesame.reason, or no_access. Null: it is accepted, if uses are left.';

create function sesame.verdict_of(reason text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when reason in ('refunded', 'canceled', 'revoked') then 'revoked'
    when reason in ('expired', 'past_due_expired') then 'expired'
    when reason = 'no_access' then 'no_access'
    else 'suspended'  -- access may be open again later
  end;
end
$$;

comment on function sesame.verdict_of is
  'The refusal as one of the few words that a module''s server handles.';

-- What `module-token` asks: may this member in, and one use less. For service_role only.

create table billing.uses (
  user_id uuid not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  request_id text not null,
  used_at timestamptz not null default now(),
  primary key (user_id, module_id, request_id)
);

create index uses_module_id_idx on billing.uses (module_id);

alter table billing.uses enable row level security;

comment on table billing.uses is
  'Requests of modules that used something up, once each, however often they are sent again. Private: no '
  'policy, written by verify_module_token only.';

create table billing.used_grants (
  source_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  used integer not null,
  primary key (source_id, module_id),
  constraint used_grants_used_is_positive check (used > 0)
);

create index used_grants_module_id_idx on billing.used_grants (module_id);

alter table billing.used_grants enable row level security;

comment on table billing.used_grants is
  'How often a limited grant was used; access tokens count for themselves. Private: no policy, written by '
  'verify_module_token only.';

create function billing.open_sources(of_user uuid, of_module bigint)
returns table (
  source text, source_id text, access_level text, max_usage integer, uses_left integer, expires_at timestamptz
)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select
      held.source, held.source_id, held.access_level, held.max_usage,
      held.max_usage - coalesce(token.usage_count, used.used, 0),
      held.expires_at
    from billing.sources as held
    left join public.access_tokens as token
      on token.id = case when held.source = 'access_token' then held.source_id::uuid end
    left join billing.used_grants as used on (used.source_id, used.module_id) = (held.source_id, held.module_id)
    where held.user_id = of_user and held.module_id = of_module
      and held.reason < 'denied' and (held.expires_at is null or held.expires_at > now())
      and not exists (
        select from billing.sources as denial
        where denial.user_id = of_user and denial.module_id = of_module and denial.reason = 'denied'
      )
    -- What has no limit first; of what has one, what ends first: it would be lost.
    order by held.max_usage is not null, held.expires_at, held.source_id;
end
$$;

comment on function billing.open_sources is
  'What opens a module for a user now, in the order in which it is used up; uses_left null: no limit.';

create function billing.refusal_now(of_user uuid, of_module bigint) returns text
language plpgsql stable set search_path = '' as $$
begin
  return (
    select case
      when access.user_id is null then 'no_access'
      when access.is_active and access.expires_at <= now() then access.reason_after::text
      when not access.is_active then access.reason::text
    end
    from (values (true)) as one
    left join billing.decided_access as access on access.user_id = of_user and access.module_id = of_module
  );
end
$$;

comment on function billing.refusal_now is
  'Why a module is closed to a user now: a word of billing.reason, or no_access where nothing was ever open; '
  'null: it is open.';

create type billing.token_terms as (
  reason text, token_id uuid, module text, access_level text, max_usage integer, uses_left integer,
  expires_at timestamptz
);

comment on type billing.token_terms is 'What a module token says, or the reason why there is none.';

create function public.issue_module_token(user_id uuid, module text)
returns setof billing.token_terms
language plpgsql stable security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_user_id uuid := issue_module_token.user_id;
  v_module_id bigint := (select module_id from billing.sold_modules(null, issue_module_token.module));
  v_slug text := (select slug from public.modules where id = v_module_id);
begin
  if v_module_id is null then
    return next ('no_such_module', null, null, null, null, null, null)::billing.token_terms;
    return;
  end if;
  return query
    select
      null::text, case when best.source = 'access_token' then best.source_id::uuid else gen_random_uuid() end,
      v_slug, best.access_level, best.max_usage, best.uses_left, access.expires_at
    from billing.open_sources(v_user_id, v_module_id) as best
    join billing.decided_access as access on access.user_id = v_user_id and access.module_id = v_module_id
    where best.uses_left is null or best.uses_left > 0
    limit 1;
  if not found then
    return next (
      coalesce(billing.refusal_of(null, v_user_id, v_module_id), 'exhausted'), null, v_slug, null, null, null, null
    )::billing.token_terms;
  end if;
end
$$;

revoke execute on function public.issue_module_token(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.issue_module_token(uuid, text) to service_role;

comment on function public.issue_module_token is
  'What a token for this user and module (slug or id) says: reason null, or why there is none: no_such_module, '
  'no_access, exhausted, or a word of billing.reason. expires_at is the end of the access; uses_left null: no '
  'limit. token_id is the access token that decides, else a new id.';

create function public.create_access_token(
  user_id uuid, module text, payment_id text, access_level text, expiration_hours integer, max_usage integer
)
returns setof billing.token_terms
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_user_id uuid := create_access_token.user_id;
  v_payment_id text := create_access_token.payment_id;
  v_module_id bigint := (select module_id from billing.sold_modules(null, create_access_token.module));
  v_id uuid;
begin
  if v_module_id is null then
    return next ('no_such_module', null, null, null, null, null, null)::billing.token_terms;
    return;
  end if;

  -- One at a time: whoever asks again while the first call is under way finds what that one made.
  perform billing.lock_fold();
  v_id := (
    select token.id
    from public.access_tokens as token
    where token.payment_id = v_payment_id and token.module_id = v_module_id and token.created_by = v_user_id
    order by token.created_at, token.id
    limit 1
  );
  if v_id is null then
    insert into public.access_tokens (created_by, module_id, payment_id, access_level, max_usage, expires_at)
    values (
      v_user_id, v_module_id, v_payment_id, create_access_token.access_level, create_access_token.max_usage,
      now() + make_interval(hours => expiration_hours)
    )
    returning id into v_id;
  end if;

  return query
    select
      billing.refusal_of(v_id, v_user_id, v_module_id),
      token.id, known.slug, token.access_level, token.max_usage, token.max_usage - token.usage_count, token.expires_at
    from public.access_tokens as token
    join public.modules as known on known.id = token.module_id
    where token.id = v_id;
end
$$;

revoke execute on function public.create_access_token(uuid, text, text, text, integer, integer)
  from public, anon, authenticated, service_role;
grant execute on function public.create_access_token(uuid, text, text, text, integer, integer) to service_role;

comment on function public.create_access_token is
  'Hands out an access token for what a user paid, once for each payment, module (slug or id) and user, and '
  'answers it as issue_module_token does. What was handed out keeps its terms. payment_id: pi_, ch_, cs_, in_, '
  'or an id of the site''s own; expiration_hours null: for ever; max_usage null: no limit.';

create function billing.refusal_of(of_token uuid, of_user uuid, of_module bigint) returns text
language plpgsql stable set search_path = '' as $$
declare
  v_token record;
begin
  if exists (
    select from billing.sources
    where user_id = of_user and module_id = of_module and reason = 'denied'
  ) then
    return 'denied';
  end if;

  -- A token is as good as it is itself; what is none is a face of all that the user has.
  select source.* into v_token
  from public.access_tokens as token
  join billing.token_sources as source on source.source_id = token.id::text
  where token.id = of_token;
  if not found then
    return billing.refusal_now(of_user, of_module);
  end if;
  return case
    when (v_token.user_id, v_token.module_id) is distinct from (of_user, of_module) then 'no_access'
    when v_token.reason >= 'denied' then v_token.reason::text
    when v_token.expires_at <= now() then 'expired'
  end;
end
$$;

comment on function billing.refusal_of is
  'Why a module token lets nobody in, as a word of billing.reason or no_access; null: it does, if uses are left.';

create function billing.use_up(of_token uuid, of_user uuid, of_module bigint, request_id text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_best record;
begin
  if request_id is not null then
    -- The row is lock and memory at once: the same request sent twice at the same instant waits here.
    insert into billing.uses (user_id, module_id, request_id) values (of_user, of_module, request_id)
    on conflict do nothing;
    if not found then
      return true;
    end if;
  end if;

  loop
    select * into v_best
    from billing.open_sources(of_user, of_module) as open
    where (open.source, open.source_id) = ('access_token', of_token::text)
      or not exists (select from public.access_tokens where id = of_token)
        and (open.uses_left is null or open.uses_left > 0)
    limit 1;
    exit when not found or v_best.uses_left <= 0;

    if v_best.source = 'access_token' then
      update public.access_tokens as token set usage_count = token.usage_count + 1
      where token.id = v_best.source_id::uuid and (token.max_usage is null or token.usage_count < token.max_usage);
    elsif v_best.max_usage is not null then
      insert into billing.used_grants as counter (source_id, module_id, used)
      values (v_best.source_id, of_module, 1)
      on conflict (source_id, module_id) do update set used = counter.used + 1
      where counter.used < v_best.max_usage;
    end if;
    -- Another request may have taken the last one meanwhile: then what else is there?
    if found then
      return true;
    end if;
  end loop;

  delete from billing.uses as counted
  where (counted.user_id, counted.module_id, counted.request_id) = (of_user, of_module, use_up.request_id);
  return false;
end
$$;

comment on function billing.use_up is
  'Counts one use, once for each request; false: none was left. Never more than max_usage, whoever asks at once.';

create function public.verify_module_token(
  token_id uuid, user_id uuid, module text, consume boolean default false, request_id text default null
)
returns table (
  reason text, detail text, access_level text, max_usage integer, uses_left integer, expires_at timestamptz
)
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
#variable_conflict use_column
declare
  v_token_id uuid := verify_module_token.token_id;
  v_user_id uuid := verify_module_token.user_id;
  v_module_id bigint := (select module_id from billing.sold_modules(null, verify_module_token.module));
  v_refusal text := case
    when v_module_id is null then 'no_access'
    else billing.refusal_of(v_token_id, v_user_id, v_module_id)
  end;
  v_is_used boolean := false;
begin
  if v_refusal is null and consume then
    v_is_used := billing.use_up(v_token_id, v_user_id, v_module_id, verify_module_token.request_id);
  end if;

  return query
    select
      case
        when v_refusal is not null then billing.verdict_of(v_refusal)
        when not v_is_used and (consume or best.uses_left <= 0) then 'exhausted'
      end,
      nullif(v_refusal, 'no_access'), best.access_level, best.max_usage, best.uses_left, access.expires_at
    from (values (true)) as one
    left join lateral (
      select * from billing.open_sources(v_user_id, v_module_id) as open
      where (open.source, open.source_id) = ('access_token', v_token_id::text)
        or not exists (select from public.access_tokens where id = v_token_id)
      order by open.uses_left = 0
      limit 1
    ) as best on v_refusal is null
    left join billing.decided_access as access
      on v_refusal is null and access.user_id = v_user_id and access.module_id = v_module_id;
end
$$;

revoke execute on function public.verify_module_token(uuid, uuid, text, boolean, text)
  from public, anon, authenticated, service_role;
grant execute on function public.verify_module_token(uuid, uuid, text, boolean, text) to service_role;

comment on function public.verify_module_token is
  'Whether a module token still lets its user in, and with consume one use less, once for each request_id of '
  'this user and module. reason null: yes; else no_access, revoked, expired, suspended or exhausted, and detail '
  'is the word of billing.reason behind it.';

create function billing.verdict_of(reason text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when reason in ('refunded', 'canceled', 'revoked') then 'revoked'
    when reason in ('expired', 'past_due_expired') then 'expired'
    when reason = 'no_access' then 'no_access'
    else 'suspended'  -- it may be open again tomorrow
  end;
end
$$;

comment on function billing.verdict_of is 'Why not, in the few words that a module acts upon.';

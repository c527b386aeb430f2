-- Uses of limited access: each request is counted once, also when several arrive at the same instant.

create table sesame.uses (
  user_id uuid not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  request_id text not null,
  used_at timestamptz not null default now(),
  primary key (user_id, module_id, request_id)
);

create index uses_module_id_idx on sesame.uses (module_id);
-- For retention. These times only grow, so the index has a few pages for any number of rows.
create index uses_used_at_idx on sesame.uses using brin (used_at);

alter table sesame.uses enable row level security;

comment on table sesame.uses is
  'Requests of modules that used up access. Each is kept once, even if it is sent again. Private: no policy, '
  'written by sesame_verify_module_token only.';

create table sesame.used_grants (
  source_id text not null,
  module_id bigint not null references public.modules (id) on delete restrict,
  used integer not null,
  primary key (source_id, module_id),
  constraint used_grants_used_is_positive check (used > 0)
);

create index used_grants_module_id_idx on sesame.used_grants (module_id);

alter table sesame.used_grants enable row level security;

comment on table sesame.used_grants is
  'How often a limited grant was used. Access tokens have their own count. Private: no policy, written by '
  'sesame_verify_module_token only.';

create function sesame.open_sources(of_user uuid, of_module bigint)
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
    from sesame.sources as held
    left join public.access_tokens as token
      on token.id = case when held.source = 'access_token' then held.source_id::uuid end
    left join sesame.used_grants as used on (used.source_id, used.module_id) = (held.source_id, held.module_id)
    where held.user_id = of_user and held.module_id = of_module
      and sesame.is_open(held.reason < 'denied', held.expires_at)
      and not exists (
        select from sesame.sources as denial
        where denial.user_id = of_user and denial.module_id = of_module and denial.reason = 'denied'
      )
    -- A source without a limit comes first. Of the limited ones, the one that ends first is used first: its uses
    -- would be lost.
    order by held.max_usage is not null, held.expires_at, held.source_id;
end
$$;

comment on function sesame.open_sources is
  'The sources that open a module for a user now, in the order of their use. uses_left null: no limit.';

create function sesame.sources_behind(of_token uuid, of_user uuid, of_module bigint)
returns table (
  source text, source_id text, access_level text, max_usage integer, uses_left integer, expires_at timestamptz
)
language plpgsql stable set search_path = '' as $$
declare
  v_is_token boolean := exists (select from public.access_tokens as token where token.id = of_token);
begin
  return query
    select open.*
    from sesame.open_sources(of_user, of_module) as open
    where not v_is_token or (open.source, open.source_id) = ('access_token', of_token::text);
end
$$;

comment on function sesame.sources_behind is
  'The sources of a module token: the access token that it names, or else all sources that open the module for '
  'its user.';

create function sesame.use_up(of_token uuid, of_user uuid, of_module bigint, request_id text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_best record;
begin
  if exists (
    select from sesame.sources_behind(of_token, of_user, of_module) as behind
    where behind.max_usage is null and behind.source <> 'access_token'
  ) then
    return true;  -- nothing is counted here, so the request need not be kept
  end if;
  if request_id is not null then
    -- The row is also the lock: the same request sent twice at the same instant waits here.
    insert into sesame.uses (user_id, module_id, request_id) values (of_user, of_module, request_id)
    on conflict do nothing;
    if not found then
      return true;
    end if;
  end if;

  loop
    select * into v_best
    from sesame.sources_behind(of_token, of_user, of_module)
    where uses_left is null or uses_left > 0
    limit 1;
    exit when not found;

    if v_best.source = 'access_token' then
      update public.access_tokens as token set usage_count = token.usage_count + 1
      where token.id = v_best.source_id::uuid and (token.max_usage is null or token.usage_count < token.max_usage);
    elsif v_best.max_usage is not null then
      insert into sesame.used_grants as counter (source_id, module_id, used)
      values (v_best.source_id, of_module, 1)
      on conflict (source_id, module_id) do update set used = counter.used + 1
      where counter.used < v_best.max_usage;
    end if;
    -- Another request may have taken the last use in the meantime: look for another source.
    if found then
      return true;
    end if;
  end loop;

  delete from sesame.uses as counted
  where (counted.user_id, counted.module_id, counted.request_id) = (of_user, of_module, use_up.request_id);
  return false;
end
$$;

comment on function sesame.use_up is
  'Counts one use, once for each request. False: none was left. There are never more uses than max_usage, '
  'however many requests come at once.';

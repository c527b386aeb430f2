-- The doctor's questions: where does access differ from its reasons, and what waits for an operator? Each answer is a
-- count with a few examples. No example names a person.

create view sesame.drifted_access as
select
  user_id, module_id,
  case
    when bool_or(is_open and is_decided) = bool_or(is_open and not is_decided) then 'access_stale'::sesame.code
    when bool_or(is_open and is_decided) then 'access_missing'
    else 'access_unpaid'
  end as code
from (
  select
    user_id, module_id, true as is_decided,
    sesame.is_open(is_active, expires_at) as is_open,
    row(is_active, expires_at, source_id, reason::text)::text as said
  from sesame.decided_access
  union all
  select
    user_id, module_id, false,
    sesame.is_open(is_active, expires_at),
    row(is_active, expires_at, metadata ->> 'source_id', metadata ->> 'reason')::text
  from public.module_access
) as either
group by user_id, module_id
having count(*) < 2 or min(said) <> max(said);

comment on view sesame.drifted_access is
  'Rows where module_access differs from decided_access. It is empty, unless a writer went past the fold. Cheap '
  'for a range of users.';

create view sesame.unfinished as
  select 'event_failed'::sesame.code as code, id as example
  from sesame.stripe_events where outcome = 'failed'
  union all
  select code, event_id from sesame.overdue_events()
  union all
  select detail::sesame.code, id
  from sesame.stripe_events
  where outcome = 'quarantined' and type <> 'sesame.doctor' and received_at > now() - interval '30 days'
  union all
  -- A missing object has a code of its own.
  select 'fetch_pending', object_id from sesame.pending_fetches where why <> 'never came'
  union all
  select 'subscription_missing', subscription_id from sesame.missing_subscriptions
  union all
  -- An id may be too long for an index.
  select code, left(coalesce(price_id, source_id), 600) from sesame.unsold
  union all
  select code, source_id from sesame.wasted_payments
  union all
  select code, source_id from sesame.unowned_grants
  union all
  select 'user_unknown', held.source_id
  from sesame.grants as held
  where held.user_id is not null and held.reason < 'denied'
    and not exists (select from auth.users where users.id = held.user_id);

comment on view sesame.unfinished is
  'Events and facts that have not had their effect, one row each, by the codes of the runbook. Cheap enough for '
  'a call every few minutes.';

-- Use look-ups by the given ids, whatever the statistics say.
create function sesame.parted_sources(first text, last text) returns table (kind text, id text)
language plpgsql stable set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_bitmapscan = off as $$
declare
  v_objects jsonb := (
    select jsonb_object_agg(given.kind, given.ids)
    from (
      select source.kind, jsonb_agg(distinct source.id) as ids
      from sesame.walked_sources as source
      where source.id between first and last
      group by source.kind
    ) as given
  );
begin
  return query
    with derived as materialized (
      select * from sesame.derive_grants(v_objects)
    ),
    held as materialized (
      select * from sesame.grants where source_id between first and last
    )
    select parted.source, parted.source_id
    from (
      (table derived except table held)
      union
      (table held except table derived)
    ) as parted
    group by 1, 2;
end
$$;

comment on function sesame.parted_sources is
  'Sources in this range of ids whose grants differ from derived_grants.';

create function sesame.drifted_members(first uuid, last uuid) returns table (user_id uuid, module_id bigint, code sesame.code)
language plpgsql stable set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off as $$
begin
  return query
    select drifted.user_id, drifted.module_id, drifted.code
    from sesame.drifted_access as drifted
    where drifted.user_id between first and last;
end
$$;

comment on function sesame.drifted_members is 'The rows of drifted_access for the users in this range.';

create function sesame.findings_of(part sesame.part) returns table (code sesame.code, example text)
language plpgsql stable set search_path = '' as $$
begin
  case part.stage
    when '' then
      return query
        table sesame.unfinished
        union all
        select overdue.code, overdue.id from sesame.overdue_objects() as overdue;
    when 'sources' then
      return query
        select 'grants_stale'::sesame.code, id from sesame.parted_sources(part.first, part.last)
        where sesame.is_all_folded();
    when 'tokens' then
      return query
        select 'token_waits'::sesame.code, token.id::text
        from public.access_tokens as token
        where token.id between part.first::uuid and part.last::uuid and token.created_by is null and token.is_active;
    else
      return query
        select drifted.code, drifted.user_id || ' ' || drifted.module_id
        from sesame.drifted_members(part.first::uuid, part.last::uuid) as drifted
        where sesame.is_all_folded();
  end case;
end
$$;

comment on function sesame.findings_of is
  'What an operator may have to look at in this part of the walk, one row each, by the codes of the runbook. The '
  'first part also holds what is unfinished, and objects that have waited too long to be derived. While a large change is folded part by part, access that differs is no '
  'finding: it only lags behind.';

create function public.sesame_examine(start text default '', most integer default 500, named integer default 5)
returns jsonb
language plpgsql stable security definer set search_path = '' set jit = off as $$
declare
  v_part sesame.part := sesame.part_of_walk(start, most);
begin
  return jsonb_build_object(
    'findings', (
      select coalesce(jsonb_agg(finding order by finding.code), '[]')
      from (
        select told.code, told.found, told.examples, (
          select jsonb_agg(sesame.known_of(told.code, example)) from unnest(told.examples[:5]) as example
        ) as known
        from (
          select of_part.code, count(*) as found, (array_agg(distinct of_part.example))[:named] as examples
          from sesame.findings_of(v_part) as of_part
          group by of_part.code
        ) as told
      ) as finding
    ),
    'walked', v_part.walked,
    'total', case when v_part.stage = '' then sesame.length_of_walk() end,
    'next', v_part.next,
    'clock', clock_timestamp()
  );
end
$$;

select sesame.revoke_default_grants('public.sesame_examine');
grant execute on function public.sesame_examine(text, integer, integer) to service_role;

comment on function public.sesame_examine is
  'What an operator may have to look at, in parts of most rows, each as of one instant. findings: each code of '
  'the runbook with its count and this number of examples. The first five examples have the values that their '
  'command needs. next: where the next part starts. total, at the start only: how many rows the walk holds. It '
  'also answers the database''s own clock. 22023: no such start.';

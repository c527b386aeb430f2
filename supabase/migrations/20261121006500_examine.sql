-- What a doctor asks: where access and its reasons have parted, and what waits for somebody. Counted,
-- with a few names each; no name here is a person's.

create view sesame.drifted_access as
select
  user_id, module_id,
  case
    when decided.is_open and held.is_open is not true then 'access_missing'
    when held.is_open and decided.is_open is not true then 'access_unpaid'
    else 'access_stale'
  end as code
from (
  select
    user_id, module_id, is_active, expires_at, source_id, reason::text as reason,
    is_active and (expires_at is null or expires_at > now()) as is_open
  from sesame.decided_access
) as decided
full join (
  select
    user_id, module_id, is_active, expires_at, metadata ->> 'source_id' as source_id,
    metadata ->> 'reason' as reason,
    is_active and (expires_at is null or expires_at > now()) as is_open
  from public.module_access
) as held using (user_id, module_id)
where (decided.is_active, decided.expires_at, decided.source_id, decided.reason)
  is distinct from (held.is_active, held.expires_at, held.source_id, held.reason);

comment on view sesame.drifted_access is
  'Where module_access is not what decided_access says. Empty, unless somebody wrote past the fold.';

create view sesame.unsold as
  -- Paid, and it opens nothing: no price of it is mapped, and its metadata names no module.
  select id as source_id, price_ids, module_ref
  from sesame.checkout_sessions
  where mode = 'payment' and paid_at is not null and (price_ids <> '{}' or module_ref is not null)
    and not exists (select from sesame.grants where source_id = checkout_sessions.id offset 0)
  union all
  select id, price_ids, module_ref
  from sesame.subscriptions
  where status in ('active', 'trialing', 'past_due') and price_ids <> '{}'
    and not exists (select from sesame.grants where source_id = subscriptions.id offset 0);

comment on view sesame.unsold is 'What was paid for and opens no module, with what it names.';

create view sesame.unfinished as
  select 'event_failed' as code, id as example
  from sesame.stripe_events where outcome = 'failed'
  union all
  select detail, id
  from sesame.stripe_events
  where outcome = 'quarantined' and type <> 'sesame.doctor' and received_at > now() - interval '30 days'
  union all
  select 'fetch_pending', object_id from sesame.pending_fetches
  union all
  -- A basket may be longer than an index bears.
  select 'price_unmapped', coalesce(left(array_to_string(price_ids[:20], ' '), 600), source_id)
  from sesame.unsold where module_ref is null
  union all
  select 'module_unknown', source_id from sesame.unsold where module_ref is not null
  union all
  select 'buyer_unknown', source_id
  from sesame.grants where user_id is null and reason < 'denied';

comment on view sesame.unfinished is
  'What came and has not had its effect, one row each, by the codes of the runbook. Cheap enough to be asked '
  'every few minutes.';

create view sesame.findings as
  table sesame.unfinished
  union all
  select 'buyer_without_account', source_id
  from sesame.grants
  where reason < 'denied' and user_id is not null
    and not exists (select from auth.users where users.id = grants.user_id)
  union all
  select 'token_waits', id::text from public.access_tokens where created_by is null and is_active
  union all
  select 'grants_stale', source_id
  from (
    (table sesame.derived_grants except table sesame.grants)
    union
    (table sesame.grants except table sesame.derived_grants)
  ) as parted
  union all
  select code, user_id || ' ' || module_id from sesame.drifted_access;

comment on view sesame.findings is
  'Whatever a person may have to look at, one row each: what is unfinished, who is waited for, and where grants '
  'or access have parted from the facts.';

create function public.sesame_examine()
returns table (code text, found bigint, examples text[], clock timestamptz)
language plpgsql stable security definer set search_path = '' set jit = off as $$
begin
  return query
    select finding.code, count(*), (array_agg(distinct finding.example))[:5], clock_timestamp()
    from sesame.findings as finding
    group by 1
    union all
    select null, 0, '{}', clock_timestamp();
end
$$;

select sesame.revoke_default_grants('public.sesame_examine');
grant execute on function public.sesame_examine() to service_role;

comment on function public.sesame_examine is
  'What a person may have to look at, by the codes of the runbook, each with its number and up to five '
  'examples; and one row without a code, which tells the database''s own time.';

create function public.sesame_refold() returns bigint
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_drifted uuid[];
begin
  perform sesame.lock_fold();
  perform sesame.set_cause('operator: doctor: derived again');
  perform sesame.fold_everything();
  v_drifted := array(select distinct user_id from sesame.drifted_access);
  perform sesame.project_access(v_drifted);
  return cardinality(v_drifted);
end
$$;

select sesame.revoke_default_grants('public.sesame_refold');
grant execute on function public.sesame_refold() to service_role;

comment on function public.sesame_refold is
  'Derives grants and access again from the facts; answers how many members'' access had parted from them.';

-- Ends by the clock: access.expiring some days before the end, access.closed once it has passed. Each is told once.

-- A subscription that renews has its end only after the grace for its renewal. Its payment is on its way, so nothing is
-- said until a day after the period.
create function sesame.renewal_due_at(source text, source_id text, expires_at timestamptz) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (
    select (expires_at at time zone 'utc' - settings.renewal_grace + interval '1 day') at time zone 'utc'
    from sesame.subscriptions as subscription
    join sesame.settings on settings.id
    where subscription.id = source_id and source = 'subscription'
      and subscription.status in ('active', 'trialing')
      and subscription.cancel_at is null and not coalesce(subscription.cancel_at_period_end, false)
    limit 1
  );
end
$$;

comment on function sesame.renewal_due_at is
  'When the renewal of a subscription is overdue by a day. Null: this source does not renew.';

create function sesame.tell_closed(before timestamptz, most integer) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  v_ended sesame.awaited_ends[];
begin
  with ended as (
    delete from sesame.awaited_ends as awaited
    where (awaited.user_id, awaited.module_id) in (
      select due.user_id, due.module_id from sesame.awaited_ends as due
      where due.expires_at <= before
      order by due.expires_at
      limit most
    )
    returning awaited.*
  )
  select array_agg(ended::sesame.awaited_ends order by ended.expires_at, ended.user_id, ended.module_id) into v_ended
  from ended;

  insert into sesame.webhook_messages (type, user_id, module_id, body)
  select
    'access.closed', held.user_id, held.module_id,
    sesame.access_message(
      'access.closed', held.user_id, held.module_id,
      sesame.told_state(false, true, held.expires_at, held.metadata),
      sesame.told_state(true, true, held.expires_at, held.metadata)
    )
  from unnest(v_ended) with ordinality as ended (user_id, module_id, expires_at, expiring_at, place)
  join public.module_access as held
    on (held.user_id, held.module_id, held.expires_at) = (ended.user_id, ended.module_id, ended.expires_at)
  where held.is_active
    and exists (select from sesame.webhook_endpoints as endpoint where 'access.closed' = any (endpoint.types))
  order by ended.place;
  return coalesce(cardinality(v_ended), 0);
end
$$;

comment on function sesame.tell_closed is 'Tells the ends that have passed. Answers how many it has handled.';

create function sesame.tell_expiring(before timestamptz, most integer) returns integer
language plpgsql volatile set search_path = '' as $$
declare
  v_due sesame.awaited_ends[];
begin
  with due as materialized (
    select awaited.*
    from sesame.awaited_ends as awaited
    where awaited.expiring_at <= before
    order by awaited.expiring_at
    limit most
  ),
  judged as materialized (
    select due.user_id, due.module_id, (
      select renewal.at
      from public.module_access as held
      cross join lateral (select sesame.renewal_due_at(
        held.metadata ->> 'source', held.metadata ->> 'source_id', held.expires_at) as at) as renewal
      where (held.user_id, held.module_id) = (due.user_id, due.module_id)
        and renewal.at > before and renewal.at < due.expires_at
    ) as later
    from due
  ),
  marked as (
    update sesame.awaited_ends as awaited set expiring_at = judged.later
    from judged
    where (awaited.user_id, awaited.module_id) = (judged.user_id, judged.module_id)
    returning awaited.*
  )
  select array_agg(marked::sesame.awaited_ends order by marked.expires_at, marked.user_id, marked.module_id) into v_due
  from marked;

  insert into sesame.webhook_messages (type, user_id, module_id, body)
  select
    'access.expiring', held.user_id, held.module_id,
    sesame.access_message('access.expiring', held.user_id, held.module_id, told.state, told.state)
  from unnest(v_due) with ordinality as due (user_id, module_id, expires_at, expiring_at, place)
  join public.module_access as held
    on (held.user_id, held.module_id, held.expires_at) = (due.user_id, due.module_id, due.expires_at)
  cross join lateral (select sesame.told_state(true, true, held.expires_at, held.metadata) as state) as told
  where due.expiring_at is null and held.is_active
    and exists (select from sesame.webhook_endpoints as endpoint where 'access.expiring' = any (endpoint.types))
  order by due.place;
  return coalesce(cardinality(v_due), 0);
end
$$;

comment on function sesame.tell_expiring is 'Tells the ends that come soon. Answers how many it has handled.';

create function sesame.tell_ends(most integer default 1000) returns integer
language plpgsql volatile set search_path = '' set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_told integer;
begin
  if not exists (select from sesame.awaited_ends where expires_at <= clock_timestamp())
    and not exists (select from sesame.awaited_ends where expiring_at <= clock_timestamp()) then
    return 0;
  end if;
  perform sesame.lock_fold();
  v_told := sesame.tell_closed(clock_timestamp(), most);
  return v_told + sesame.tell_expiring(clock_timestamp(), most);
exception when lock_not_available then
  return 0;  -- the next run tells them
end
$$;

comment on function sesame.tell_ends is
  'Writes the messages about ends that have come, at most this many of each type. Answers how many ends it has handled. '
  'Several calls at once tell each end once.';

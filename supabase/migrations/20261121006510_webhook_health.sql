-- The health of the webhook in one answer: waiting events, failures, lag, and whether it is too quiet.
-- Long because the answer is one object.

-- These times only grow. So the index has a few pages for any number of rows, and costs little to write.
create index stripe_events_received_at_idx on sesame.stripe_events using brin (received_at);
create index access_log_at_idx on sesame.access_log using brin (at);

create view sesame.arrivals as
  select received_at from sesame.stripe_events
  where type <> 'sesame.doctor' and type not like '%.fetched';

comment on view sesame.arrivals is
  'When events of Stripe''s arrived. The doctor''s own event and objects that were read from Stripe do not count.';

create function sesame.usual_silence() returns interval
language plpgsql stable set search_path = '' as $$
begin
  -- Of the last week; what lies between the rarest one in a hundred is not unusual.
  return (
    select percentile_cont(0.99) within group (order by gap)
    from (
      select event.received_at - lag(event.received_at) over (order by event.received_at) as gap
      from sesame.arrivals as event
      where event.received_at > now() - interval '7 days'
      limit 100000
    ) as gaps
    where gap is not null
    having count(*) >= 20
  );
end
$$;

comment on function sesame.usual_silence is
  'The longest usual pause between two events. Null: there are too few events to say.';

create function sesame.last_arrival() returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (
    select max(event.received_at) from sesame.arrivals as event
    where event.received_at > now() - interval '30 days'
  );
end
$$;

comment on function sesame.last_arrival is 'When the last event came. Null: none for thirty days.';

create function sesame.is_silent(last_at timestamptz, usual interval) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return usual is not null and now() - last_at > greatest(3 * usual, interval '1 hour');
end
$$;

comment on function sesame.is_silent is
  'Whether no event has come for three times the usual silence, and for at least an hour.';

create function sesame.webhook_refusal()
returns table (code sesame.code, kind text, cause text, refused bigint, accepted bigint, last_at timestamptz)
language plpgsql stable set search_path = '' as $$
declare
  v_last timestamptz := sesame.last_arrival();
  -- Stripe tries for three days. If events are rare, all refusals since the last accepted delivery count.
  v_since timestamptz := greatest(
    least(now() - interval '1 hour', coalesce(v_last, '-infinity')), now() - interval '3 days'
  );
begin
  return query
    with counted as (
      select delivery.kind, delivery.cause, delivery.outcome, sum(delivery.calls) as calls,
        max(delivery.last_at) as last_at
      from sesame.deliveries as delivery
      where delivery.slot > v_since - interval '10 minutes' and delivery.last_at >= v_since
        and delivery.outcome in ('accepted', 'refused')
      group by delivery.kind, delivery.cause, delivery.outcome
    ),
    summed as (
      select
        coalesce(sum(counted.calls) filter (where outcome = 'refused'), 0)::bigint as refused,
        coalesce(sum(counted.calls) filter (where outcome = 'accepted'), 0)::bigint as accepted,
        max(counted.last_at) filter (where outcome = 'refused') as last_at
      from counted
    )
    select
      case
        when probable.cause = 'wrong_secret' then 'webhook_refused_secret'::sesame.code
        when probable.cause in ('thin_secret', 'connect_secret', 'other_mode_secret') then 'webhook_refused_endpoint'
        when probable.cause = 'body_changed' then 'webhook_refused_body'
        when probable.cause = 'clock' then 'webhook_refused_clock'
        else 'webhook_refused'
      end,
      probable.kind::text, nullif(probable.cause, 'unknown')::text, summed.refused, summed.accepted, summed.last_at
    from summed
    cross join lateral (
      select counted.kind, counted.cause
      from counted
      where counted.outcome = 'refused'
      order by counted.cause = 'unknown', counted.calls desc, counted.kind, counted.cause
      limit 1
    ) as probable
    -- At least a quarter is refused, and refusals still go on.
    where summed.refused >= 3 and 3 * summed.refused >= summed.accepted
      and (v_last is null or summed.last_at > v_last - interval '10 minutes');
end
$$;

comment on function sesame.webhook_refusal is
  'Why signed deliveries are refused. One row if at least three, and at least a quarter, of the deliveries of '
  'the last hour or since the last event were refused. code is that of the table of causes; kind and cause are '
  'the likeliest. No row: all is well.';

create function sesame.waiting_events_now() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'waiting', count(*),
      'oldest_waiting_at', min(event.received_at),
      'waiting_seconds', coalesce(extract(epoch from now() - min(event.received_at)), 0)
    )
    from sesame.stripe_events as event
    where event.outcome = 'received'
  );
end
$$;

comment on function sesame.waiting_events_now is
  'How many stored events wait for the fold, since when the oldest, and its age in seconds.';

create function public.sesame_webhook_health() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_last timestamptz := sesame.last_arrival();
  v_usual interval := sesame.usual_silence();
  v_oldest timestamptz := (select min(event.received_at) from sesame.stripe_events as event
    where event.outcome = 'failed');
  v_refusal jsonb := (select to_jsonb(refusal) from sesame.webhook_refusal() as refusal);
  v_day jsonb;
  v_troubles text[];
begin
  select jsonb_build_object(
    'events', count(*),
    'failed', count(*) filter (where event.outcome = 'failed'),
    'quarantined', count(*) filter (where event.outcome = 'quarantined'),
    'ignored', count(*) filter (where event.outcome = 'ignored'),
    'lag_p50', percentile_cont(0.50) within group (order by extract(epoch from event.received_at - event.created)),
    'lag_p95', percentile_cont(0.95) within group (order by extract(epoch from event.received_at - event.created)),
    'lag_p99', percentile_cont(0.99) within group (order by extract(epoch from event.received_at - event.created))
  )
  into v_day
  from sesame.stripe_events as event
  where event.received_at > now() - interval '1 day' and event.type not like '%.fetched';

  v_troubles := array_remove(array[
    case when v_oldest < now() - interval '10 minutes' then 'events_failed' end,
    case when exists (select from sesame.overdue_events()) then 'events_waiting' end,
    case when sesame.is_silent(v_last, v_usual) then 'silence' end,
    case when v_refusal is not null then 'refused' end
  ], null);
  return jsonb_build_object(
    'troubles', v_troubles,
    'last_event_at', v_last,
    'usual_silence_seconds', extract(epoch from v_usual),
    'oldest_failed_at', v_oldest,
    'backlog_seconds', coalesce(extract(epoch from now() - v_oldest), 0),
    'last_day', v_day,
    'deliveries', sesame.deliveries_of_day(),
    'refusal', v_refusal,
    'pending_reads', (select count(*) from sesame.pending_fetches),
    'purchases_without_buyer', (select count(*) from sesame.grants where user_id is null and reason < 'denied'),
    'tokens_without_owner', (select count(*) from public.access_tokens where created_by is null),
    'alerts', (
      select jsonb_object_agg(grade, (
        select count(*) from sesame.open_alerts as alert where alert.severity = grade
      ))
      from unnest(enum_range(null::sesame.severity)) as grade
    ),
    'latencies', sesame.latencies_now(),
    'inbox', sesame.inbox_size(),
    'unfolded', sesame.unfolded_now(),
    'webhooks', sesame.webhooks_now(),
    'events_by_hour', (
      select coalesce(jsonb_agg(hour order by hour ->> 'hour'), '[]')
      from (
        select jsonb_build_object(
          'hour', date_trunc('hour', event.received_at at time zone 'utc'),
          'events', count(*),
          'failed', count(*) filter (where event.outcome = 'failed')
        ) as hour
        from sesame.stripe_events as event
        where event.received_at > now() - interval '1 day'
        group by date_trunc('hour', event.received_at at time zone 'utc')
      ) as hours
    ),
    'access_by_day', (
      select coalesce(jsonb_agg(day order by day ->> 'day'), '[]')
      from (
        select jsonb_build_object(
          'day', (change.at at time zone 'utc')::date,
          'opened', count(*) filter (where change.is_active),
          'closed', count(*) filter (where change.is_active is not true)
        ) as day
        from sesame.access_log as change
        where change.at > now() - interval '30 days'
        group by (change.at at time zone 'utc')::date
      ) as days
    )
  ) || sesame.waiting_events_now();
end
$$;

select sesame.revoke_default_grants('public.sesame_webhook_health');
grant execute on function public.sesame_webhook_health() to service_role;

comment on function public.sesame_webhook_health is
  'The health of the webhook. troubles: events_failed (one has been failing for ten minutes), events_waiting (for five '
  'minutes), silence (three times the usual one) or refused (see refusal). For the last day: events by outcome, the lag '
  'in seconds from Stripe''s created to our commit, and deliveries with the success rate. Then: why signed deliveries '
  'are refused now, what waits, and open alerts by severity. Then: milliseconds of each route''s calls, events of '
  'each hour of a day, and opened and closed accesses of each of thirty days. inbox: its size on disk (see '
  'sesame.inbox_size). unfolded: what a large change left (see sesame.unfolded_now). Times are UTC.';

-- What became of outgoing webhooks that were claimed: delivered, tried again after a pause, or given up after three days.

create function sesame.webhook_pause(failures integer) returns interval
language plpgsql immutable set search_path = '' as $$
declare
  v_pauses interval[] := '{5 seconds,30 seconds,2 minutes,15 minutes,1 hour,6 hours,12 hours}';
begin
  return v_pauses[least(failures, cardinality(v_pauses))];
end
$$;

comment on function sesame.webhook_pause is 'How long a message waits after so many failures.';

-- The next message of each of these members, if it was put behind one that has ended.
create function sesame.bring_forward(of_endpoint text, members uuid[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  update sesame.webhook_deliveries as delivery
  set next_try = clock_timestamp()
  where delivery.endpoint_id = of_endpoint and delivery.next_try is null
    and delivery.message_id = any (array(
      select (
        select waiting.message_id from sesame.webhook_deliveries as waiting
        where waiting.endpoint_id = of_endpoint and waiting.user_id = member
          and waiting.delivered_at is null and waiting.given_up_at is null
        order by waiting.endpoint_id, waiting.user_id, waiting.message_id
        limit 1
      )
      from unnest(members) as member
    ));
end
$$;

create function sesame.judge_endpoint(of_endpoint text, failed integer, has_arrived boolean, is_gone boolean)
returns void
language plpgsql volatile set search_path = '' as $$
begin
  if has_arrived then
    update sesame.webhook_endpoints as endpoint set (failures, failing_since) = (0, null)
    where endpoint.id = of_endpoint and endpoint.failing_since is not null;
  elsif failed > 0 then
    update sesame.webhook_endpoints as endpoint
    set (failures, failing_since) = (endpoint.failures + failed, coalesce(endpoint.failing_since, clock_timestamp()))
    where endpoint.id = of_endpoint;
  end if;
  update sesame.webhook_endpoints as endpoint
  set (disabled_at, disabled_why) = (clock_timestamp(), case when is_gone then 'gone' else 'failing' end)
  where endpoint.id = of_endpoint and endpoint.disabled_at is null
    and (is_gone or endpoint.failing_since <= clock_timestamp() - interval '3 days');
end
$$;

comment on function sesame.judge_endpoint is
  'Counts the failures of an endpoint. It is disabled once nothing has arrived for three days, or when it answers 410.';

create function public.sesame_record_webhook_attempts(endpoint_id text, attempts jsonb) returns integer
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_now timestamptz := clock_timestamp();
  v_members uuid[];
  v_recorded integer;
  v_arrived integer;
  v_is_gone boolean;
begin
  -- Some HTTP layers pass a JSON argument as a JSON string.
  if jsonb_typeof(attempts) = 'string' then
    attempts := (attempts #>> '{}')::jsonb;
  end if;
  perform from sesame.webhook_endpoints as endpoint
  where endpoint.id = sesame_record_webhook_attempts.endpoint_id
  for no key update;
  if not found then
    return 0;  -- removed meanwhile
  end if;

  with result as materialized (
    select given.*
    from jsonb_to_recordset(attempts) as given (message_id bigint, attempt integer, status integer, ms integer, error text)
  ),
  recorded as (
    update sesame.webhook_deliveries as delivery
    set
      failures = delivery.failures + case when result.error is null then 0 else 1 end,
      delivered_at = case when result.error is null then v_now end,
      given_up_at = case when verdict.is_last then v_now end,
      next_try = case when result.error is not null and not verdict.is_last then verdict.next_try end
    from result
    join sesame.webhook_deliveries as held
      on (held.endpoint_id, held.message_id) = (sesame_record_webhook_attempts.endpoint_id, result.message_id)
    cross join lateral (
      select
        v_now + sesame.webhook_pause(held.failures + 1) as next_try,
        result.error is not null
          and v_now + sesame.webhook_pause(held.failures + 1) > held.since + interval '3 days' as is_last
    ) as verdict
    where (delivery.endpoint_id, delivery.message_id, delivery.attempts) = (held.endpoint_id, held.message_id, result.attempt)
      and delivery.delivered_at is null and delivery.given_up_at is null
    returning delivery.user_id, result.message_id, result.attempt, result.status, result.ms, result.error
  ),
  logged as (
    insert into sesame.webhook_attempts (endpoint_id, message_id, attempt, at, status, ms, error)
    select
      sesame_record_webhook_attempts.endpoint_id, recorded.message_id, recorded.attempt, v_now, recorded.status,
      recorded.ms, recorded.error
    from recorded
  )
  select
    array_agg(recorded.user_id), count(*), count(*) filter (where recorded.error is null),
    coalesce(bool_or(recorded.status = 410), false)
  into v_members, v_recorded, v_arrived, v_is_gone
  from recorded;

  perform sesame.bring_forward(endpoint_id, v_members);
  perform sesame.judge_endpoint(endpoint_id, v_recorded - v_arrived, v_arrived > 0, v_is_gone);
  return v_recorded;
end
$$;

select sesame.revoke_default_grants('public.sesame_record_webhook_attempts');
grant execute on function public.sesame_record_webhook_attempts(text, jsonb) to service_role;

comment on function public.sesame_record_webhook_attempts is
  'Records attempts [{message_id, attempt, status, ms, error}] for an endpoint. error null: it arrived. A result of a claim '
  'that has ended changes nothing. Answers how many counted.';

-- Figures that functions count in memory. Each worker counts for some seconds and then sends its counts in one call,
-- after its answers.

create function public.sesame_record_figures(figures jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  -- Some HTTP layers pass a JSON argument as a JSON string.
  if jsonb_typeof(figures) = 'string' then
    figures := (figures #>> '{}')::jsonb;
  end if;

  -- All workers use the same order, so that two of them never block each other.
  insert into sesame.latencies as held (route, day, upper_ms, calls)
  select route, (now() at time zone 'utc')::date, upper_ms, sum(calls)
  from jsonb_to_recordset(figures -> 'latencies') as counted (route text, upper_ms integer, calls bigint)
  group by route, upper_ms
  order by route, upper_ms
  on conflict (day, route, upper_ms) do update set calls = held.calls + excluded.calls;

  insert into sesame.deliveries as held (slot, kind, cause, calls, last_at)
  select date_bin('10 minutes', now(), '2000-01-01 00:00:00+00'), kind, coalesce(cause, 'unknown'), sum(calls), now()
  from jsonb_to_recordset(figures -> 'deliveries')
    as counted (kind sesame.delivery_kind, cause sesame.delivery_cause, calls bigint)
  group by kind, coalesce(cause, 'unknown')
  order by kind, coalesce(cause, 'unknown')
  on conflict (slot, kind, cause) do update
  set (calls, last_at) = (held.calls + excluded.calls, greatest(held.last_at, excluded.last_at));
end
$$;

select sesame.revoke_default_grants('public.sesame_record_figures');
grant execute on function public.sesame_record_figures(jsonb) to service_role;

comment on function public.sesame_record_figures is
  'Adds {latencies: [{route, upper_ms, calls}], deliveries: [{kind, cause, calls}]} to the counts of today and '
  'of the present ten minutes. 23514: no such bucket. 22P02: no such kind or cause.';

-- How long functions take to answer, counted in buckets. Each worker counts for some seconds and then sends its
-- counts in one call, after its answers.

create table sesame.latencies (
  route text not null,
  day date not null,
  upper_ms integer not null,
  calls bigint not null,
  primary key (day, route, upper_ms),
  constraint latencies_calls_is_positive check (calls > 0),
  constraint latencies_upper_ms_is_a_bucket check (
    upper_ms in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 150000)
  )
);

alter table sesame.latencies enable row level security;

comment on table sesame.latencies is
  'Calls of a function''s route, by day (UTC) and by bucket of duration. Private: no policy, written by '
  'sesame_record_figures only.';
comment on column sesame.latencies.upper_ms is
  'The upper end of the bucket in milliseconds. The last bucket ends at the platform''s own limit.';

create function sesame.latency_quantile(of_route text, share numeric) returns integer
language plpgsql stable set search_path = '' as $$
begin
  return (
    select min(upper_ms)
    from (
      select
        upper_ms,
        sum(sum(calls)) over (order by upper_ms) as so_far,
        sum(sum(calls)) over () as total
      from sesame.latencies
      where route = of_route and day >= (now() at time zone 'utc')::date - 1
      group by upper_ms
    ) as buckets
    where so_far >= share * total
  );
end
$$;

comment on function sesame.latency_quantile is
  'A quantile of the calls of today and yesterday in milliseconds: the end of its bucket.';

create function sesame.latencies_now() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_object_agg(route, jsonb_build_object(
      'calls', calls,
      'p50', sesame.latency_quantile(route, 0.50),
      'p95', sesame.latency_quantile(route, 0.95),
      'p99', sesame.latency_quantile(route, 0.99)
    )), '{}')
    from (
      select route, sum(calls) as calls from sesame.latencies
      where day >= (now() at time zone 'utc')::date - 1
      group by route
    ) as routes
  );
end
$$;

comment on function sesame.latencies_now is 'Calls and quantiles of each route, today and yesterday (UTC).';

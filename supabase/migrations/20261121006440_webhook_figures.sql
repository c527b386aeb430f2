-- How outgoing webhooks are doing, for health and alerts.

create function sesame.webhooks_now() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_waiting jsonb;
begin
  select jsonb_build_object(
    'waiting', count(*),
    'waiting_seconds', coalesce(extract(epoch from now() - min(delivery.since)), 0)
  )
  into v_waiting
  from sesame.webhook_deliveries as delivery
  join sesame.webhook_endpoints as endpoint on endpoint.id = delivery.endpoint_id and endpoint.disabled_at is null
  where delivery.delivered_at is null and delivery.given_up_at is null;
  return v_waiting || (
    select jsonb_build_object(
      'endpoints', count(*),
      'disabled', count(*) filter (where endpoint.disabled_at is not null),
      'failing', count(*) filter (where endpoint.disabled_at is null and endpoint.failing_since is not null)
    )
    from sesame.webhook_endpoints as endpoint
  );
end
$$;

comment on function sesame.webhooks_now is
  'Outgoing webhooks: the endpoints, how many of them are disabled or failing, how many messages wait for the others, and '
  'the age of the oldest.';

-- A function, because a view would name a code that the upgrade to this version adds: a transaction cannot use that.
create function sesame.failing_endpoints() returns table (code sesame.code, endpoint_id text)
language plpgsql stable set search_path = '' as $$
begin
  return query
    select 'deliveries_failing'::sesame.code, endpoint.id
    from sesame.webhook_endpoints as endpoint
    where endpoint.disabled_why in ('failing', 'gone')
      or endpoint.disabled_at is null and endpoint.failing_since < now() - interval '1 hour';
end
$$;

comment on function sesame.failing_endpoints is
  'Endpoints of outgoing webhooks where nothing has arrived for an hour, and those that were disabled for it.';

-- Messages of the last 30 days are sent again on request, with the same id and body. And the log of what was sent.

create function public.sesame_replay_webhooks(
  endpoint_id text, since timestamptz default null, webhook_id text default null
) returns bigint
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_endpoint sesame.webhook_endpoints := sesame.find_webhook_endpoint(endpoint_id);
  v_replayed bigint;
begin
  if (since is null) = (webhook_id is null) then
    raise sqlstate 'SE081' using
      message = 'say what to replay',
      hint = 'Give either since, a time, or webhook_id, the id of one message.';
  end if;
  insert into sesame.webhook_deliveries as delivery (endpoint_id, message_id, user_id)
  select v_endpoint.id, message.id, message.user_id
  from sesame.webhook_messages as message
  where message.type = any (v_endpoint.types)
    and (message.at >= sesame_replay_webhooks.since or message.webhook_id = sesame_replay_webhooks.webhook_id)
  on conflict on constraint webhook_deliveries_pkey do update
    set (since, failures, next_try, delivered_at, given_up_at)
      = (clock_timestamp(), 0, clock_timestamp(), null, null);
  get diagnostics v_replayed = row_count;
  return v_replayed;
end
$$;

select sesame.revoke_default_grants('public.sesame_replay_webhooks');
grant execute on function public.sesame_replay_webhooks(text, timestamptz, text) to service_role;

comment on function public.sesame_replay_webhooks is
  'Sends messages to an endpoint again: all since a time, or one by its webhook-id. Also those that it missed while it was '
  'disabled. Answers how many. SE080: no such endpoint; SE081: neither or both were given.';

create function public.sesame_webhook_log(endpoint_id text default null, most integer default 100)
returns table (
  at timestamptz, endpoint text, webhook_id text, type text, user_id uuid, attempt integer, status integer, ms integer,
  error text, delivered_at timestamptz, given_up_at timestamptz, next_try timestamptz
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      tried.at, tried.endpoint_id, message.webhook_id, message.type, message.user_id, tried.attempt, tried.status,
      tried.ms, tried.error, delivery.delivered_at, delivery.given_up_at, delivery.next_try
    from sesame.webhook_attempts as tried
    join sesame.webhook_deliveries as delivery
      on (delivery.endpoint_id, delivery.message_id) = (tried.endpoint_id, tried.message_id)
    join sesame.webhook_messages as message on message.id = tried.message_id
    where tried.endpoint_id = coalesce(sesame_webhook_log.endpoint_id, tried.endpoint_id)
    order by tried.at desc, tried.message_id desc
    limit most;
end
$$;

select sesame.revoke_default_grants('public.sesame_webhook_log');
grant execute on function public.sesame_webhook_log(text, integer) to service_role;

comment on function public.sesame_webhook_log is
  'The newest attempts to send outgoing webhooks, of one endpoint or of all, and what became of each message.';

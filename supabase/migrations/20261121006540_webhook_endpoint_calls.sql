-- Endpoints of outgoing webhooks, by the operator's hand. For service_role, and for the owner in the SQL editor.

create function sesame.find_webhook_endpoint(endpoint_id text) returns sesame.webhook_endpoints
language plpgsql volatile set search_path = '' as $$
declare
  -- The lock keeps senders away, and waits for the result that one is writing.
  v_endpoint sesame.webhook_endpoints;
begin
  select * into v_endpoint from sesame.webhook_endpoints as endpoint
  where endpoint.id = find_webhook_endpoint.endpoint_id
  for no key update;
  if not found then
    raise sqlstate 'SE080' using
      message = 'there is no such webhook endpoint',
      detail = endpoint_id,
      hint = 'select * from sesame_webhook_endpoints() lists them.';
  end if;
  return v_endpoint;
end
$$;

comment on function sesame.find_webhook_endpoint is 'Locks an endpoint and answers it. SE080: there is none.';

create function public.sesame_create_webhook_endpoint(url text, description text default '', types text[] default null)
returns table (endpoint_id text, secret text)
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_endpoint sesame.webhook_endpoints;
begin
  -- A fold that is running does not see the endpoint. After the lock there is none.
  perform sesame.lock_fold();
  if not exists (select from sesame.webhook_endpoints) then
    perform sesame.await_ends();
  end if;
  insert into sesame.webhook_endpoints as endpoint (url, description, types, secret)
  values (
    sesame_create_webhook_endpoint.url, sesame_create_webhook_endpoint.description,
    coalesce(
      sesame_create_webhook_endpoint.types, '{access.opened,access.changed,access.closed,access.expiring}'
    ),
    sesame.new_webhook_secret()
  )
  returning * into v_endpoint;
  return query select v_endpoint.id, v_endpoint.secret;
end
$$;

select sesame.revoke_default_grants('public.sesame_create_webhook_endpoint');
grant execute on function public.sesame_create_webhook_endpoint(text, text, text[]) to service_role;

comment on function public.sesame_create_webhook_endpoint is
  'Adds an endpoint of outgoing webhooks. types: the messages that it gets, null: all. The secret is shown once. It hears '
  'what happens from now on. 23514: the URL is not https, or a type is unknown.';

create function public.sesame_rotate_webhook_secret(endpoint_id text, overlap interval default '24 hours') returns text
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_endpoint sesame.webhook_endpoints := sesame.find_webhook_endpoint(endpoint_id);
  v_secret text := sesame.new_webhook_secret();
begin
  update sesame.webhook_endpoints as endpoint
  set (secret, former_secret, former_secret_until) = (v_secret, v_endpoint.secret, now() + overlap)
  where endpoint.id = endpoint_id;
  return v_secret;
end
$$;

select sesame.revoke_default_grants('public.sesame_rotate_webhook_secret');
grant execute on function public.sesame_rotate_webhook_secret(text, interval) to service_role;

comment on function public.sesame_rotate_webhook_secret is
  'Gives an endpoint a new secret, which is shown once. The former one signs beside it until overlap has passed; 0 ends it '
  'at once. SE080: no such endpoint.';

create function public.sesame_enable_webhook_endpoint(endpoint_id text, is_enabled boolean default true) returns void
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  v_endpoint sesame.webhook_endpoints := sesame.find_webhook_endpoint(endpoint_id);
begin
  if not is_enabled then
    update sesame.webhook_endpoints as endpoint
    set (disabled_at, disabled_why) = (coalesce(endpoint.disabled_at, now()), 'operator')
    where endpoint.id = v_endpoint.id;
    return;
  end if;

  update sesame.webhook_endpoints as endpoint
  set (disabled_at, disabled_why, failures, failing_since) = (null, null, 0, null)
  where endpoint.id = v_endpoint.id;
  -- What still waits gets another three days.
  update sesame.webhook_deliveries as delivery
  set (since, failures) = (clock_timestamp(), 0),
    next_try = case when delivery.next_try is not null then clock_timestamp() end
  where delivery.endpoint_id = v_endpoint.id and delivery.delivered_at is null and delivery.given_up_at is null;
end
$$;

select sesame.revoke_default_grants('public.sesame_enable_webhook_endpoint');
grant execute on function public.sesame_enable_webhook_endpoint(text, boolean) to service_role;

comment on function public.sesame_enable_webhook_endpoint is
  'Enables an endpoint, or disables it. A disabled one is sent nothing, and no new message is addressed to it: replay them '
  'when it is back. SE080: no such endpoint.';

create function public.sesame_remove_webhook_endpoint(endpoint_id text) returns void
language plpgsql volatile security definer set search_path = '' set lock_timeout = '3s' as $$
begin
  perform sesame.lock_fold();
  perform sesame.find_webhook_endpoint(endpoint_id);
  delete from sesame.webhook_endpoints as endpoint where endpoint.id = endpoint_id;
  if not exists (select from sesame.webhook_endpoints) then
    delete from sesame.awaited_ends where true;
  end if;
end
$$;

select sesame.revoke_default_grants('public.sesame_remove_webhook_endpoint');
grant execute on function public.sesame_remove_webhook_endpoint(text) to service_role;

comment on function public.sesame_remove_webhook_endpoint is
  'Removes an endpoint, with its deliveries and their log. SE080: no such endpoint.';

create function public.sesame_webhook_endpoints()
returns table (
  endpoint_id text, url text, description text, types text[], created_at timestamptz, disabled_at timestamptz,
  disabled_why text, failing_since timestamptz, waiting bigint, oldest_waiting_at timestamptz
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
    select
      endpoint.id, endpoint.url, endpoint.description, endpoint.types, endpoint.created_at, endpoint.disabled_at,
      endpoint.disabled_why, endpoint.failing_since, queue.waiting, queue.oldest_at
    from sesame.webhook_endpoints as endpoint
    cross join lateral (
      select count(*) as waiting, min(delivery.since) as oldest_at
      from sesame.webhook_deliveries as delivery
      where delivery.endpoint_id = endpoint.id and delivery.delivered_at is null and delivery.given_up_at is null
    ) as queue
    order by endpoint.created_at, endpoint.id;
end
$$;

select sesame.revoke_default_grants('public.sesame_webhook_endpoints');
grant execute on function public.sesame_webhook_endpoints() to service_role;

comment on function public.sesame_webhook_endpoints is
  'The endpoints of outgoing webhooks, without their secrets, and how many messages wait for each.';

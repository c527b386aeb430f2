-- Outgoing webhooks are claimed, sent and recorded. If a sender dies in between, the claim ends after 30 seconds and the
-- message is sent again. So each arrives at least once, and the messages of one member in their order.
-- Claims and results of one endpoint lock its row, so they see each other.

create function public.sesame_due_webhook_endpoints() returns setof text
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform sesame.tell_ends();
  return query
    select endpoint.id
    from sesame.webhook_endpoints as endpoint
    where endpoint.disabled_at is null and exists (
      select from sesame.webhook_deliveries as delivery
      where delivery.endpoint_id = endpoint.id and delivery.next_try <= clock_timestamp()
        and delivery.delivered_at is null and delivery.given_up_at is null
    )
    order by endpoint.id;
end
$$;

select sesame.revoke_default_grants('public.sesame_due_webhook_endpoints');
grant execute on function public.sesame_due_webhook_endpoints() to service_role;

comment on function public.sesame_due_webhook_endpoints is
  'Writes the messages about ends that have come, and answers the endpoints with messages that are due.';

-- Only a member's first message may be claimed. A later one that is due is put behind it, until the first one ends.
create function sesame.put_behind(of_endpoint text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_due bigint[] := array(
    select delivery.message_id from sesame.webhook_deliveries as delivery
    where delivery.endpoint_id = of_endpoint and delivery.next_try <= clock_timestamp()
      and delivery.delivered_at is null and delivery.given_up_at is null
    order by delivery.next_try, delivery.message_id
    limit 100
  );
begin
  update sesame.webhook_deliveries as delivery
  set next_try = null
  where delivery.endpoint_id = of_endpoint and delivery.message_id = any (v_due)
    and exists (
      select from sesame.webhook_deliveries as earlier
      where (earlier.endpoint_id, earlier.user_id) = (delivery.endpoint_id, delivery.user_id)
        and earlier.message_id < delivery.message_id
        and earlier.delivered_at is null and earlier.given_up_at is null
    );
  return found;
end
$$;

comment on function sesame.put_behind is
  'Looks at the next messages that are due. True: some of them were not the first of their member, so look again.';

create function public.sesame_claim_webhook_deliveries(endpoint_id text, most integer default 16)
returns table (message_id bigint, attempt integer, url text, secrets text[], webhook_id text, body text)
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
  v_endpoint sesame.webhook_endpoints;
  v_most integer;
begin
  select * into v_endpoint from sesame.webhook_endpoints as endpoint
  where endpoint.id = sesame_claim_webhook_deliveries.endpoint_id and endpoint.disabled_at is null
  for no key update;
  if not found then
    return;
  end if;
  -- One that fails all the time is asked once in a while.
  v_most := case when v_endpoint.failures >= 20 then 1 else least(most, 100) end;
  while sesame.put_behind(v_endpoint.id) loop
  end loop;

  return query
    with claimed as (
      update sesame.webhook_deliveries as delivery
      set (attempts, next_try) = (delivery.attempts + 1, clock_timestamp() + interval '30 seconds')
      where delivery.endpoint_id = v_endpoint.id and delivery.message_id = any (array(
        select due.message_id from sesame.webhook_deliveries as due
        where due.endpoint_id = v_endpoint.id and due.next_try <= clock_timestamp()
          and due.delivered_at is null and due.given_up_at is null
          -- One that was written since the look.
          and not exists (
            select from sesame.webhook_deliveries as earlier
            where (earlier.endpoint_id, earlier.user_id) = (due.endpoint_id, due.user_id)
              and earlier.message_id < due.message_id
              and earlier.delivered_at is null and earlier.given_up_at is null
          )
        order by due.next_try, due.message_id
        limit v_most
        for update skip locked  -- an erasure may be deleting it
      ))
      returning delivery.message_id, delivery.attempts
    )
    select
      claimed.message_id, claimed.attempts, v_endpoint.url, sesame.webhook_secrets(v_endpoint), message.webhook_id,
      message.body
    from claimed
    join sesame.webhook_messages as message on message.id = claimed.message_id
    order by claimed.message_id;
end
$$;

select sesame.revoke_default_grants('public.sesame_claim_webhook_deliveries');
grant execute on function public.sesame_claim_webhook_deliveries(text, integer) to service_role;

comment on function public.sesame_claim_webhook_deliveries is
  'The next messages for an endpoint, one of each member at most. They are held for the caller for 30 seconds.';

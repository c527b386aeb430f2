-- The RPC without its purpose: it stores the inbox row, and decides no access.

drop function public.process_stripe_events;

create function public.process_stripe_events(events jsonb, may_wait boolean default false)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
  insert into sesame.stripe_events
    (id, type, created, api_version, livemode, account, object_id, outcome, payload)
  select
    given.id, given.type, to_timestamp(given.created), given.api_version, given.livemode,
    coalesce(given.account, ''), given.object_id, 'applied', given.payload
  from jsonb_to_recordset(events) as given (
    id text, type text, created bigint, api_version text, livemode boolean, account text, object_id text, payload text
  )
  order by given.id
  on conflict (id) do nothing;
  return query
    select given.id, 'applied', null::text, null::text[]
    from jsonb_to_recordset(events) as given (id text);
end
$$;

grant execute on function public.process_stripe_events to sesame_webhook;

-- The one door for Stripe's events: inbox, facts and access commit together or not at all.
-- Security definer, for service_role and the webhook's own role: neither touches a private table.

create function public.process_stripe_events(events jsonb)
returns table (event_id text, outcome text, detail text)
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'  -- before any caller gives up, so that he learns why
-- The shape of every plan is known beforehand: index lookups by the ids at hand. Planned once a
-- connection, and while the tables are small just as when they are not.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  v_new jsonb;
  v_new_ids text[];
  v_failures jsonb := '{}';
begin
  -- Some HTTP layers pass a JSON argument as a JSON string.
  if jsonb_typeof(events) = 'string' then
    events := (events #>> '{}')::jsonb;
  end if;
  if jsonb_typeof(events) is distinct from 'array' then
    raise sqlstate 'SE003' using
      message = 'events must be a JSON array',
      hint = 'Pass [{id, type, created, livemode, payload, facts, …}, …].';
  end if;

  -- A redelivery writes nothing and waits for nobody.
  if billing.unsettled_events(events) is not null then
    perform billing.lock_fold();
    v_new := billing.unsettled_events(events);
  end if;

  if v_new is not null then
    begin
      perform billing.apply_events(v_new);
    exception when others then
      if billing.is_transient(sqlstate) then raise; end if;
      v_failures := billing.apply_events_singly(v_new);
    end;
    perform billing.store_events(v_new, v_failures);
    v_new_ids := array(select new ->> 'id' from jsonb_array_elements(v_new) as new);
  end if;

  return query
    select
      event.id,
      case
        when event.is_first and event.id = any (v_new_ids) or stored.outcome = 'failed' then stored.outcome::text
        else 'duplicate'
      end,
      stored.detail
    from (
      select given.id, given.ordinality, row_number() over (partition by given.id order by given.ordinality) = 1 as is_first
      from rows from (jsonb_to_recordset(events) as (id text)) with ordinality as given (id, ordinality)
    ) as event
    join billing.stripe_events as stored on stored.id = event.id
    order by event.ordinality;
end
$$;

revoke execute on function public.process_stripe_events(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.process_stripe_events(jsonb) to service_role;

comment on function public.process_stripe_events is
  'Stores events once by id, applies their facts and answers one row for each: applied, duplicate, ignored, '
  'quarantined or failed. Raises SE001, SE003, and whatever a retry may mend (55P03 where the lock is busy).';

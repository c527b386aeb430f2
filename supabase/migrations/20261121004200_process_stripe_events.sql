-- The one door for Stripe's events: inbox, facts and access commit together, or nothing does. It is security definer,
-- for service_role and the webhook's own role: neither may touch a private table.

create function public.process_stripe_events(events jsonb)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer
set search_path = ''
set lock_timeout = '3s'  -- shorter than any caller's timeout, so that the caller sees the reason
-- Every query looks rows up in an index by the given ids. So a plan can be made once for each connection, and it
-- stays right while the tables grow.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_new jsonb;
  v_new_ids text[];
  v_touched jsonb := '{}';
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

  -- A redelivery writes nothing and takes no lock.
  v_new_ids := sesame.unsettled_ids(events);
  if v_new_ids <> '{}' then
    perform sesame.lock_fold();
    v_new_ids := sesame.unsettled_ids(events);
  end if;

  if v_new_ids <> '{}' then
    v_new := sesame.select_events(events, v_new_ids);
    begin
      v_touched := sesame.apply_events(v_new);
    exception when others then
      if sesame.is_transient(sqlstate) then raise; end if;
      select singly.touched, singly.failures into v_touched, v_failures
      from sesame.apply_events_singly(v_new) as singly;
    end;
    perform sesame.store_events(v_new, v_failures);
  end if;

  return query
    select
      given.id,
      case
        when given.time = 1 and given.id = any (v_new_ids) or stored.outcome = 'failed'
          then stored.outcome::text
        else 'duplicate'
      end,
      stored.detail,
      case when given.place = 1 then sesame.fetches_among(v_touched) end
    from (
      select element.id, element.place, row_number() over (partition by element.id order by element.place) as time
      from rows from (jsonb_to_recordset(events) as (id text)) with ordinality as element (id, place)
    ) as given
    cross join lateral (
      select event.outcome, event.detail
      from sesame.stripe_events as event
      where event.id = given.id
      offset 0  -- one look-up for each id, never a scan of the whole table
    ) as stored
    order by given.place;
end
$$;

select sesame.revoke_default_grants('public.process_stripe_events');
grant execute on function public.process_stripe_events(jsonb) to service_role;

comment on function public.process_stripe_events is
  'Stores events once by id, applies their facts, and answers one row for each: applied, duplicate, ignored, '
  'quarantined or failed. In the first row, fetch lists the objects to be read again from Stripe. Raises SE001, '
  'SE003, and any error that a retry may fix (55P03: the lock is busy).';

-- Reading and writing the inbox.

create function sesame.unsettled_ids(events jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
declare
  v_id text := events #>> '{0,id}';
begin
  -- Usually there is one event.
  if jsonb_array_length(events) = 1 then
    return case when exists (
      select from sesame.stripe_events as stored
      where stored.id = v_id
        and (stored.outcome = 'applied' or stored.outcome <> 'failed' and events #> '{0,facts}' = '[]')
    ) then '{}' else array[v_id] end;
  end if;
  return array(
    select distinct given.id
    from jsonb_to_recordset(events) as given (id text, facts jsonb)
    where not exists (
      select from sesame.stripe_events as stored
      where stored.id = given.id
        -- Settled, unless it failed, or has become one that says something.
        and (stored.outcome = 'applied' or stored.outcome <> 'failed' and given.facts = '[]')
      offset 0
    )
  );
end
$$;

comment on function sesame.unsettled_ids is 'Those of the given events that still have to be applied.';

create function sesame.select_events(events jsonb, ids text[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  -- Usually all of them are asked for, once each. Then no payload is copied.
  if cardinality(ids) = jsonb_array_length(events) then
    return events;
  end if;
  return (
    select jsonb_agg(first_of_id.event)
    from (
      select distinct on (given.event ->> 'id') given.event
      from jsonb_array_elements(events) with ordinality as given (event, place)
      order by given.event ->> 'id', given.place
    ) as first_of_id
    where first_of_id.event ->> 'id' = any (ids)
  );
end
$$;

comment on function sesame.select_events is 'The events with these ids, each once, as first given.';

create function sesame.ids_of_events(events jsonb) returns text[]
language plpgsql immutable set search_path = '' as $$
begin
  return array(select given.event ->> 'id' from jsonb_array_elements(events) as given (event));
end
$$;

comment on function sesame.ids_of_events is 'The ids of these events, in their order.';

create function sesame.lock_inbox(ids text[]) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform from sesame.stripe_events as stored where stored.id = any (ids) order by stored.id for update;
end
$$;

comment on function sesame.lock_inbox is
  'Locks these events in the order of store_events, for a transaction that stores events more than once.';

create function sesame.store_events(events jsonb, failures jsonb, is_folded boolean default true) returns void
language plpgsql volatile set search_path = '' as $$
begin
  insert into sesame.stripe_events as stored
    (id, type, created, api_version, livemode, account, object_id, outcome, detail, payload)
  select
    given.id, given.type, to_timestamp(given.created), given.api_version,
    given.livemode, coalesce(given.account, ''), given.object_id,
    case
      when given.quarantine is not null then 'quarantined'
      when given.error is not null or failures ? given.id then 'failed'
      when given.facts = '[]' then 'ignored'
      when is_folded then 'applied'
      else 'received'
    end::sesame.event_outcome,
    coalesce(given.quarantine::text, given.error, failures ->> given.id),
    case
      when given.quarantine is null and given.error is null and not failures ? given.id
        and (is_folded or given.facts = '[]')
        and (select keep_bodies = interval '0' from sesame.settings where settings.id) then ''
      else coalesce(given.payload, '')  -- of an event that waited, the row has the body
    end
  from jsonb_to_recordset(events) as given (
    id text, type text, created bigint, api_version text, livemode boolean, account text,
    object_id text, quarantine sesame.code, error text, facts jsonb, payload text
  )
  order by given.id  -- two calls with the same events lock their rows in one order, so there is no deadlock
  on conflict (id) do update set
    (outcome, detail, attempts)
    = (excluded.outcome, excluded.detail, stored.attempts + (stored.outcome <> 'received')::integer),
    -- An event that was ignored may have no body any more. If it fails or waits now, it needs one.
    payload = case
      when stored.payload = '' and excluded.outcome not in ('applied', 'ignored') then excluded.payload
      else stored.payload
    end
    -- Without the lock, another call may have settled the event meanwhile: see unsettled_ids().
    where is_folded or stored.outcome = 'failed'
      or stored.outcome in ('ignored', 'quarantined') and excluded.outcome = 'received';
end
$$;

comment on function sesame.store_events is
  'Writes each event with its outcome. failures is {event id: SQLSTATE}. Not is_folded: an event with facts is received.';

create function sesame.answer_events(events jsonb, new_ids text[], touched jsonb)
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql stable set search_path = '' as $$
begin
  -- Usually there is one event, and it is new.
  if jsonb_array_length(events) = 1 and new_ids = array[events #>> '{0,id}'] then
    return query
      select stored.id, stored.outcome::text, stored.detail, sesame.fetches_among(touched)
      from sesame.stripe_events as stored
      where stored.id = new_ids[1];
    return;
  end if;
  return query
    select
      given.id,
      case
        when given.time = 1 and given.id = any (new_ids) or stored.outcome in ('failed', 'received')
          then stored.outcome::text
        else 'duplicate'
      end,
      stored.detail,
      case when given.place = 1 then sesame.fetches_among(touched) end
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

comment on function sesame.answer_events is
  'One row for each event, in the order given. In the first one, fetch lists those of the touched objects that are to be '
  'read again from Stripe.';

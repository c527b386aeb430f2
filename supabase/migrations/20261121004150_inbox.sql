-- Reading and writing the inbox.

create function sesame.unsettled_ids(events jsonb) returns text[]
language plpgsql stable set search_path = '' as $$
begin
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

create function sesame.store_events(events jsonb, failures jsonb) returns void
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
      else 'applied'
    end::sesame.event_outcome,
    coalesce(given.quarantine::text, given.error, failures ->> given.id),
    given.payload
  from jsonb_to_recordset(events) as given (
    id text, type text, created bigint, api_version text, livemode boolean, account text,
    object_id text, quarantine sesame.code, error text, facts jsonb, payload text
  )
  order by given.id
  on conflict (id) do update set
    (outcome, detail, attempts) = (excluded.outcome, excluded.detail, stored.attempts + 1);
end
$$;

comment on function sesame.store_events is
  'Writes each event with its final outcome. failures is {event id: SQLSTATE}.';

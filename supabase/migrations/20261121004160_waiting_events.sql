-- Events that are stored before they are applied. When they came, another transaction held the lock of the fold. Every
-- fold takes what waits, so many calls share one commit.

create table sesame.waiting_events (
  event_id text primary key,
  event jsonb not null,
  together integer not null default 500,
  place bigint generated always as identity,
  constraint waiting_events_together_is_positive check (together > 0)
);

-- A row is read once and then deleted. Compressing it would cost more.
alter table sesame.waiting_events alter column event set storage external;

create index waiting_events_place_idx on sesame.waiting_events (place);

alter table sesame.waiting_events enable row level security;

comment on table sesame.waiting_events is
  'The events of the inbox that are received: the next fold applies them. Private: no policy, written by '
  'process_stripe_events and fold_received_events only.';
comment on column sesame.waiting_events.event is 'The event with its facts and without its body, which is in the inbox.';
comment on column sesame.waiting_events.together is
  'How many events are folded with it, at most. Each fold that times out halves this number.';
comment on column sesame.waiting_events.place is 'The order of arrival.';

create function sesame.receive_events(events jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform sesame.store_events(events, '{}', false);
  -- Only what the inbox holds as received: another call may have settled the same event a moment ago.
  insert into sesame.waiting_events (event_id, event)
  select stored.id, given.event - 'payload'
  from jsonb_array_elements(events) as given (event)
  cross join lateral (
    select event.id from sesame.stripe_events as event
    where event.id = given.event ->> 'id' and event.outcome = 'received'
    offset 0  -- one look-up for each id, never a scan of the whole table
  ) as stored
  order by stored.id
  on conflict do nothing;
end
$$;

comment on function sesame.receive_events is
  'Stores events for a later fold. It needs no lock. An event without facts gets its final outcome at once.';

create function sesame.with_waiting(own jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_together integer := (select waiting.together from sesame.waiting_events as waiting order by waiting.place limit 1);
  v_own_ids text[];
  v_waiting jsonb;
begin
  if v_together is null then
    return own;
  end if;
  v_own_ids := sesame.ids_of_events(own);
  select jsonb_agg(oldest.event order by oldest.place) into v_waiting
  from (
    select waiting.event_id, waiting.event, waiting.place
    from sesame.waiting_events as waiting
    order by waiting.place
    limit v_together
  ) as oldest
  where oldest.event_id <> all (v_own_ids);
  return own || coalesce(v_waiting, '[]');
end
$$;

comment on function sesame.with_waiting is
  'These events, each id once, and the oldest of those that wait. Call under lock_fold().';

create function sesame.forget_waiting(events jsonb) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from sesame.waiting_events as waiting where waiting.event_id = any (sesame.ids_of_events(events));
end
$$;

comment on function sesame.forget_waiting is 'These events are settled and no longer wait. Call under lock_fold().';

create function sesame.are_waiting(event_ids text[]) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (select from sesame.waiting_events as waiting where waiting.event_id = any (event_ids));
end
$$;

comment on function sesame.are_waiting is 'Whether any of these events still waits.';

-- One fold of events: their facts, the grants and access that follow, and their outcomes in the inbox.

create function sesame.apply_or_fail(events jsonb, out touched jsonb, out failures jsonb)
language plpgsql volatile set search_path = '' as $$
begin
  -- Only the event that is too large is folded by parts. The others beside it take effect at once.
  if sesame.are_by_parts(events) then
    select singly.touched, singly.failures into touched, failures from sesame.apply_events_singly(events) as singly;
    return;
  end if;
  touched := sesame.apply_events(events);
  failures := '{}';
exception when others then
  if sesame.is_transient(sqlstate) then raise; end if;
  select singly.touched, singly.failures into touched, failures from sesame.apply_events_singly(events) as singly;
end
$$;

comment on function sesame.apply_or_fail is
  'Applies the events together, and one by one if that fails or if one is folded by parts. failures is {event id: '
  'SQLSTATE}.';

-- Postgres cancels a call when its time is over. The savepoint of this block takes back what the fold did. The timer
-- has fired, and does not fire again in this statement: so there is time to store the events.
create function sesame.fold_events(own jsonb, may_wait boolean) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_begun timestamptz := clock_timestamp();
  v_events jsonb := case when may_wait then sesame.with_waiting(own) else own end;
  v_applied record;
begin
  begin
    v_applied := sesame.apply_or_fail(v_events);
  exception when query_canceled or others then
    -- A caller without own events has stored nothing: it gets the error, or it would try again at once.
    if not may_wait or own = '[]' and not sesame.is_timeout(sqlstate) or not sesame.is_transient(sqlstate) then
      raise;
    end if;
    perform sesame.postpone_events(
      own, v_events, sesame.is_timeout(sqlstate) and clock_timestamp() - v_begun > '1 second'
    );
    return '{}';
  end;
  perform sesame.store_events(v_events, v_applied.failures);
  -- Usually nothing waits, and the events are the given ones.
  if not may_wait or exists (select from sesame.waiting_events) then
    perform sesame.forget_waiting(v_events);
  end if;
  return v_applied.touched;
end
$$;

comment on function sesame.fold_events is
  'Folds these events. may_wait: also those that wait; after a transient error all of them wait. Answers the touched '
  'objects. Call under lock_fold().';

create function sesame.postpone_events(own jsonb, events jsonb, was_slow boolean) returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_half integer := jsonb_array_length(events) / 2;
begin
  if was_slow and v_half = 0 then
    perform sesame.store_events(events, jsonb_build_object(events -> 0 ->> 'id', '57014'));
    perform sesame.forget_waiting(events);
    return;
  end if;
  perform sesame.receive_events(own);
  if was_slow then
    update sesame.waiting_events as waiting set together = least(waiting.together, v_half)
    where waiting.event_id = any (sesame.ids_of_events(events));
  end if;
end
$$;

comment on function sesame.postpone_events is
  'Stores what could not be folded now: own events, and all events of the fold. was_slow: the fold itself took the time, '
  'so the next one takes half as many. An event that was alone has failed.';

-- The second call of a caller whose events are received. It waits for the lock in the queue of Postgres. Usually the fold
-- before it has taken its events, and it only looks.

create function public.fold_received_events(event_ids text[])
returns table (event_id text, outcome text, detail text, "fetch" text[])
language plpgsql volatile security definer
set search_path = ''
-- As for process_stripe_events.
set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_asked jsonb := (select coalesce(jsonb_agg(jsonb_build_object('id', id)), '[]') from unnest(event_ids) as id);
  v_touched jsonb := '{}';
begin
  if sesame.are_waiting(event_ids) then
    perform sesame.lock_fold();
    if sesame.are_waiting(event_ids) then
      v_touched := sesame.fold_events('[]', true);
    end if;
  end if;
  return query select * from sesame.answer_events(v_asked, event_ids, v_touched);
end
$$;

select sesame.revoke_default_grants('public.fold_received_events');
grant execute on function public.fold_received_events(text[]) to service_role;

comment on function public.fold_received_events is
  'Folds the oldest events that wait, unless none of these waits any more. Answers as process_stripe_events does. An '
  'event that is still received waits behind many others: call again. Raises SE001, and any error that a retry may fix.';

-- An erasure comes after all that is known about its user.
create function sesame.fold_waiting() returns void
language plpgsql volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_last bigint := (select max(place) from sesame.waiting_events);
begin
  if v_last is null then
    return;
  end if;
  perform sesame.lock_fold();
  perform sesame.lock_inbox(array(select event_id from sesame.waiting_events where place <= v_last));
  while exists (select from sesame.waiting_events where place <= v_last) loop
    perform sesame.fold_events('[]', true);
  end loop;
end
$$;

comment on function sesame.fold_waiting is
  'Folds all that waits now, however long it takes. If nothing waits, it takes no lock.';

-- Where the caller is gone, another call folds what it left. Where no call comes, cron does. It gives its jobs no time
-- limit, so each run ends by itself.
create function sesame.fold_for_a_while() returns void
language plpgsql volatile
set search_path = ''
set lock_timeout = '3s'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  -- Webhooks wait for the lock at most three seconds.
  v_until timestamptz := clock_timestamp() + interval '1 second';
begin
  if not exists (select from sesame.waiting_events) and sesame.is_all_folded() then
    return;
  end if;
  perform sesame.lock_fold();
  while exists (select from sesame.waiting_events) and clock_timestamp() < v_until loop
    perform sesame.fold_events('[]', true);
  end loop;
  while not sesame.is_all_folded() and clock_timestamp() < v_until loop
    perform sesame.fold_leftover();
  end loop;
end
$$;

comment on function sesame.fold_for_a_while is
  'Folds events that wait, and then parts of a large change, for about a second. If there are none, it takes no lock. '
  'The job sesame-fold runs it each minute.';

-- The one door for Stripe's events: inbox, facts and access commit together, or nothing does. It is security definer,
-- for service_role and the webhook's own role: neither may touch a private table.

create function public.process_stripe_events(events jsonb, may_wait boolean default false)
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
  v_new_ids text[];
  v_touched jsonb := '{}';
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
    if not may_wait then
      perform sesame.lock_fold();
    elsif not sesame.lock_fold_soon() then
      perform sesame.receive_events(sesame.select_events(events, v_new_ids));
      return query select * from sesame.answer_events(events, v_new_ids, '{}');
      return;
    end if;
    v_new_ids := sesame.unsettled_ids(events);
  end if;

  if v_new_ids <> '{}' then
    v_touched := sesame.fold_events(sesame.select_events(events, v_new_ids), may_wait);
    perform sesame.fold_leftover();
  end if;
  return query select * from sesame.answer_events(events, v_new_ids, v_touched);
end
$$;

select sesame.revoke_default_grants('public.process_stripe_events');
grant execute on function public.process_stripe_events(jsonb, boolean) to service_role;

comment on function public.process_stripe_events is
  'Stores events once by id, applies their facts, and answers one row for each: applied, duplicate, ignored, '
  'quarantined or failed. In the first row, fetch lists the objects to be read again from Stripe. may_wait: if the fold '
  'is busy, an event is only stored and answered received; then call fold_received_events. Raises SE001, SE003, and any '
  'error that a retry may fix (55P03: the lock is busy).';
